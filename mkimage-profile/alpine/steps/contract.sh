#!/bin/sh
# The contract in its place.
set -eu
mkdir -p "$ROOT/usr/lib/atomos"
printf '%s' "$CONTRACT" >"$ROOT/usr/lib/atomos/image.yaml"
chmod 0644 "$ROOT/usr/lib/atomos/image.yaml"
