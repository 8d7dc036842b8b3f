#!/bin/sh
# What starts by itself in the tree at $ROOT: $ENABLE, and not $DISABLE and $MASK.
set -eu
if [ -x "$ROOT/usr/bin/systemctl" ] || [ -x "$ROOT/bin/systemctl" ]; then
    for unit in $ENABLE; do systemctl --root="$ROOT" --quiet enable "$unit"; done
    for unit in $DISABLE; do systemctl --root="$ROOT" --quiet disable "$unit"; done
    for unit in $MASK; do systemctl --root="$ROOT" --quiet mask "$unit"; done
elif [ -x "$ROOT/sbin/rc-update" ]; then
    for unit in $ENABLE; do chroot "$ROOT" /sbin/rc-update add "$unit"; done
    for unit in $DISABLE $MASK; do chroot "$ROOT" /sbin/rc-update --all del "$unit"; done
else
    echo "the base has neither systemctl nor rc-update: leave \`services\` out" >&2
    exit 1
fi
