"""Where other installers run: a /proc, and a /dev with nothing of this machine in it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOM: Final = """\
set -eu
root=$1 disk=$2
shift 2
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
for each in run dev tmp; do
    mount -t tmpfs tmpfs "$root/$each"
done
mkdir "$root/dev/pts" "$root/run/udev"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for each in "null 1 3" "zero 1 5" "random 1 8" "urandom 1 9" "tty 5 0"; do
    mknod -m 666 "$root/dev/${each%% *}" c ${each#* }
done
if [ -n "$disk" ]; then
    cp -a "$disk" "$root/dev/"
fi
exec "$@"
"""
"""A shell's words for ``sh -c``, within namespaces of its own: ROOM, root, disk or nothing, and
what to start. The disk is the only one that can be written to."""


@contextmanager
def empty_disk(file: Path) -> Iterator[str]:
    """The loop device of a new disk of 32 GiB, kept in `file`."""
    with file.open("wb") as opened:
        opened.truncate(32 << 30)
    disk = subprocess.run(
        ("losetup", "--find", "--show", str(file)), check=True, capture_output=True, text=True
    ).stdout.strip()
    try:
        yield disk
    finally:
        subprocess.run(("losetup", "--detach", disk), check=True)
