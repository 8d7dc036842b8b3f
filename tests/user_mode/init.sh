#!/bin/sh
# The first process under user-mode Linux: what a command of the tests needs, the command, the end.
# /mnt is what the machine below shares with it; the root file system is read-only.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
# A file there can be zeroed in place, which loop devices want (fallocate(2), FALLOC_FL_ZERO_RANGE).
mkfs.ext4 -q -E lazy_itable_init=1 /dev/ubda
mount /dev/ubda /tmp
# As in a live system, whose root is in memory.
mkdir /tmp/var
mount --bind /tmp/var /var/tmp
mount --bind /usr/lib/uml/modules /usr/lib/modules
mkdir /run/told
mount -t hostfs -o hostfs=/mnt none /run/told
# Who waits for a line sees whether this machine still runs, and what it runs.
while ps -eo pid,ppid,stat,wchan:20,etimes,args >/run/told/alive.new; do
    mv /run/told/alive.new /run/told/alive
    sleep 10
done &
/usr/lib/systemd/systemd-udevd --daemon
# Behind udev, which hears of their devices; they have a node to ask for one only when they are there.
modprobe --all loop dm-mod
udevadm settle
status=0
sh /mnt/command || status=$?
echo "user-mode: $status"
# Not by systemd: it is not what runs here.
exec python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321FEDC)'
