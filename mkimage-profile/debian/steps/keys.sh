#!/bin/sh
# The keys that the live system trusts a release by, and nothing else does (docs/releases.md).
set -eu
mkdir -p "$ROOT/usr/share/atomos/keys"
for file in $NAMES; do
    install -m 644 "$KEYS/$file" "$ROOT/usr/share/atomos/keys/$file"
done
