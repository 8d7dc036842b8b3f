"""setup-alpine, from its first question to its plan, in a whole Alpine whose disk is made up.

The Alpine is the one that the live medium is made from, which lacks the package alpine-conf, and no
registry has it: its scripts come from a checkout.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.compare.foreign import ENTER, Foreign
from tests.compare.room import ROOM, empty_disk
from tests.tools.overlay_tree import made_by, mount_overlay

CHECKOUT: Final = "ATOMOS_ALPINE_CONF"
"""Variable with the folder of a checkout of alpine-conf."""
PASSWORD: Final = "Snyder-Sort-Merge-51"
_MACHINE: Final = """\
set -eu
root=$1 disk=$2
shift 2
mount -t tmpfs tmpfs "$root/sys/block"
mkdir -p "$root/sys/block/sda/device"
echo 67108864 >"$root/sys/block/sda/size"
echo ATA >"$root/sys/block/sda/device/vendor"
echo 'Disk of 32 GiB' >"$root/sys/block/sda/device/model"
mv "$root/dev/${disk##*/}" "$root/dev/sda"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --bind /proc/sys/net "$root/proc/sys/net"
hostname localhost
mkdir "$root/run/openrc"
echo default >"$root/run/openrc/softlevel"
cat >"$root/run/udhcpd.conf" <<END
start 10.0.2.15
end 10.0.2.15
interface wire
lease_file $root/run/udhcpd.leases
pidfile $root/run/udhcpd.pid
option subnet 255.255.255.0
END
: >"$root/run/udhcpd.leases"
mkfifo "$root/run/there"
unshare --net sh -c '
    echo >"$1/there"
    until ip link set wire up 2>/dev/null; do sleep 0.1; done
    ip address add 10.0.2.2/24 dev wire
    exec busybox udhcpd -f "$1/udhcpd.conf"
' server "$root/run" >/dev/null 2>&1 &
read -r _ <"$root/run/there"
ip link add eth0 type veth peer name wire netns "$!"
exec "$@"
"""
"""What is in the room, for ``sh -c``: one disk by that name, and a cable with an address on it."""
_ON_ITS_MEDIUM: Final = (
    *("busybox-mdev-openrc", "tzdata", "doas", "syslinux"),
    *("cryptsetup", "blkid", "lvm2"),
)
"""Packages it adds before it asks, and would fetch here: apk is told that they are there."""
_KEPT_FROM_IT: Final = "-sys_admin,-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog"
_NOT_STARTED: Final = (
    *("devfs", "dmesg", "hostname", "hwclock", "hwdrivers", "localmount", "modules", "root"),
    *("seedrng", "sysctl", "sysfs"),
)
"""Its kernel is this machine's, whose settings, clock, modules and log stay as they are. Mounts
are made before it starts, and it can make or undo none."""


def main() -> None:
    """Walk through it and take the pictures, if there is a checkout."""
    given = os.environ.get(CHECKOUT)
    if not given:
        print(f"alpine: left out, {CHECKOUT} names no checkout of alpine-conf")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = folder / "root"
        mount_overlay(stack, root, lower=made_by("alpine_root.py"), memory=folder / "memory")
        _put(Path(given), folder / "source", root)
        disk = stack.enter_context(empty_disk(folder / "disk"))
        alone = ("unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork")
        rooms = ("sh", "-c", ROOM, "room", str(root), disk, "sh", "-c", _MACHINE, "room")
        less = ("setpriv", f"--bounding-set={_KEPT_FROM_IT}", f"--inh-caps={_KEPT_FROM_IT}")
        name = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=linux")
        inside = ("chroot", str(root), *name, "setup-alpine")
        foreign = Foreign("alpine", (*alone, *rooms, str(root), disk, *less, *inside), term="linux")
        try:
            _walk(foreign)
        finally:
            foreign.close()


def _put(checkout: Path, source: Path, root: Path) -> None:
    """Its scripts, as its own Makefile fills them in."""
    shutil.copytree(checkout, source, ignore=shutil.ignore_patterns(".git"))
    names = sorted(each.stem for each in source.glob("*.in"))
    subprocess.run(("make", "-s", "PREFIX=", *names), check=True, cwd=source)
    for name in names:
        shutil.copy(source / name, root / ("lib" if name.endswith(".sh") else "sbin"))
    (root / "etc/apk/repositories").write_text("")
    for package in _ON_ITS_MEDIUM:
        add = ("apk", "add", "--quiet", "--virtual", package)
        subprocess.run(("chroot", str(root), *add), check=True)
    zones = Path("usr/share/zoneinfo")
    shutil.copytree("/" / zones, root / zones, ignore=shutil.ignore_patterns("localtime"))
    for name in _NOT_STARTED:
        _service(root, name, "")
    _service(root, "mdev", "depend() { provide dev; }")
    for tool in ("sbin/modprobe", "bin/dmesg"):
        (root / tool).unlink()  # a link to all of busybox
        (root / tool).write_text("#!/bin/sh\n")
        (root / tool).chmod(0o755)


def _service(root: Path, name: str, depends: str) -> None:
    """One that does nothing."""
    file = root / "etc/init.d" / name
    file.write_text(f"#!/sbin/openrc-run\n{depends}\nstart() {{ :; }}\n")
    file.chmod(0o755)


def _walk(foreign: Foreign) -> None:
    foreign.shows("Enter system hostname")
    foreign.picture("first")
    foreign.press(ENTER)
    foreign.shows("Which one do you want to initialize?")
    foreign.press(ENTER)
    foreign.shows("IPv4 address for eth0?")
    foreign.press(ENTER)
    foreign.shows("IPv6 address for eth0?")
    foreign.press(ENTER)
    foreign.shows("manual network configuration?")
    foreign.picture("network")
    foreign.press(ENTER)
    foreign.shows("New password:")
    _answer(foreign, PASSWORD)
    foreign.shows("Retype password:")
    foreign.picture("password")
    _answer(foreign, PASSWORD)
    foreign.shows("Which timezone are you in?")
    foreign.picture("time-zone")
    foreign.press(ENTER)
    foreign.shows("proxy URL?")
    foreign.press(ENTER)
    foreign.shows("Which NTP client to run?")
    foreign.press(ENTER)
    foreign.shows("Enter mirror number")
    _answer(foreign, "skip")
    _person(foreign)
    _disk(foreign)


def _person(foreign: Foreign) -> None:
    foreign.shows("Setup a user?")
    _answer(foreign, "ada")
    foreign.shows("Full name for user ada")
    foreign.press(ENTER)
    foreign.shows("New password:")
    _answer(foreign, PASSWORD)
    foreign.shows("Retype password:")
    _answer(foreign, PASSWORD)
    foreign.shows("Enter ssh key or URL for ada")
    foreign.picture("user")
    foreign.press(ENTER)
    foreign.shows("Which ssh server?")
    _answer(foreign, "none")


def _disk(foreign: Foreign) -> None:
    foreign.shows("Which disk(s) would you like to use?")
    foreign.picture("disk")
    _answer(foreign, "sda")
    foreign.shows("How would you like to use it?")
    _answer(foreign, "crypt")
    foreign.shows("with LVM on LUKS")
    foreign.picture("passphrase")
    _answer(foreign, "sys")
    foreign.shows("Erase the above disk(s) and continue?")
    foreign.picture("summary")


def _answer(foreign: Foreign, words: str) -> None:
    foreign.type(words)
    foreign.press(ENTER)
