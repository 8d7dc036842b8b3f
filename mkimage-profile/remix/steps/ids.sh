#!/bin/sh
# The recipe's $STEP (seed-ids or check-ids) with the record of the remix, $REMIX/ids, in the place of its own.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/mkimage-profile/debian"
ln -s "$REMIX/ids" "$work/mkimage-profile/debian/ids"
status=0
env SOURCE="$work" sh "$SOURCE/mkimage-profile/debian/steps/$STEP.sh" 2>"$work/said" || status=$?
sed -e 's,mkimage-profile/debian/ids,ids of the remix,g' -e 's,\./dev build ids,./dev remix FOLDER --ids,g' "$work/said" >&2
exit "$status"
