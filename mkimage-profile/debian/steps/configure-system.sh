#!/bin/sh
# Turn a Debian tree into an AtomOS system image: generic, without an identity, nothing to write.
set -eu
export DEBIAN_FRONTEND=noninteractive

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

systemctl --root="$ROOT" --quiet enable atomos-hostkeys.service atomos-mark-good.service atomos-flatpaks.service \
    atomos-passed-over.service atomos-keep-log.service atomos-update.timer
systemctl --root="$ROOT" --quiet --global enable atomos-home.service
# By its socket, when somebody uses it.
systemctl --root="$ROOT" --quiet disable nix-daemon.service
systemctl --root="$ROOT" --quiet enable nix-daemon.socket
systemctl --root="$ROOT" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer ldconfig.service
# It complains on the console of every machine that has no AF_VSOCK.
mkdir -p "$ROOT/etc/systemd/system-generators"
ln -s /dev/null "$ROOT/etc/systemd/system-generators/systemd-ssh-generator"
