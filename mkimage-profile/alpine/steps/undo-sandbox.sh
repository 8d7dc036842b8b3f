#!/bin/sh
# The wheel's root at $ROOT is made to be talked to by the program that started it. Here it becomes
# what setup-alpine leaves: a machine that somebody sits at.
set -eu
cd "$ROOT"

chroot . deluser quicksand
rm -rf home/quicksand etc/sudoers.d/quicksand usr/local/bin/quicksand-guest-agent
rm -f etc/init.d/quicksand-guest-agent etc/init.d/setup-dns etc/init.d/firstboot
# deluser leaves copies of what it changed.
rm -f etc/passwd- etc/shadow- etc/group-
# With rc_sys="lxc" localmount mounts nothing and no driver is loaded.
sed -i -e '/^rc_sys=/d' -e '/^rc_parallel=/d' -e '/^rc_controller_cgroups=/d' etc/rc.conf
printf '%s\n' 'auto lo' 'iface lo inet loopback' >etc/network/interfaces

rm -rf etc/runlevels
while read -r level services; do
    mkdir -p "etc/runlevels/$level"
    for service in $services; do
        [ -e "etc/init.d/$service" ] || { echo "no service $service" >&2 && exit 1; }
        ln -s "/etc/init.d/$service" "etc/runlevels/$level/$service"
    done
done <<'END'
sysinit devfs dmesg hwdrivers
boot modules sysctl hostname bootmisc syslog networking hwclock seedrng localmount
default acpid crond dhcpcd
nonetwork
shutdown killprocs savecache mount-ro
END

# Whoever is in wheel may become root, as Debian's group sudo.
printf '%%wheel ALL=(ALL:ALL) ALL\n' >etc/sudoers.d/wheel
chmod 0440 etc/sudoers.d/wheel
cat >etc/motd <<'END'
Welcome to AtomOS on Alpine!

System software is part of the image: what apk adds is forgotten at the next start.

END
