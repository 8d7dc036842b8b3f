#!/bin/sh
# The live medium as a profile of mkimage, the script in Alpine's aports that makes its ISOs. mkimage
# reads this file out of ~/.mkimage, and genapkovl-atomos.sh out of the folder that it is started in.
# ./dev build live --alpine starts it (docs/alpine.md).
# shellcheck disable=SC2034,SC2154 # what is set here is read by mkimage, and the other way round

profile_atomos() {
    profile_standard
    profile_abbrev=atomos
    title=AtomOS
    desc="Puts an immutable, A/B, remixable Linux onto a machine."
    # A profile without it is passed over, and mkimage still says that images were made.
    arch=x86_64
    image_ext=iso
    output_format=iso
    kernel_addons=''
    boot_addons="amd-ucode intel-ucode"
    initrd_ucode="/boot/amd-ucode.img /boot/intel-ucode.img"
    # Not Alpine's own list: with raid, lvm or cryptsetup the initramfs would look into the machine's
    # disks, and assemble an array that nobody has chosen, whose resync writes.
    initfs_features="ata base cdrom ext4 mmc nfit nvme scsi squashfs usb virtio atomos"
    # The package that has the feature: the initramfs is made in a tree of the kernel and of these.
    modloop_addons="atomos-mkinitfs"
    # These fill the repository on the medium. What is installed at the start is the apkovl's world.
    apks="$apks atomos-live"
    hostname=atomos-live
    apkovl=genapkovl-atomos.sh
    syslinux_serial="0 115200"
}
