#!/bin/sh
# Debian 13 as released, at $ROOT: the recipe's own base, without what came after the release. Of no
# image, but of what `./dev bench update` begins from.
set -eu
base="$SOURCE/mkimage-profile/debian/steps/base.sh"
later='^ *echo "deb .*\$SUITE-\(updates\|security\) .*'
# Two lines, or the recipe has changed and this would be something else.
test "$(grep -c "$later" "$base")" = 2
script=$(mktemp)
trap 'rm -f "$script"' EXIT
sed "s/$later/:/" "$base" >"$script"
sh "$script"
