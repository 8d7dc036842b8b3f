#!/bin/sh
# The installer as Alpine's abuild wants it, in /aport of the tree at $ROOT, which is a Debian with
# signed shim and GRUB: APKBUILD, and the source archive beside it. $NAMES are keyrings in $KEYS.
set -eu

top=atomos-installer-$VERSION
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
there=$work/$top
mkdir -p "$there/loaders" "$there/keys" "$ROOT/aport"
(
    cd "$SOURCE"
    find installer backends screens live/medium live/openrc-medium live/system/usr/bin/atomos \
        mkimage-profile/alpine/features.d mkimage-profile/catalogues.sh LICENSE -type f ! -name '*.pyc' ! -name '*.mo' \
        -exec cp --parents -p {} "$there/" ';'
)
for file in $NAMES; do install -m 644 "$KEYS/$file" "$there/keys/$file"; done
# The one Python package that Alpine has not.
grep '^segno==' "$SOURCE/mkimage-profile/debian/vendor.txt" >"$work/vendor.txt"
"$PYTHON" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
    --only-binary :all: --target "$there/vendor" --requirement "$work/vendor.txt"
rm -rf "$there/vendor/bin"
(cd "$ROOT" && cp --parents usr/lib/shim/shimx64.efi.signed usr/lib/shim/mmx64.efi.signed \
    usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "$there/loaders/")
for package in shim-signed grub-efi-amd64-signed; do
    install -D -m 644 "$ROOT/usr/share/doc/$package/copyright" \
        "$there/loaders/usr/share/licenses/atomos-installer/$package"
done

archive=$top.tar.gz
tar -c -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner "$top" |
    gzip -9n >"$ROOT/aport/$archive"
{
    sed "s/@VERSION@/$VERSION/" "$SOURCE/mkimage-profile/alpine/APKBUILD"
    (cd "$ROOT/aport" && echo "sha512sums=\"$(sha512sum "$archive")\"")
} >"$ROOT/aport/APKBUILD"
