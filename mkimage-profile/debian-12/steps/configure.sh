#!/bin/sh
# Turn the tree at $ROOT into an image: generic, without an identity, nothing to write.
set -eu
mkdir -p "$ROOT/nix" "$ROOT/snapshots" "$ROOT/boot/efi" "$ROOT/var/log/journal"

for locale in $LOCALES; do
    chroot "$ROOT" localedef -i "${locale%.*}" -f UTF-8 "$locale"
done

# What the machine is called and who it is comes from the installer, into the upper /etc.
: >"$ROOT/etc/machine-id"
rm -f "$ROOT/etc/hostname" "$ROOT/var/lib/dbus/machine-id" "$ROOT"/etc/ssh/ssh_host_* \
    "$ROOT/etc/resolv.conf"
chroot "$ROOT" passwd --quiet --lock root

# The packages' database belongs to the image, not to /var, which outlives it.
mkdir -p "$ROOT/usr/lib/sysimage"
mv "$ROOT/var/lib/dpkg" "$ROOT/usr/lib/sysimage/dpkg"
ln -s ../../usr/lib/sysimage/dpkg "$ROOT/var/lib/dpkg"
rm -rf "$ROOT"/var/lib/apt/lists/* "$ROOT"/var/cache/apt/*.bin "$ROOT"/var/log/*.log "$ROOT"/var/log/apt \
    "$ROOT"/var/cache/debconf/*-old

for unit in $UNITS; do systemctl --root="$ROOT" --quiet enable "$unit.service"; done
systemctl --root="$ROOT" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer ldconfig.service

# It makes the keymap of a changed layout in /tmp, and failed where /tmp was emptied meanwhile.
mkdir -p "$ROOT/usr/lib/systemd/system/console-setup.service.d"
printf '[Unit]\nAfter=systemd-tmpfiles-setup.service\n' \
    >"$ROOT/usr/lib/systemd/system/console-setup.service.d/atomos.conf"
