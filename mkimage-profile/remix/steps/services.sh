#!/bin/sh
# What starts by itself in the tree at $ROOT: $ENABLE, and not $DISABLE and $MASK.
set -eu

state_of() { systemctl --root="$ROOT" is-enabled "$1" 2>/dev/null || :; }

# systemctl disables and masks with success what is not there: a slip of the pen left sshd on.
there() {
    if [ -e "$ROOT/etc/init.d/${1%.service}" ]; then return; fi
    case $(state_of "$1") in
    '' | not-found)
        echo "the base has no service $1" >&2
        exit 1
        ;;
    esac
}

enabled() {
    systemctl --root="$ROOT" --quiet enable "$1"
    if [ "$(state_of "$1")" = static ]; then
        echo "$1 has no [Install] section, so it cannot be enabled: leave it out, or give it one" >&2
        exit 1
    fi
}

if [ -x "$ROOT/usr/bin/systemctl" ] || [ -x "$ROOT/bin/systemctl" ]; then
    for unit in $ENABLE; do enabled "$unit"; done
    for unit in $DISABLE; do
        there "$unit"
        systemctl --root="$ROOT" --quiet disable "$unit"
    done
    for unit in $MASK; do
        there "$unit"
        systemctl --root="$ROOT" --quiet mask "$unit"
    done
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
    # One that no runlevel has is still started by those that need it. What cannot be run OpenRC starts for nobody.
    for unit in $MASK; do chroot "$ROOT" chmod a-x "/etc/init.d/$unit"; done
else
    echo "the base has neither systemctl nor rc-update: leave \`services\` out" >&2
    exit 1
fi
