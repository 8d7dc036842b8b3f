#!/bin/sh
# What a start of the Alpine live medium begins with, as NAME.apkovl.tar.gz in the folder that this is
# started in: genapkovl-atomos.sh NAME. For mkimage of aports; NAME is the live system's host name.
set -eu

here=$(cd "${0%/*}" && pwd)
case ${1-} in
'' | -* | *[!a-z0-9-]*)
    echo "usage: genapkovl-atomos.sh NAME; a host name of lower-case letters, digits and hyphens" >&2
    exit 2
    ;;
esac
name=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# put PATH [MODE], with the file on standard input
put() {
    mkdir -p "$tree/${1%/*}"
    cat >"$tree/$1"
    chmod "${2-0644}" "$tree/$1"
    chown root:root "$tree/$1"
}

# starts RUNLEVEL SERVICE...
starts() {
    level=$1
    shift
    mkdir -p "$tree/etc/runlevels/$level"
    for service; do ln -s "/etc/init.d/$service" "$tree/etc/runlevels/$level/$service"; done
}

echo "$name" | put etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" | put etc/hosts
printf '%s\n' alpine-base atomos-live | put etc/apk/world

# With an apkovl the initramfs leaves Alpine's usual services out, unless this file is there.
: | put etc/.default_boot_services
starts boot atomos-medium
starts default dbus networkmanager atomos-remote-access atomos-unattended

# The initramfs would put a getty of its own on a serial console that has no line here. Both of ours
# start at the same time: /usr/lib/atomos/live/turn has the lock that says which one begins.
put etc/inittab <<'END'
::sysinit:/sbin/openrc sysinit
::sysinit:/sbin/openrc boot
::wait:/sbin/openrc default
tty1::respawn:/usr/lib/atomos/live/line tty1
ttyS0::respawn:/usr/lib/atomos/live/line ttyS0
tty2::respawn:/usr/lib/atomos/live/line tty2
::ctrlaltdel:/sbin/reboot
::shutdown:/sbin/openrc shutdown
END

put etc/network/interfaces <<'END'
auto lo
iface lo inet loopback
END
# Over what packages bring: nothing on the machine's disks is activated by itself, and keys of the live
# system are made at each start, in memory.
put etc/conf.d/sshd <<'END'
sshd_disable_keygen=yes
END
put etc/mdadm.conf <<'END'
AUTO -all
END
put etc/lvm/lvmlocal.conf <<'END'
activation {
    auto_activation_volume_list = []
}
END

# An initramfs that somebody makes on the running medium (setup-bootable) is like the medium's own.
for file in "$here"/features.d/*; do put "etc/mkinitfs/features.d/${file##*/}" <"$file"; done
put etc/mkinitfs/mkinitfs.conf <<'END'
features="ata base cdrom ext4 mmc nfit nvme scsi squashfs usb virtio atomos"
END

tar -c -C "$tree" etc | gzip -9n >"$name.apkovl.tar.gz"
