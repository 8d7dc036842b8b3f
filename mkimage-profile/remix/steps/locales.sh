#!/bin/sh
# Make $LOCALES in the tree at $ROOT, which the base does not have yet.
set -eu
if [ ! -x "$ROOT/usr/bin/localedef" ]; then
    echo "the base has no localedef, so no locale can be made in it: leave \`locales\` out" >&2
    exit 1
fi
for locale in $LOCALES; do
    # ca_ES.UTF-8@valencia is of the source ca_ES@valencia.
    name=${locale%@*}
    source=${name%.*}${locale#"$name"}
    chroot "$ROOT" localedef -i "$source" -f "${name#*.}" "$locale"
done
