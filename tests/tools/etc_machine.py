"""A machine whose /etc is laid over images by the system's own scripts, in both shells."""

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tools.boot_disk import ROOT, Shell, shell_in

SCRIPTS: Final = ROOT / "live/system/usr/lib/atomos"
ETC_MERGE: Final = SCRIPTS / "etc-merge"
ETC_COMMAND: Final = SCRIPTS / "etc-command"
FOR_THE_COMMAND: Final = ("diff", "id")
"""What `atomos etc` needs beside the tools of the initramfs; both are in every system."""
MODES: Final = {"shadow": 0o640, "gshadow": 0o640}
GROUP_OF_SHADOW: Final = 42
Content = str | None
Snapshot = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class EtcMachine:
    """`top` has the images' trees, what outlives a restart, and /etc while the machine is on."""

    shell: Shell

    @property
    def top(self) -> Path:
        return self.shell.top

    @property
    def state(self) -> Path:
        return self.top / "var/lib/atomos/etc"

    @property
    def upper(self) -> Path:
        return self.state / "upper"

    @property
    def etc(self) -> Path:
        return self.top / "etc"

    @property
    def lower(self) -> Path:
        return self.top / "run/atomos/slot/etc"

    def image(self, name: str, files: Mapping[str, Content], like: str | None = None) -> None:
        """Make an image with these files in /etc, and those of another one; None takes one away."""
        etc = self.top / "images" / name / "etc"
        if like is not None:
            shutil.copytree(self.top / "images" / like / "etc", etc, symlinks=True)
        for path, text in files.items():
            (etc / path).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                (etc / path).unlink()
            else:
                (etc / path).write_text(text)
                (etc / path).chmod(MODES.get(path, 0o644))
                os.chown(etc / path, 0, GROUP_OF_SHADOW if path in MODES else 0)

    def runs(self, image: str, more: str = "") -> None:
        """The slot with that image has been chosen."""
        slot = self.top / "run/atomos/slot"
        slot.parent.mkdir(parents=True, exist_ok=True)
        slot.unlink(missing_ok=True)
        slot.symlink_to(self.top / "images" / image)
        self.shell.started_with(f"quiet roothash={image} atomos.slot=a {more}")

    def merge(self) -> str:
        """What the initramfs does; it has to succeed."""
        return self.does(ETC_MERGE, "merge", self.state, self.lower)

    def record(self) -> None:
        """What mark-good does."""
        assert self.does(ETC_MERGE, "record", self.state, self.lower) == ""

    def does(self, script: Path, *arguments: str | Path) -> str:
        done = self.tries(script, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def tries(self, script: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a script, which may fail; /etc may be laid."""
        argv = (*self.shell.argv, str(script), *(str(each) for each in arguments))
        return subprocess.run(
            argv,
            env=self.shell.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def atomos_etc(self, *arguments: str, status: int = 0) -> str:
        """What `atomos etc` prints, on both ways out."""
        done = self.tries(ETC_COMMAND, *arguments)
        assert done.returncode == status, done
        return done.stdout + done.stderr

    @contextlib.contextmanager
    def on(self, image: str) -> Iterator[Path]:
        """Started with that image, up to the point where the start is good; yields /etc."""
        self.runs(image)
        self.merge()
        with self.laid(self.state):
            self.record()
            yield self.etc

    @contextlib.contextmanager
    def laid(self, over: Path) -> Iterator[None]:
        """As lay-data.sh lays it."""
        self.etc.mkdir(exist_ok=True)
        options = (
            f"lowerdir={self.lower.resolve()},upperdir={over}/upper,workdir={over}/work,"
            "index=off,metacopy=off,redirect_dir=off"
        )
        argv = ["mount", "-t", "overlay", "-o", options, "overlay", str(self.etc)]
        subprocess.run(argv, check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", self.etc], check=True)

    def seen(self, *, without: tuple[str, ...] = ()) -> Snapshot:
        """All of /etc as whoever is logged in sees it."""
        with self.laid(self.state):
            return {
                path: text
                for path, text in snapshot(self.etc).items()
                if path.split("/")[0] not in without
            }


def snapshot(top: Path) -> Snapshot:
    """Type, mode, owner and content of everything below a folder."""
    found = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        if path.is_symlink():
            what = f"-> {path.readlink()}"
        elif stat.S_ISREG(status.st_mode):
            what = path.read_text()
        else:
            what = ""
        found[str(path.relative_to(top))] = (
            f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {what}"
        )
    return found


@contextlib.contextmanager
def etc_machine(folder: Path, kind: str) -> Iterator[EtcMachine]:
    """``dash`` with the tools of the initramfs, or ``busybox``."""
    with shell_in(folder, kind) as shell:
        for name in FOR_THE_COMMAND:
            tool = shutil.which("busybox" if kind == "busybox" else name)
            (shell.tools / name).symlink_to(str(tool))
        machine = EtcMachine(shell=shell)
        machine.upper.mkdir(parents=True)
        (machine.state / "work").mkdir()
        yield machine
