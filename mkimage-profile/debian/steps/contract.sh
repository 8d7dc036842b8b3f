#!/bin/sh
# The contract in its place, and /etc and /var marked as up to date with /usr: without the marks
# systemd rebuilds caches at every start of a system whose root is forgotten.
set -eu
# shellcheck source=mkimage-profile/inside.sh
. "${0%/*}/../../inside.sh"
inside usr/lib/atomos
mkdir -p "$ROOT/usr/lib/atomos"
rm -f "$ROOT/usr/lib/atomos/image.yaml"
printf '%s' "$CONTRACT" >"$ROOT/usr/lib/atomos/image.yaml"
chmod 0644 "$ROOT/usr/lib/atomos/image.yaml"
rm -f "$ROOT/etc/.updated" "$ROOT/var/.updated"
touch "$ROOT/usr" "$ROOT/etc/.updated" "$ROOT/var/.updated"
