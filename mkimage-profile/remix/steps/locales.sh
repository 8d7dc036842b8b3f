#!/bin/sh
# Make $LOCALES in the tree at $ROOT, which the base does not have yet.
set -eu
for locale in $LOCALES; do
    chroot "$ROOT" localedef -i "${locale%.*}" -f "${locale#*.}" "$locale"
done
