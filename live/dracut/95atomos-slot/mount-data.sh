#!/bin/sh
# Lays what outlives a restart over the slot: @var @home @nix, and /etc as a second overlay.
# The slot itself and the tmpfs over it are systemd's (root=, systemd.volatile=overlay).

# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

# The data belong to the disk of the slot: another AtomOS disk may carry the same label.
atomos_data() {
    _root=$(getarg root=)
    case $_root in
    /dev/atomos/*)
        echo /dev/atomos/data
        return
        ;;
    PARTUUID=*) _slot=$(readlink -f "/dev/disk/by-partuuid/${_root#PARTUUID=}") ;;
    *) return 1 ;;
    esac
    _disk=$(readlink -f "/sys/class/block/${_slot##*/}/..")
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
    _data=$(atomos_data) || die "AtomOS: no data partition (label atomos-data) on the slot's disk"
    for _name in var home nix; do
        mount -t btrfs -o "subvol=@$_name,noatime" "$_data" "$NEWROOT/$_name" ||
            die "AtomOS: cannot mount @$_name of $_data"
    done
    _etc=$NEWROOT/var/lib/atomos/etc
    # index, metacopy and redirect_dir tie the upper directory to one lower one; slots change.
    mount -t overlay -o "lowerdir=$NEWROOT/etc,upperdir=$_etc/upper,workdir=$_etc/work,index=off,metacopy=off,redirect_dir=off" \
        overlay "$NEWROOT/etc" || die "AtomOS: cannot lay $_etc over /etc"
}

atomos_mount_data
