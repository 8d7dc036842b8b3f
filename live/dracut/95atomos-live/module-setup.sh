#!/bin/bash
# dracut module: boot the AtomOS live medium or the recovery partition (atomos.live=).

check() {
    return 255 # only when asked for
}

depends() {
    echo base fs-lib
}

installkernel() {
    hostonly='' instmods iso9660 squashfs overlay loop cdrom sr_mod sd_mod usb_storage uas
}

install() {
    inst_multiple blkid mount umount mkdir cp readlink stat blockdev losetup awk
    # shellcheck disable=SC2154 # dracut sets moddir
    inst_hook cmdline 30 "$moddir/parse-root.sh"
    inst_hook mount 30 "$moddir/mount-root.sh"
    inst_script "$moddir/find-medium.sh" /sbin/atomos-find-medium
}
