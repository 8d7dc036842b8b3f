#!/bin/sh
# Move the kernel to /usr/lib/atomos/boot and build its initramfs there, with $DRACUT_MODULE of ours.
set -eu
release=$(basename "$ROOT"/usr/lib/modules/*)
modules="$ROOT/usr/lib/dracut/modules.d"
cp -R "$SOURCE/live/dracut/95$DRACUT_MODULE" "$modules/"
boot="$ROOT/usr/lib/atomos/boot"
mkdir -p "$boot"
mv "$ROOT/boot/vmlinuz-$release" "$boot/vmlinuz"
rm -rf "${ROOT:?}"/boot/* "$ROOT"/initrd.img* "$ROOT"/vmlinuz*
chroot "$ROOT" dracut --quiet --force --no-hostonly --no-hostonly-cmdline --zstd --kver "$release" \
    --add "$DRACUT_MODULE $DRACUT_ADD" --omit "$DRACUT_OMIT" /usr/lib/atomos/boot/initrd
chmod 0644 "$boot/initrd"
