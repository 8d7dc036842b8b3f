"""A Linux that is a program of this machine: device-mapper without KVM, at nearly full speed.

User-mode Linux (UML) has its own kernel with dm-crypt, flakey and vfat, and runs processes on this machine's
processor: under TCG the same takes ten times as long. It boots nothing that a person boots; what
boots is shown in virtual machines.
"""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pexpect

from installer.quantity import GIB

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = Path("/mnt")
"""Where it sees what this machine shares with it."""
MEMORY: Final = "2G"
"""Of this machine it takes what is written to only."""
SCRATCH_BYTES: Final = 20 * GIB
"""Of its file system for disks' images, at /tmp; a file with holes here."""
_DISK: Final = "disk.raw"
_HERE: Final = Path(__file__).parent
_END: Final = re.compile(r"user-mode: (\d+)\r")


class Died(AssertionError):
    """It came to no end, or the command to a bad one."""


@contextlib.contextmanager
def tree(scratch: Path, shared: Mapping[str, Path]) -> Iterator[Path]:
    """The root file system, the live system's tools; folders of this machine in `SHARED`."""
    argv = [sys.executable, str(ROOT / "mkimage-profile" / "user_mode.py")]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    root = scratch / "root"
    root.mkdir()
    with contextlib.ExitStack() as stack:
        _mount(stack, "-t", "overlay", "-o", f"lowerdir={':'.join(done.stdout.split())}", root)
        place = root / SHARED.relative_to("/")
        _mount(stack, "-t", "tmpfs", "-o", "size=90%", place)
        for name, folder in shared.items():
            (place / name).mkdir()
            _mount(stack, "--bind", "-o", "ro", folder, place / name)
        for file, size in ((scratch / _DISK, SCRATCH_BYTES), (place / _DISK, 0)):
            with file.open("wb") as made:
                made.truncate(size)
        _mount(stack, "--bind", scratch / _DISK, place / _DISK)
        stack.callback((scratch / _DISK).unlink)
        yield root


def lines_of(
    command: str, *, scratch: Path, shared: Mapping[str, Path], within: float
) -> Iterator[str]:
    """Run a shell command in it as root; gives the lines that it writes, none of which may take
    longer than `within` seconds. Raises Died.

    Its console is kept in `scratch`. It has the project at `SHARED`/project and `shared` beside it.
    """
    with tree(scratch, {"project": ROOT, **shared}) as root, contextlib.ExitStack() as stack:
        place = root / SHARED.relative_to("/")
        (place / "command").write_text(command)
        words = ["cc", "-O2", "-shared", "-fPIC", "-o", place / "whole_xstate.so"]
        subprocess.run([*words, _HERE / "whole_xstate.c"], check=True)
        log = stack.enter_context((scratch / "console.log").open("w", encoding="utf-8"))
        kernel = _kernel(root)
        kernel.logfile_read = log
        stack.callback(kernel.close, force=True)
        while True:
            try:
                kernel.expect("\n", timeout=within)
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                raise Died(f"no line within {within:.0f} s, or its end: {log.name}") from error
            line = str(kernel.before)
            end = _END.search(line)
            if end is None:
                yield line.rstrip("\r")
                continue
            if end[1] != "0":
                raise Died(f"exit status {end[1]}: {log.name}")
            return


def _kernel(root: Path) -> "pexpect.spawn[str]":
    argv = [str(root), "/usr/bin/linux.uml", f"mem={MEMORY}", "rootfstype=hostfs", "ro"]
    argv += [f"init={SHARED}/project/tests/user_mode/init.sh", f"uml_dir={SHARED}/uml"]
    # Of the kernel's words only those of its death: others would come in the middle of a line.
    argv += [f"ubd0={SHARED / _DISK}", "con=null", "con0=fd:0,fd:1", "loglevel=1"]
    environment = {"LD_PRELOAD": f"{SHARED}/whole_xstate.so", "TMPDIR": str(SHARED)}
    # In its own environment, not in that of chroot, which has another C library.
    settings = [f"{name}={value}" for name, value in environment.items()]
    return pexpect.spawn(
        "chroot",
        [argv[0], "/usr/bin/env", "-i", *settings, *argv[1:]],
        encoding="utf-8",
        codec_errors="replace",
        timeout=None,
    )


def _mount(stack: contextlib.ExitStack, *argv: str | Path) -> None:
    """Until the end of `stack`."""
    source = () if argv[0] == "--bind" else ("none",)
    subprocess.run(["mount", *argv[:-1], *source, argv[-1]], check=True)
    stack.callback(subprocess.run, ["umount", "--recursive", argv[-1]], check=True)
