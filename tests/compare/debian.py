"""Debian's installer, its first questions: the root of its initrd, in a room without a network.

The rest of it comes from a mirror once it has one: it is not shown.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.compare.foreign import ENTER, Foreign
from tests.compare.room import ROOM

_PACKAGE: Final = "debian-installer-13-netboot-amd64"
_SOURCE: Final = (
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    " http://deb.debian.org/debian trixie main\n"
)
_INITRD: Final = "usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64/initrd.gz"
_START: Final = (
    "debconf-loadtemplate d-i /var/lib/dpkg/info/*.templates;"
    " MENU=/usr/bin/main-menu LANG=C.UTF-8 /lib/debian-installer/menu 2>/tmp/log; exit"
)
"""The shell stays: as the first process of its namespace the menu itself falls over."""


def main(cache: Path) -> None:
    """Fetch it, and walk as far as it goes."""
    initrd = _initrd(cache / "debian-installer")
    # Unpacked anew each time: it keeps its answers in its own root.
    with tempfile.TemporaryDirectory() as root:
        unpack = f"gzip -dc '{initrd}' | busybox cpio -idm"
        subprocess.run(("sh", "-c", unpack), check=True, cwd=root, capture_output=True)
        name = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8")
        inside = ("chroot", root, *name, "TERM=linux", "DEBIAN_FRONTEND=newt")
        alone = ("unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork")
        argv = (*alone, "sh", "-c", ROOM, "room", root, "", *inside, "sh", "-c", _START)
        foreign = Foreign("debian", argv, term="linux")
        try:
            _walk(foreign)
        finally:
            foreign.close()


def _walk(foreign: Foreign) -> None:
    foreign.shows("Select a language")
    foreign.picture("language")
    foreign.press(ENTER)
    foreign.shows("Select your location")
    foreign.picture("location")
    foreign.press(ENTER)
    foreign.shows("Configure the keyboard")
    foreign.picture("keyboard")


def _initrd(folder: Path) -> Path:
    """Its initrd, fetched once; by lists of our own: nothing in /etc/apt changes."""
    initrd = folder / _INITRD
    if initrd.exists():
        return initrd
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lists" / "partial").mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(_SOURCE)
    lists = (f"Dir::Etc::SourceList={sources}", f"Dir::State::Lists={folder}/lists")
    options = [f"-o{each}" for each in (*lists, "Dir::Etc::SourceParts=/dev/null")]
    for command in (("update",), ("download", _PACKAGE)):
        subprocess.run(("apt-get", "-qq", *options, *command), check=True, cwd=folder)
    (package,) = folder.glob(f"{_PACKAGE}_*.deb")
    subprocess.run(("dpkg-deb", "--extract", str(package), str(folder)), check=True)
    return initrd
