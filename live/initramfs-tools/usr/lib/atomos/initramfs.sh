#!/bin/sh
# Functions for the scripts in an initramfs of initramfs-tools. Nothing happens by itself.

# initramfs-tools' own way out: a word on the console, and with panic=10 a restart.
die() {
    # Whatever of that fails, as chvt without a screen does, must not keep it from the restart.
    set +eu
    trap - EXIT
    . /scripts/functions
    panic "$*"
    exit 1
}

# shellcheck source=live/system/usr/lib/atomos/slot-disk.sh
. /usr/lib/atomos/slot-disk.sh

# The passphrase was right where the slot has come to be: from here on the start counts. Where none
# was asked for it does already, and this changes nothing. Nobody waits at a prompt now: on a machine
# that others kept busy ten seconds were too few, and a start that failed would have cost nothing.
take_try() {
    if [ ! -e /run/atomos/taken ] && slot_node >/dev/null; then
        timeout -k 2 60 /usr/lib/atomos/boot-state take || :
        mkdir -p /run/atomos
        : >/run/atomos/taken
    fi
}

# Set up dm-verity over the slot, as systemd-veritysetup-generator(8) would read the same words.
# shellcheck disable=SC2154 # $words and $slot_device are of read_command_line
open_verity() {
    set --
    root_hash=''
    set -f
    for word in $words; do
        case $word in
        roothash=*) root_hash=${word#*=} ;;
        systemd.verity_root_options=*)
            IFS=,
            for option in ${word#*=}; do set -- "$@" "--$option"; done
            unset IFS
            ;;
        esac
    done
    set +f
    device=/dev/$(slot_node) || die "AtomOS: no slot at $slot_device"
    veritysetup open "$device" root "$device" "$root_hash" "$@" ||
        die "AtomOS: the hash tree of $device cannot be used"
}
