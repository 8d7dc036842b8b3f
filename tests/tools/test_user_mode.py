"""User-mode Linux, and the disks that are made to fail in there."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.user_mode.enter import SHARED
from tests.user_mode.machine import STILL, Died, Stopped, lines_of

WITHIN = 120.0
"""Seconds for a line; the first one comes when its root file system was made."""
GROUND = """
import errno
import mmap
import os
from pathlib import Path

from tests.faults.ground_mapper import MapperGrounds
from tests.faults.trace import PAGE

MIB = 1 << 20
image = Path("/tmp/disk.img")
image.write_bytes(bytes(64 * MIB))
memory = mmap.mmap(-1, 16 * PAGE)


def told(offset):
    try:
        os.pwrite(disk, memory, offset)
        os.fsync(disk)
    except OSError as error:
        return errno.errorcode[error.errno], ground.write_errors()
    return "written", ground.write_errors()


with MapperGrounds().lay({"disk": image}) as ground:
    for direct in (0, os.O_DIRECT):
        disk = os.open(ground.devices["disk"], os.O_RDWR | direct)
        print("healthy", *told(MIB))
        ground.fail("disk", range(MIB + PAGE, MIB + 2 * PAGE, PAGE))
        print("beside", *told(2 * MIB))
        print("upon", *told(MIB))
        print("not told twice", ground.write_errors())
        print("read", os.preadv(disk, [memory], MIB))
        ground.heal()
        print("healed", *told(MIB))
        os.close(disk)
"""


def told(
    folder: Path,
    command: str,
    shared: Mapping[str, Path] | None = None,
    *,
    within: float = WITHIN,
    still: float = STILL,
) -> list[str]:
    scratch = folder / "scratch"
    scratch.mkdir()
    return list(lines_of(command, scratch=scratch, shared=shared or {}, within=within, still=still))


def test_a_command_sees_what_is_shared_and_changes_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "word").write_text("hello\n")
    command = f"cat {SHARED}/own/word; echo changed 2>&1 >{SHARED}/own/word || echo refused"
    lines = told(tmp_path, command, {"own": own})
    assert "hello" in lines
    assert "refused" in lines
    assert (own / "word").read_text() == "hello\n"
    assert not (tmp_path / "scratch/shared/disk.raw").exists()


def test_a_command_that_fails(tmp_path: Path) -> None:
    with pytest.raises(Died, match="exit status 3"):
        told(tmp_path, "exit 3")


def test_a_kernel_that_dies(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="the kernel ended"):
        told(tmp_path, "echo c >/proc/sysrq-trigger")


def test_a_machine_that_stands_still(tmp_path: Path) -> None:
    command = "echo begun; pkill -f init.sh; sleep 1000"
    with pytest.raises(Stopped, match=r"(?s)no sign of life for 20 s.*begun"):
        told(tmp_path, command, still=20.0)


def test_a_command_that_hangs_is_told_with_what_it_runs(tmp_path: Path) -> None:
    with pytest.raises(Died, match=r"(?s)no line within 8 s; it runs:.*sleep 1000"):
        told(tmp_path, "echo begun; sleep 1000", within=8.0, still=20.0)


def test_a_ground_of_the_mapper_fails_where_it_is_told_to(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "ground.py").write_text(GROUND)
    lines = told(
        tmp_path,
        f"cd {SHARED}/project && PYTHONPATH=. python3 {SHARED}/own/ground.py",
        {"own": own},
    )
    once = [
        "healthy written False",
        "beside written False",
        "upon EIO True",
        "not told twice False",
        "read 65536",
        "healed written False",
    ]
    assert [line for line in lines if line in once] == [*once, *once]
