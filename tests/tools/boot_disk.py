"""A disk with a boot partition, and the shells in which a started system reads its boot state."""

import contextlib
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backends.file_systems import Makers
from backends.mounts import Mounts, mount_points_below
from installer.quantity import MIB

ROOT = Path(__file__).parents[2]
BOOT_STATE = ROOT / "live/system/usr/lib/atomos/boot-state"
FILES = ("grub/state1", "grub/state2")
DISK_SIZE = 64 * MIB
PARTITIONS = """\
label: gpt
size=16MiB, name=atomos-boot
size=4MiB, name=atomos-a, uuid={slot}
size=20MiB, name=atomos-luks
"""
NO_APPLETS = ("btrfs",)
"""Of the tools of the initramfs, what busybox does not have."""
Blocks = tuple[bytes | None, bytes | None]


@dataclass(frozen=True, kw_only=True)
class BootDisk:
    """A disk with a boot partition, slot A, and a partition for a container."""

    device: str
    slot_uuid: str
    mounts: Mounts

    @property
    def boot(self) -> str:
        return f"{self.device}p1"

    @property
    def container(self) -> str:
        return f"{self.device}p3"

    def put(self, blocks: Blocks) -> None:
        """Make the two files as they are given; None is a missing one."""
        with self.mounts.device(self.boot, "ext4", read_only=False) as top:
            (top / "grub").mkdir(exist_ok=True)
            for name, block in zip(FILES, blocks, strict=True):
                (top / name).unlink(missing_ok=True)
                if block is not None:
                    (top / name).write_bytes(block)

    def blocks(self) -> Blocks:
        with self.mounts.device(self.boot, "ext4", read_only=True) as top:
            one, two = ((top / name) for name in FILES)
            return (
                one.read_bytes() if one.exists() else None,
                two.read_bytes() if two.exists() else None,
            )

    def places(self) -> list[str]:
        """Inode, size and physical blocks of both files, as debugfs has them."""
        return [
            " ".join(re.findall(r"Inode: \d+|Size: \d+|^\(\d+.*", self._debugfs(name), re.M))
            for name in FILES
        ]

    def lose_journal(self) -> None:
        """Linux mounts it no more; GRUB, which replays no journal, does not mind."""
        size = int(self._asked("stats").split("Block size:")[1].split()[0])
        begin = int(self._asked("blocks <8>").split()[0])
        with Path(self.boot).open("r+b") as device:
            device.seek(begin * size)
            device.write(bytes(size))

    def _debugfs(self, name: str) -> str:
        said = self._asked(f"stat /{name}")
        assert "EXTENTS" in said
        return said

    def _asked(self, request: str) -> str:
        argv = ["debugfs", "-R", request, self.boot]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def make_boot_disk(device: str, makers: Makers, mounts: Mounts) -> BootDisk:
    """Partitions and the file system; no blocks yet. The device is a loop device."""
    slot = str(uuid.uuid4())
    subprocess.run(
        ["sfdisk", "--quiet", "--no-tell-kernel", device],
        input=PARTITIONS.format(slot=slot),
        check=True,
        text=True,
    )
    # A loop device may still have partitions of whoever had its number before.
    subprocess.run(["partx", "--update", device], check=True)
    disk = BootDisk(device=device, slot_uuid=slot, mounts=mounts)
    makers.make_ext4(disk.boot, label="atomos-boot", uuid=str(uuid.uuid4()))
    return disk


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A shell with some tools and no others, and a top folder that holds its /proc and the like.

    It sees the disks that are plugged in, and none of the machine that the test runs on.
    """

    argv: tuple[str, ...]
    tools: Path
    top: Path

    def started_with(self, command_line: str) -> None:
        (self.top / "proc/cmdline").write_text(f"{command_line}\n")

    def started_from(self, disk: BootDisk, more: str = "atomos.slot=a") -> None:
        self.plug_in(disk)
        self.link(f"by-partuuid/{disk.slot_uuid}", f"{disk.device}p2")
        self.started_with(f"quiet root=PARTUUID={disk.slot_uuid} ro * {more}")

    def plug_in(self, disk: BootDisk) -> None:
        """Show the disk in /dev and /sys as the kernel does: nodes, and none of udev's links."""
        for folder in Path("/sys/class/block").glob(f"{Path(disk.device).name}*"):
            node = self.top / "dev" / folder.name
            if not node.exists():
                node.symlink_to(f"/dev/{folder.name}")
                (self.top / "sys/class/block" / folder.name).symlink_to(folder)

    def link(self, name: str, node: str) -> None:
        """What udev makes in /dev/disk."""
        path = self.top / "dev/disk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(node)

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        argv = (*self.argv, *(str(each) for each in arguments))
        done = subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert mount_points_below(self.top) == []
        assert list(self.top.glob("run/atomos/boot-state/*")) == []
        return done

    def boot_state(self, command: str) -> str:
        """What the script prints; it has to succeed without a word of complaint."""
        done = self.run(BOOT_STATE, command)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def refused(self, command: str) -> str:
        """What the script says when it fails."""
        done = self.run(BOOT_STATE, command)
        assert done.returncode == 1
        return done.stderr

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.tools), "ATOMOS_ROOT": str(self.top)}


def tools_of_the_initramfs() -> list[str]:
    """Commands that live/dracut/95atomos-slot puts into the initramfs."""
    module = ROOT / "live/dracut/95atomos-slot/module-setup.sh"
    script = f"""
    inst_hook() {{ :; }}
    inst_simple() {{ :; }}
    inst_multiple() {{ printf '%s\\n' "$@"; }}
    . {module}
    moddir=. systemdsystemconfdir=. install
    """
    done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True)
    return [name for name in done.stdout.split() if name[0] not in "-/"]


@contextlib.contextmanager
def shell_in(folder: Path, kind: str) -> Iterator[Shell]:
    """``dash`` with the tools of the initramfs, or ``busybox`` with its own of the same names.

    What it left mounted is unmounted at the end.
    """
    tools = folder / "bin"
    tools.mkdir()
    for name in tools_of_the_initramfs():
        is_applet = kind == "busybox" and name not in NO_APPLETS
        tool = shutil.which("busybox" if is_applet else name)
        if tool is not None:
            (tools / name).symlink_to(tool)
    top = folder / "top"
    for name in ("proc", "run", "dev", "sys/class/block"):
        (top / name).mkdir(parents=True)
    busybox = ("busybox", "ash") if kind == "busybox" else ("dash",)
    shell = str(shutil.which(busybox[0]))
    yield Shell(argv=(shell, *busybox[1:]), tools=tools, top=top)
    for path in mount_points_below(top):
        subprocess.run(["umount", path], check=True)
