#!/bin/sh
# Run the remix's own step $STEP inside the tree at $ROOT, by the shell that its first line names.
set -eu
# shellcheck source=mkimage-profile/remix/steps/network.sh
. "${0%/*}/network.sh"
# /tmp of the tree is in memory as long as steps run.
cp "$REMIX/steps/$STEP" "$ROOT/tmp/$STEP"
chmod 755 "$ROOT/tmp/$STEP"
chroot "$ROOT" "/tmp/$STEP"
