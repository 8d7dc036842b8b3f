#!/bin/bash
# dracut module: boot an AtomOS slot (see mount-data.sh).

check() {
    return 255 # only when asked for
}

depends() {
    echo base fs-lib
}

installkernel() {
    hostonly='' instmods squashfs overlay btrfs loop
}

install() {
    inst_multiple blkid mount umount mkdir readlink loadkeys
    inst_multiple -o /usr/lib/atomos/keymaps/*.kmap
    # shellcheck disable=SC2154 # dracut sets moddir
    inst_hook cmdline 20 "$moddir/load-keymap.sh"
    inst_hook pre-pivot 50 "$moddir/mount-data.sh"
}
