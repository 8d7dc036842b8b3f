#!/bin/sh
# The keys that a release is trusted by (docs/releases.md): in the live system these alone.
set -eu
mkdir -p "$ROOT/usr/share/atomos/keys"
for file in $NAMES; do
    install -m 644 "$KEYS/$file" "$ROOT/usr/share/atomos/keys/$file"
done
