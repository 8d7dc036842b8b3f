#!/bin/sh
# The Python packages that Debian 13 does not have in the version that the tests run with.
set -eu
"$PYTHON" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
    --only-binary :all: --python-version 3.13 --target "$ROOT/usr/lib/atomos/vendor" \
    --requirement "$SOURCE/mkimage-profile/debian/vendor.txt"
rm -rf "$ROOT/usr/lib/atomos/vendor/bin"
chroot "$ROOT" python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/atomos/vendor
chroot "$ROOT" python3 -m compileall -q --invalidation-mode unchecked-hash \
    -s / /usr/lib/python3 /usr/lib/python3.13 || true
