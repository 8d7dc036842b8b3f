#!/bin/sh
# Debian 13 as released, at $ROOT: the recipe's own base, without what came after the release.
set -eu
base="$SOURCE/mkimage-profile/debian/steps/base.sh"
later='^ *echo "deb .*\$SUITE-\(updates\|security\) .*'
# Two lines, or the recipe has changed and this would be something else.
test "$(grep -c "$later" "$base")" = 2
sed "s/$later/:/" "$base" >/tmp/base-released.$$
trap 'rm -f "/tmp/base-released.$$"' EXIT
sh "/tmp/base-released.$$"
