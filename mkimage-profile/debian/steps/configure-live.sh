#!/bin/sh
# Turn a Debian tree into the live system: consoles that show the installer, nothing else.
set -eu

cp -R "$SOURCE/live/medium/." "$ROOT/"
# Recovery keeps the system that is beside it: update, rollback, reset.
cp "$SOURCE/live/system/usr/bin/atomos" "$ROOT/usr/bin/"
echo atomos-live >"$ROOT/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 atomos-live\n' >"$ROOT/etc/hosts"
: >"$ROOT/etc/machine-id"
rm -f "$ROOT/etc/resolv.conf" "$ROOT/var/lib/dbus/machine-id"
rm -rf "$ROOT"/var/lib/apt/lists/* "$ROOT"/var/cache/apt/*.bin "$ROOT"/var/log/*.log "$ROOT"/var/log/apt

systemctl --root="$ROOT" --quiet set-default multi-user.target
# Nothing on the machine's disks is touched by itself: no swap is used, nothing is mounted.
systemctl --root="$ROOT" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer ldconfig.service swap.target
mkdir -p "$ROOT/etc/systemd/system-generators"
ln -s /dev/null "$ROOT/etc/systemd/system-generators/systemd-gpt-auto-generator"
# It complains on the console of every machine that has no AF_VSOCK.
ln -s /dev/null "$ROOT/etc/systemd/system-generators/systemd-ssh-generator"

# The app is on the first serial line too, whatever console= says; the journal is on the second.
systemctl --root="$ROOT" --quiet enable serial-getty@ttyS0.service atomos-second-line.service \
    ssh.service
# Keys of its own are made at each start, in memory.
rm -f "$ROOT"/etc/ssh/ssh_host_* "$ROOT/etc/motd"
systemctl --root="$ROOT" --quiet mask sshd-keygen.service
