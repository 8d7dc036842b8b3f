#!/bin/sh
# Lays what outlives a restart over the slot: @var @home @nix, and /etc as a second overlay.
# The slot itself and the tmpfs over it are systemd's (root=, systemd.volatile=overlay).

# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

atomos_slot() {
    _root=$(getarg root=)
    case $_root in
    PARTUUID=*) readlink -e "/dev/disk/by-partuuid/${_root#PARTUUID=}" ;;
    *) readlink -e "$_root" ;;
    esac
}

# The data belong to the disk of the slot: another AtomOS disk may carry the same label.
atomos_data() {
    case $1 in
    /dev/dm-*)
        readlink -e /dev/atomos/data
        return
        ;;
    esac
    _disk=$(readlink -f "/sys/class/block/${1##*/}/..")
    for _part in "$_disk"/*/partition; do
        _part=${_part%/partition}
        _device=/dev/${_part##*/}
        if [ "$(blkid -p -s LABEL -o value "$_device")" = atomos-data ]; then
            echo "$_device"
            return
        fi
    done
    return 1
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
    _etc=$NEWROOT/var/lib/atomos/etc
    # index, metacopy and redirect_dir tie the upper directory to one lower one; slots change.
    mount -t overlay -o "lowerdir=/run/atomos/slot/etc,upperdir=$_etc/upper,workdir=$_etc/work,index=off,metacopy=off,redirect_dir=off" \
        overlay "$NEWROOT/etc" || die "AtomOS: cannot lay $_etc over /etc"
}

atomos_mount_data
