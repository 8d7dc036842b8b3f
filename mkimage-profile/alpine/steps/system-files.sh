#!/bin/sh
# Put what makes an Alpine an AtomOS into the tree at $ROOT.
set -eu
system="$SOURCE/live/system"
mkdir -p "$ROOT/usr/lib/atomos" "$ROOT/usr/bin" "$ROOT/nix" "$ROOT/snapshots" "$ROOT/boot"
for name in $SCRIPTS; do
    cp "$system/usr/lib/atomos/$name" "$ROOT/usr/lib/atomos/"
done
cp "$system/usr/bin/atomos" "$ROOT/usr/bin/"
cp -R "$SOURCE/live/openrc/." "$ROOT/"
# What is there of a package comes first.
[ -e "$ROOT/etc/init.d/mdev" ] || ln -s /etc/init.d/atomos-mdev "$ROOT/etc/runlevels/sysinit/atomos-mdev"
for service in atomos-mark-good atomos-passed-over; do
    ln -s "/etc/init.d/$service" "$ROOT/etc/runlevels/default/$service"
done

# A getty where the kernel has a serial console; elsewhere it would be started again and again.
sed -i '/^#ttyS0::/d' "$ROOT/etc/inittab"
echo 'ttyS0::respawn:/usr/lib/atomos/serial-login ttyS0' >>"$ROOT/etc/inittab"
cat >"$ROOT/etc/fstab" <<'END'
# Everything is found by its label, so this file is the same on every machine.
# /, /home, /var, /nix and /etc are mounted before OpenRC, from the disk of the slot that runs.
LABEL=atomos-data  /snapshots  btrfs  subvol=@snapshots,noatime,noauto     0 0
LABEL=atomos-boot  /boot       ext4   ro,nodev,nosuid,noexec,noauto        0 0
END
