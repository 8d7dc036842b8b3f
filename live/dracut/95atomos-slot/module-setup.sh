#!/bin/bash
# dracut module: boot an AtomOS slot (see mount-data.sh) and count its tries (docs/boot-state.md).

check() {
    return 255 # only when asked for
}

depends() {
    # systemd-sysctl for what makes a kernel that is stuck start again: live/system/usr/lib/sysctl.d
    echo base dm fs-lib systemd-sysctl systemd-veritysetup
}

installkernel() {
    hostonly='' instmods squashfs overlay btrfs loop ext4 dm-verity
    # Intel's watchdog is a device of one of these two, which nothing else here asks for.
    hostonly='' instmods '=drivers/watchdog' lpc_ich i2c_i801
}

install() {
    inst_multiple blkid mount umount mkdir readlink loadkeys
    inst_multiple -o /usr/lib/atomos/keymaps/*.kmap
    # shellcheck disable=SC2154 # dracut sets moddir
    inst_hook cmdline 20 "$moddir/load-keymap.sh"
    inst_hook pre-pivot 50 "$moddir/mount-data.sh"

    inst_multiple cat dd grep rmdir stat timeout
    # /etc is brought to the image before it is laid (docs/etc.md).
    inst_multiple awk chmod cmp cp find mknod mv rm sha256sum sort sync wc
    inst_multiple /usr/lib/atomos/etc-merge /usr/lib/atomos/etc-files.sh \
        /usr/lib/atomos/account-rows.awk
    # What is to be reset is reset before it is mounted (docs/reset.md).
    inst_multiple btrfs sed sleep tail /usr/lib/atomos/reset
    inst_multiple /usr/lib/atomos/boot-state /usr/lib/atomos/slot-disk.sh \
        /usr/lib/atomos/lay-data.sh \
        /usr/lib/systemd/system.conf.d/10-atomos.conf \
        /usr/lib/sysctl.d/60-atomos.conf
    # shellcheck disable=SC2154 # dracut sets systemdsystemconfdir
    inst_simple "$moddir/boot-state.conf" \
        "$systemdsystemconfdir/systemd-cryptsetup@.service.d/boot-state.conf"
    inst_simple "$moddir/verity.conf" \
        "$systemdsystemconfdir/systemd-veritysetup@.service.d/atomos.conf"
    inst_simple "$moddir/devices.conf" "$systemdsystemconfdir.conf.d/20-atomos-devices.conf"
}
