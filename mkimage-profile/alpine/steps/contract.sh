#!/bin/sh
# The contract in its place.
set -eu
# shellcheck source=mkimage-profile/inside.sh
. "${0%/*}/../../inside.sh"
inside usr/lib/atomos
mkdir -p "$ROOT/usr/lib/atomos"
rm -f "$ROOT/usr/lib/atomos/image.yaml"
printf '%s' "$CONTRACT" >"$ROOT/usr/lib/atomos/image.yaml"
chmod 0644 "$ROOT/usr/lib/atomos/image.yaml"
