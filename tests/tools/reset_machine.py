"""A disk whose next start carries out a reset, by the system's own script, in both shells."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.block_device import drop_cache
from backends.installed_tree import InstalledTree
from backends.mounts import mount_points_below
from tests.tools.boot_disk import ROOT, BootDisk, Shell
from tests.tools.small_disk import Disk

RESET: Final = ROOT / "live/system/usr/lib/atomos/reset"
REQUEST: Final = "atomos/reset"
TOOLS_THAT_CHANGE: Final = (
    "mv",
    "rm",
    "cp",
    "mkdir",
    "chmod",
    "awk",
    "btrfs",
    "sync",
    "mount",
    "umount",
)
STAND_IN: Final = """\
#!/bin/sh
read -r steps <{count}
steps=$((steps + 1))
echo "$steps" >{count}
read -r stop <{stop}
case "$steps: {name} $*" in $stop) kill -9 -"$(cat {leader})"; kill -9 0 ;; esac
exec {real} "$@"
"""
"""Ends the script that was started, and all that belongs to it, before its step is done: what it
calls by timeout(1) is a process group of its own."""
_BEGIN: Final = 'echo $$ >"$0"; exec "$@"'


def request(level: str, step: str = "asked", starts: int | None = None) -> str:
    text = f"atomos_reset=1\nlevel={level}\nstep={step}\n"
    return text if starts is None else f"{text}starts={starts}\n"


@dataclass(frozen=True, kw_only=True)
class ResetMachine:
    """`boot` has the boot partition, `disk` slot and data."""

    shell: Shell
    boot: BootDisk
    disk: Disk

    def ask(self, text: str) -> None:
        """What `atomos reset` leaves."""
        with self.boot.mounts.device(self.boot.boot, "ext4", read_only=False) as top:
            (top / REQUEST).parent.mkdir(exist_ok=True)
            (top / REQUEST).write_text(text)

    def asked(self) -> str | None:
        """The request, if there is one."""
        with self.boot.mounts.device(self.boot.boot, "ext4", read_only=True) as top:
            file = top / REQUEST
            return file.read_text() if file.exists() else None

    def start(self) -> str:
        """Start once, up to where @var is mounted; what was said is the value."""
        with self.image() as image:
            self.shell.run(*self.argv(image)[len(self.shell.argv) :])
        return self.said()

    def said(self) -> str:
        kmsg = self.shell.top / "dev/kmsg"
        text = kmsg.read_text() if kmsg.exists() else ""
        kmsg.unlink(missing_ok=True)
        return text

    def told(self) -> str:
        """What whoever logs in reads."""
        file = self.shell.top / "run/motd.d/atomos-reset"
        text = file.read_text() if file.exists() else ""
        file.unlink(missing_ok=True)
        return text

    @contextlib.contextmanager
    def image(self) -> Iterator[Path]:
        with InstalledTree(self.disk.mounts).slot(self.disk.slot) as image:
            yield image

    def argv(self, image: Path) -> tuple[str, ...]:
        return (*self.shell.argv, str(RESET), self.disk.data, str(image))


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Has the power go before any step that changes something."""

    machine: ResetMachine
    folder: Path

    def prepare(self) -> None:
        """Have the steps counted from here on."""
        for name in TOOLS_THAT_CHANGE:
            tool = self.machine.shell.tools / name
            real = str(tool.readlink())
            tool.unlink()
            call = f"{real} {name}" if Path(real).name == "busybox" else real
            tool.write_text(
                STAND_IN.format(
                    count=self.folder / "count",
                    stop=self.folder / "stop",
                    leader=self.folder / "leader",
                    name=name,
                    real=call,
                )
            )
            tool.chmod(0o755)

    def stop_at(self, step: int | str) -> None:
        """Have starts be cut off there from now on: `start` says what that is."""
        (self.folder / "count").write_text("0\n")
        pattern = f"{step}: *" if isinstance(step, int) else f"*: {step}"
        (self.folder / "stop").write_text(f"{pattern}\n")

    def start(self, step: int | str) -> int:
        """Start, and be cut off before that step; 0: not at all. Returns how many there were.

        It is a number, or a pattern of the shell for the tool and its arguments. What had not
        reached the disk is lost: both disks are as their files were in that moment.
        """
        self.stop_at(step)
        files = [backing_file(each) for each in (self.machine.boot.device, self.machine.disk.data)]
        with self.machine.image() as image:
            done = subprocess.run(
                ["/bin/sh", "-c", _BEGIN, str(self.folder / "leader"), *self.machine.argv(image)],
                env=self.machine.shell.environment,
                start_new_session=True,
                check=False,
                capture_output=True,
            )
            assert (done.returncode == -9) == (step != 0), done
            kept = [_copy(file, self.folder / f"{file.name}.cut") for file in files]
            for path in reversed(mount_points_below(self.machine.shell.top)):
                subprocess.run(["umount", path], check=True)
        if step:
            for file, copy in zip(files, kept, strict=True):
                put_back(file, copy)
            self.forget_caches()
        shutil.rmtree(self.machine.shell.top / "run")
        (self.machine.shell.top / "run").mkdir()
        return int((self.folder / "count").read_text())

    def forget_caches(self) -> None:
        """Have the kernel read both disks anew."""
        for device in (self.machine.boot.boot, self.machine.boot.device, self.machine.disk.data):
            drop_cache(device)

    def saved(self) -> list[tuple[Path, Path]]:
        """Both disks as they are now, for `restore`."""
        files = [backing_file(each) for each in (self.machine.boot.device, self.machine.disk.data)]
        return [(file, _copy(file, self.folder / f"{file.name}.saved")) for file in files]

    def restore(self, saved: list[tuple[Path, Path]]) -> None:
        for file, copy in saved:
            put_back(file, copy)
        self.forget_caches()


def backing_file(device: str) -> Path:
    argv = ["losetup", "--noheadings", "--output", "BACK-FILE", device]
    return Path(subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip())


def _copy(file: Path, copy: Path) -> Path:
    subprocess.run(["cp", "--sparse=always", file, copy], check=True)
    return copy


def put_back(file: Path, copy: Path) -> None:
    """Give the disk the bytes of `copy`; only what differs is written."""
    size = 1 << 20
    with file.open("r+b") as into, copy.open("rb") as wanted:
        while block := wanted.read(size):
            if into.read(size) != block:
                into.seek(-len(block), os.SEEK_CUR)
                into.write(block)
