#!/bin/sh
# Move the kernel of the tree at $ROOT to /usr/lib/atomos/boot, and have Alpine's own mkinitfs build
# its initramfs there.
set -eu
release=$(basename "$ROOT"/lib/modules/*)
boot=usr/lib/atomos/boot
mkdir -p "$ROOT/$boot"
cp "$ROOT"/boot/vmlinuz-* "$ROOT/$boot/vmlinuz"
printf '%s\n' '/sbin/lvm' '/usr/lib/glibc/*' >"$ROOT/etc/mkinitfs/features.d/atomos.files"
cat >"$ROOT/etc/mkinitfs/mkinitfs.conf" <<'END'
features="base ata scsi usb mmc nvme virtio ext4 squashfs btrfs cryptsetup lvm keymap atomos"
END
# Without a release it takes that of the kernel that runs, which is not this one.
# For each file it looks for the libraries, and says of lvm's own that it does not find them.
if ! chroot "$ROOT" mkinitfs -o "/$boot/initrd" "$release" >"$ROOT/tmp/said" 2>&1; then
    cat "$ROOT/tmp/said" >&2
    exit 1
fi
chmod 0644 "$ROOT/$boot/initrd"
rm -rf "${ROOT:?}"/boot/*
