#!/bin/sh
# Move the kernel of the tree at $ROOT to /usr/lib/atomos/boot, and have Debian's own mkinitramfs
# build its initramfs there.
set -eu
release=$(basename "$ROOT"/usr/lib/modules/*)
boot=usr/lib/atomos/boot
mkdir -p "$ROOT/$boot"
mv "$ROOT/boot/vmlinuz-$release" "$ROOT/$boot/vmlinuz"
# Not the swap of the machine that builds.
echo RESUME=none >"$ROOT/etc/initramfs-tools/conf.d/atomos"
# It looks into /boot for how the kernel was configured.
# $ROOT of a build would become the root= of every start.
env --unset=ROOT chroot "$ROOT" mkinitramfs -o "/$boot/initrd" "$release"
chmod 0644 "$ROOT/$boot/initrd"
rm -rf "${ROOT:?}"/boot/* "$ROOT"/initrd.img* "$ROOT"/vmlinuz*
