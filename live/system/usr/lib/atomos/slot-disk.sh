#!/bin/sh
# The slot that runs, the disk that it is on, and what else is there: functions for the scripts of
# this folder and for the initramfs, which bring `die MESSAGE` with them. Nothing happens by itself.
#
# For util-linux and for busybox. The kernel's command line, sysfs and devtmpfs are enough: where a
# passphrase is asked for, udev may not have got to the boot partition yet.

top=${ATOMOS_ROOT:-} # where a test has proc, sys, dev and run of its own
place=$top/run/atomos/boot-state/$$
newline='
'

# Which slot runs, from where, and in which LUKS container, as the command line has it. The first
# container is the slot's: what a person adds comes after what the image asks for. Where the root is
# a slot through dm-verity, the slot is what lies below.
# shellcheck disable=SC2034 # $slot is for whoever reads this file
read_command_line() {
    slot='' slot_device='' data_device='' container=''
    words=$(cat "$top/proc/cmdline")
    set -f
    for word in $words; do
        case $word in
        atomos.slot=[ab]) slot=${word#*=} ;;
        root=*) slot_device=${word#root=} ;;
        systemd.verity_root_data=?*) data_device=${word#*=} ;;
        rd.luks.name=*=*)
            word=${word%=*}
            container=${container:-${word#*=}}
            ;;
        cryptroot=UUID=*) container=${container:-${word##*=}} ;;
        esac
    done
    set +f
    slot_device=${data_device:-$slot_device}
}

# Whether blkid, util-linux's or busybox', says NAME="VALUE" of a device: says DEVICE NAME VALUE
says() {
    case $(blkid -p "$top/dev/$1" 2>/dev/null) in
    *" $2=\"$3\""*) ;;
    *) return 1 ;;
    esac
}

# The partition that is linked to in a folder of /dev/disk, or, where no udev makes links, of which
# blkid says NAME="VALUE": partition FOLDER VALUE NAME
partition() {
    [ -n "$2" ] || return 1
    if [ -e "$top/dev/disk/$1/$2" ]; then
        link=$(readlink -f "$top/dev/disk/$1/$2")
        echo "${link##*/}"
        return
    fi
    for folder in "$top"/sys/class/block/*; do
        if [ -e "$folder/partition" ] && says "${folder##*/}" "$3" "$2"; then
            echo "${folder##*/}"
            return
        fi
    done
    return 1
}

# The mapped device of that name; it may be called so, or dm-3 and have links to it.
mapped() {
    for folder in "$top"/sys/class/block/dm-*; do
        if [ "$(cat "$folder/dm/name" 2>/dev/null)" = "$1" ]; then
            echo "${folder##*/}"
            return
        fi
    done
    return 1
}

# The kernel's name of the slot's device.
slot_node() {
    path=${slot_device#/dev/}
    case $slot_device in
    PARTUUID=*) partition by-partuuid "${slot_device#*=}" PART_ENTRY_UUID ;;
    /dev/disk/by-partuuid/*) partition by-partuuid "${path##*/}" PART_ENTRY_UUID ;;
    /dev/mapper/*) mapped "${path#*/}" ;;
    /dev/*/*) mapped "${path%%/*}-${path#*/}" ;;
    /dev/*) echo "$path" ;;
    *) return 1 ;;
    esac
}

# A device and what it lies on, through dm-verity, volumes and containers down to a partition: the
# kernel's names, one on a line.
layers_of() {
    set -- "$top/sys/class/block/$1"
    while echo "${1##*/}" && [ ! -e "$1/partition" ]; do
        set -- "$1"/slaves/*
        [ -e "$1" ] || return 1
    done
}

# The disk that a device lies on: its folder in sysfs.
disk_of() {
    layers=$(layers_of "$1") || return 1
    readlink -f "$top/sys/class/block/${layers##*"$newline"}/.."
}

# The partition of a disk with a file system of that label: partition_of FOLDER LABEL
partition_of() {
    for folder in "$1"/*/partition; do
        folder=${folder%/partition}
        if says "${folder##*/}" LABEL "$2"; then
            echo "${folder##*/}"
            return
        fi
    done
    return 1
}

# The device of the data that belong to a slot: the volume beside it, or the partition on its own
# disk. Another disk may have one with the same label.
data_of() {
    for layer in $(layers_of "$1"); do
        case $(cat "$top/sys/class/block/$layer/dm/uuid" 2>/dev/null) in
        LVM-*)
            mapped atomos-data
            return
            ;;
        esac
    done
    partition_of "$(disk_of "$1")" atomos-data
}

# The boot partition of the slot's own disk; another disk may have one with the same label.
find_boot() {
    node=$(slot_node) || node=$(partition by-uuid "$container" UUID) ||
        die "no slot at $slot_device"
    disk=$(disk_of "$node") || die "no disk has /dev/$node on it"
    boot=$(partition_of "$disk" atomos-boot) ||
        die "no boot partition (label atomos-boot) on the disk ${disk##*/}"
    boot=$top/dev/$boot
}

mount_boot() { # ro or rw
    mount -t ext4 -o "$1,nodev,nosuid,noexec,noatime" "$boot" "$place" 2>/dev/null
}

# What e2fsck mends without a question: GRUB starts from a boot partition that Linux does not mount any more, and takes a
# try each time, which nobody gives back.
mend_boot() {
    command -v e2fsck >/dev/null || return 0
    echo "$boot cannot be mounted: e2fsck -p" >&2
    e2fsck -p "$boot" >&2 || : # 1: it mended something
}

read_only() {
    grep -q " $place ext4 ro[ ,]" /proc/mounts
}

# Mount the boot partition at $place. What is mounted elsewhere has to be mounted in the same way at
# first; where that is read-only it stays so there.
open_boot() { # ro or rw
    find_boot
    made_writable=''
    mkdir -p "$place"
    trap close_boot EXIT
    trap 'exit 1' HUP INT TERM
    case $1 in ro) other=rw ;; *) other=ro ;; esac
    if ! mount_boot "$1" && ! mount_boot "$other"; then
        if [ "$1" = rw ]; then mend_boot; fi
        mount_boot "$1" || die "cannot mount $boot"
    fi
    if [ "$1" = rw ] && read_only; then
        mount_boot remount,rw || :
        if read_only; then die "$boot is read-only"; fi
        made_writable=yes
    fi
}

close_boot() {
    if [ -n "$made_writable" ]; then mount_boot remount,ro || :; fi
    umount "$place" 2>/dev/null || :
    rmdir "$place" || :
}
