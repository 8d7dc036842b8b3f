#!/bin/sh
# A hybrid ISO at $OUT from the tree at $ROOT and its SquashFS at $SQUASH: UEFI with Secure Boot and
# BIOS, from a stick and from a disc. $WORK is a folder for scratch.
set -eu
boot="$ROOT/usr/lib/atomos/boot"
config="$SOURCE/mkimage-profile/debian/grub-live.cfg"
staging="$WORK/iso"
mkdir -p "$staging/live" "$staging/boot/grub" "$staging/EFI/debian"
cp "$boot/vmlinuz" "$boot/initrd" "$staging/live/"
cp "$SQUASH" "$staging/live/root.squashfs"
cp "$boot/eltorito.img" "$staging/boot/grub/"
cp "$config" "$staging/EFI/debian/grub.cfg"

esp="$WORK/esp.img"
truncate -s 8M "$esp"
# With a day for everything (SOURCE_DATE_EPOCH, which xorriso and mtools heed), the same tree makes the same ISO.
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    mkfs.vfat --invariant -n ATOMOS-LIVE "$esp" >/dev/null
else
    mkfs.vfat -n ATOMOS-LIVE "$esp" >/dev/null
fi
mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/debian
mcopy -i "$esp" "$ROOT/usr/lib/shim/shimx64.efi.signed" ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$esp" "$ROOT/usr/lib/shim/mmx64.efi.signed" ::/EFI/BOOT/mmx64.efi
mcopy -i "$esp" "$ROOT/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" ::/EFI/BOOT/grubx64.efi
mcopy -i "$esp" "$config" ::/EFI/debian/grub.cfg

if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    find "$staging" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" '{}' +
fi
xorriso -as mkisofs -quiet -r -V ATOMOS_LIVE -o "$OUT" \
    --grub2-mbr "$ROOT/usr/lib/grub/i386-pc/boot_hybrid.img" --mbr-force-bootable -partition_offset 16 \
    -append_partition 2 C12A7328-F81F-11D2-BA4B-00A0C93EC93B "$esp" -appended_part_as_gpt \
    -c boot/boot.cat -b boot/grub/eltorito.img \
    -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
    -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot \
    "$staging"
