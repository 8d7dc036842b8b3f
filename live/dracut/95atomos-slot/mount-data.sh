#!/bin/sh
# Lays what outlives a restart over the slot: @var @home @nix, and /etc as a second overlay.
# The slot itself, dm-verity and the tmpfs over it are systemd's (root=, roothash=,
# systemd.volatile=overlay).

# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

atomos_slot() {
    _root=$(getarg root=)
    case $_root in
    PARTUUID=*) readlink -e "/dev/disk/by-partuuid/${_root#PARTUUID=}" ;;
    *) readlink -e "$_root" ;;
    esac
}

# In a shell of its own: names without an underscore are dracut's.
atomos_data() (
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
atomos_lay_etc() { # STATE
    _over=$1
    if [ "$(getarg atomos.etc=)" = volatile ]; then
        _over=/run/atomos/etc
        mkdir -p "$_over"
        mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs "$_over" || die "AtomOS: cannot mount $_over"
        mkdir "$_over/upper" "$_over/work"
        atomos_etc_merge volatile "$1" /run/atomos/slot/etc "$_over/upper"
    else
        atomos_etc_merge merge "$1" /run/atomos/slot/etc
    fi
    # index, metacopy and redirect_dir tie the upper directory to one lower one; slots change.
    mount -t overlay -o "lowerdir=/run/atomos/slot/etc,upperdir=$_over/upper,workdir=$_over/work,index=off,metacopy=off,redirect_dir=off" \
        overlay "$NEWROOT/etc" || die "AtomOS: cannot lay $_over over /etc"
}

atomos_mount_data() {
    _slot=$(atomos_slot) || die "AtomOS: no slot at $(getarg root=)"
    # systemd hides the slot under its overlay. Here it is once more, for whoever asks what runs,
    # and as the lower layer of /etc: on the overlay that would be one overlay too deep for more.
    mkdir -p /run/atomos/slot
    mount -t squashfs -o ro "$_slot" /run/atomos/slot || die "AtomOS: cannot mount the slot $_slot"

    _data=$(atomos_data "$_slot") ||
        die "AtomOS: no data partition (label atomos-data) on the disk of $_slot"
    for _name in var home nix; do
        mount -t btrfs -o "subvol=@$_name,noatime" "$_data" "$NEWROOT/$_name" ||
            die "AtomOS: cannot mount @$_name of $_data"
    done
    atomos_lay_etc "$NEWROOT/var/lib/atomos/etc"
}

atomos_mount_data
