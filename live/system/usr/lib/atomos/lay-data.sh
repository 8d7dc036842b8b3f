#!/bin/sh
# Lays what outlives a restart over the slot: @var @home @nix, and /etc as a second overlay.
# Functions for dracut's initramfs and for the first program of an OpenRC system, which bring
# `die MESSAGE` with them: it does not return. Nothing happens by itself. Names begin with an
# underscore or with atomos_, since dracut's hooks share one shell.

# In a shell of its own: the names in there are short.
atomos_data() ( # SLOT'S DEVICE
    # shellcheck source=live/system/usr/lib/atomos/slot-disk.sh
    . /usr/lib/atomos/slot-disk.sh
    _node=$(data_of "${1##*/}") && echo "/dev/$_node"
)

# Words for the kernel's log, which is there before and after anything else.
atomos_say() {
    while IFS= read -r _line; do printf '<4>AtomOS: %s\n' "$_line" >/dev/kmsg; done
}

# What fails or takes too long here leaves /etc as it was, and keeps no machine from starting.
atomos_etc_merge() {
    {
        timeout -k 5 120 /usr/lib/atomos/etc-merge "$@" 2>&1 ||
            echo "etc-merge $1 has failed with $?; /etc is as it was"
    } | atomos_say
}

# The upper directory for /etc: the person's, or one in memory for a session that forgets it.
atomos_lay_etc() { # ROOT KIND
    _state=$1/var/lib/atomos/etc
    _over=$_state
    if [ "$2" = volatile ]; then
        _over=/run/atomos/etc
        mkdir -p "$_over"
        mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs "$_over" || die "AtomOS: cannot mount $_over"
        mkdir "$_over/upper" "$_over/work"
        atomos_etc_merge volatile "$_state" /run/atomos/slot/etc "$_over/upper"
    else
        atomos_etc_merge merge "$_state" /run/atomos/slot/etc
    fi
    # index, metacopy and redirect_dir tie the upper directory to one lower one; slots change.
    mount -t overlay -o "lowerdir=/run/atomos/slot/etc,upperdir=$_over/upper,workdir=$_over/work,index=off,metacopy=off,redirect_dir=off" \
        overlay "$1/etc" || die "AtomOS: cannot lay $_over over /etc"
}

atomos_lay_data() { # ROOT SLOT'S DEVICE, and `volatile` where /etc is to be forgotten
    # The slot is hidden under an overlay. Here it is once more, for whoever asks what runs, and as
    # the lower layer of /etc: on the overlay that would be one overlay too deep for more.
    mkdir -p /run/atomos/slot
    mount -t squashfs -o ro "$2" /run/atomos/slot || die "AtomOS: cannot mount the slot $2"

    _data=$(atomos_data "$2") ||
        die "AtomOS: no data partition (label atomos-data) on the disk of $2"
    # What a person has asked to be reset, before any of it is in use (docs/reset.md).
    /usr/lib/atomos/reset "$_data" /run/atomos/slot || :
    for _name in var home nix; do
        mount -t btrfs -o "subvol=@$_name,noatime" "$_data" "$1/$_name" ||
            die "AtomOS: cannot mount @$_name of $_data"
    done
    atomos_lay_etc "$1" "${3:-}"
}
