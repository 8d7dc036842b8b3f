#!/bin/sh
# Put what makes a Debian 12 an AtomOS into the tree at $ROOT, before an initramfs takes some of it:
# $SCRIPTS and $UNITS of live/system, without what homes and flatpaks need.
set -eu
system=$SOURCE/live/system
lib=$ROOT/usr/lib
mkdir -p "$lib/atomos" "$lib/systemd/system" "$lib/systemd/system.conf.d" "$lib/sysctl.d"
for name in $SCRIPTS; do cp "$system/usr/lib/atomos/$name" "$lib/atomos/"; done
for name in $UNITS; do cp "$system/usr/lib/systemd/system/$name.service" "$lib/systemd/system/"; done
cp "$system"/usr/lib/sysctl.d/* "$lib/sysctl.d/"
cp "$system/usr/bin/atomos" "$ROOT/usr/bin/"
cp "$system/etc/fstab" "$ROOT/etc/"
# systemd 252 has the older name of that setting.
sed 's/^CrashAction=reboot$/CrashReboot=yes/' "$system/usr/lib/systemd/system.conf.d/10-atomos.conf" \
    >"$lib/systemd/system.conf.d/10-atomos.conf"
grep -q '^CrashReboot=yes' "$lib/systemd/system.conf.d/10-atomos.conf"
cp -R "$SOURCE/live/initramfs-tools/." "$ROOT/"
