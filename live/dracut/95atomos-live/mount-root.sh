#!/bin/sh
# Mounts the live system: from RAM when memory allows, else from the medium. What it found stands
# in /run/atomos/medium (KEY=VALUE) for the installer.
# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

# Memory in KiB that must stay free: the app takes 60 MiB, dracut's own /run, tools, and the cache
# that an installation needs; below that the medium stays in use.
ATOMOS_RESERVE=$((768 * 1024))
ATOMOS_SQUASH=live/root.squashfs

atomos_mount_live() {
    _medium=$(cat /run/atomos/medium.found)
    _iso=/run/atomos/iso
    mkdir -p "$_iso" /run/atomos/ram /run/atomos/lower /run/atomos/overlay
    # The kernel refuses ISO 9660, whose blocks have 2048 bytes, on a disk with larger sectors: there
    # a loop device stands between.
    _source=$_medium
    if [ "$(blockdev --getss "$_medium")" -gt 2048 ]; then
        _source=$(losetup --read-only --find --show "$_medium") ||
            die "AtomOS: no loop device for $_medium"
    fi
    mount -t iso9660 -o ro "$_source" "$_iso" || die "AtomOS: cannot read the live medium $_medium"

    # By its name alone it is not known again once it was pulled out and another disk put in.
    _uuid=$(blkid -p -s UUID -o value "$_source")

    _size=$(($(stat -c %s "$_iso/$ATOMOS_SQUASH") / 1024))
    _free=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    if [ "$_free" -gt $((_size + ATOMOS_RESERVE)) ]; then
        info "AtomOS: copying the live system to memory ($((_size / 1024)) MiB)"
        mount -t tmpfs -o "size=$((_size + 1024))k,mode=0700" tmpfs /run/atomos/ram
        cp "$_iso/$ATOMOS_SQUASH" /run/atomos/ram/root.squashfs ||
            die "AtomOS: the live medium $_medium has errors"
        umount "$_iso"
        [ "$_source" = "$_medium" ] || losetup --detach "$_source"
        _squash=/run/atomos/ram/root.squashfs
        _in_ram=yes
    else
        warn "AtomOS: $((_free / 1024)) MiB of memory are too few to run from; keep the medium in"
        _squash=$_iso/$ATOMOS_SQUASH
        _in_ram=no
    fi
    mount -t squashfs -o ro,loop "$_squash" /run/atomos/lower || die "AtomOS: cannot mount $_squash"
    mount -t tmpfs -o mode=0755 tmpfs /run/atomos/overlay
    mkdir -p /run/atomos/overlay/upper /run/atomos/overlay/work
    mount -t overlay -o lowerdir=/run/atomos/lower,upperdir=/run/atomos/overlay/upper,workdir=/run/atomos/overlay/work \
        overlay "$NEWROOT" || die "AtomOS: cannot lay the overlay over $_squash"

    case $(getarg atomos.live=) in
    PARTUUID=*) _recovery=yes ;;
    *) _recovery=no ;;
    esac
    printf 'DEVICE=%s\nIN_RAM=%s\nRECOVERY=%s\nUUID=%s\n' "$_medium" "$_in_ram" "$_recovery" "$_uuid" \
        >/run/atomos/medium
}

[ -e /run/atomos/medium.found ] && atomos_mount_live
