#!/bin/sh
# What starts by itself in the tree at $ROOT: $ENABLE, and not $DISABLE and $MASK.
set -eu
if [ -x "$ROOT/usr/bin/systemctl" ] || [ -x "$ROOT/bin/systemctl" ]; then
    for unit in $ENABLE; do systemctl --root="$ROOT" --quiet enable "$unit"; done
    for unit in $DISABLE; do systemctl --root="$ROOT" --quiet disable "$unit"; done
    for unit in $MASK; do systemctl --root="$ROOT" --quiet mask "$unit"; done
elif [ -x "$ROOT/sbin/rc-update" ]; then
    # Without a runlevel it takes the one that runs, which in a tree that does not run was sysinit: before /dev is there.
    for unit in $ENABLE; do chroot "$ROOT" /sbin/rc-update add "$unit" default; done
    for unit in $DISABLE $MASK; do
        if [ ! -e "$ROOT/etc/init.d/$unit" ]; then
            echo "the base has no service $unit" >&2
            exit 1
        fi
        # Not by --all: it fails where one of the runlevels has it not.
        for link in "$ROOT"/etc/runlevels/*/"$unit"; do
            [ -L "$link" ] || continue
            level=${link%/*}
            chroot "$ROOT" /sbin/rc-update del "$unit" "${level##*/}"
        done
    done
else
    echo "the base has neither systemctl nor rc-update: leave \`services\` out" >&2
    exit 1
fi
