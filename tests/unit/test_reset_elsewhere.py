"""``atomos-install reset``: asked for from Recovery or a live system, of an AtomOS on a disk."""

import dataclasses
import sys

import pytest

from installer import cli
from installer.answers import LayoutKind
from installer.errors import InstallError
from installer.hardware import Disk, Machine
from tests.unit import samples
from tests.unit.fake_parts import FakeParts, FakeSession
from tests.unit.test_reset_everything import disk

OTHER = dataclasses.replace(
    disk(LayoutKind.PLAIN),
    path="/dev/vdb",
    partitions=tuple(
        dataclasses.replace(part, path=part.path.replace("vda", "vdb"))
        for part in disk(LayoutKind.PLAIN).partitions
    ),
)


def parts(machine: Machine) -> FakeParts:
    return FakeParts(fake=FakeSession(now=machine))


def live(*disks: Disk, **changes: object) -> Machine:
    return samples.machine(disks=disks, **changes)


@pytest.mark.parametrize("level", ["settings", "system", "everything"])
def test_recovery_means_its_own_disk(level: str, capsys: pytest.CaptureFixture[str]) -> None:
    machine = samples.recovery_of(disk())
    made = parts(dataclasses.replace(machine, disks=(*machine.disks, OTHER)))
    word = "vda" if level == "everything" else level
    assert cli.main(["reset", level, f"--yes={word}"], made) == 0
    assert made.done == [f"reset {level} on /dev/vda3"]
    said = capsys.readouterr()
    assert "QEMU HARDDISK (/dev/vda)" in said.err
    assert f"A reset of {level}." in said.err
    assert ("atomos-install" in said.out) is (level == "everything")


def test_it_is_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    made = parts(samples.recovery_of(disk()))
    assert cli.main(["reset", "cancel"], made) == 0
    assert made.done == ["reset None on /dev/vda3"]
    assert "Nothing is reset." in capsys.readouterr().out


def test_of_two_disks_one_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    made = parts(live(disk(), OTHER))
    assert cli.main(["reset", "settings", "--yes=settings"], made) == 3
    assert "/dev/vda, /dev/vdb" in capsys.readouterr().err
    for name in ("vdb", "/dev/vdb"):
        assert cli.main(["reset", "settings", "--yes=settings", "--disk", name], made) == 0
    assert made.done == ["reset settings on /dev/vdb3"] * 2


@pytest.mark.parametrize(
    ("machine", "argv", "words"),
    [
        (live(), (), "No disk here holds an AtomOS."),
        (live(samples.DISK), (), "No disk here holds an AtomOS."),
        (live(disk(held=None)), (), "No disk here holds an AtomOS."),
        (live(), ("--disk", "vdz"), "There is no disk /dev/vdz. Attached are: none."),
        (live(disk(), OTHER), ("--disk", "vdz"), "/dev/vdz. Attached are: /dev/vda, /dev/vdb."),
        (live(samples.DISK), ("--disk", "vda"), "/dev/vda holds no AtomOS. No disk here"),
        (live(disk(held=None), OTHER), ("--disk", "vda"), "no AtomOS. Those that do: /dev/vdb."),
        (live(disk(), root=False), (), "with sudo"),
    ],
)
def test_where_there_is_none_it_is_refused(
    machine: Machine, argv: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = parts(machine)
    assert cli.main(["reset", "settings", "--yes=settings", *argv], made) == 3
    assert words in " ".join(capsys.readouterr().err.split())
    assert made.done == []


def test_everything_is_for_recovery_alone(capsys: pytest.CaptureFixture[str]) -> None:
    made = parts(live(disk()))
    assert cli.main(["reset", "everything", "--yes=vda"], made) == 3
    assert "its own Recovery" in capsys.readouterr().err


@pytest.mark.parametrize("level", ["settings", "system", "everything", "cancel"])
def test_what_was_begun_is_gone_on_with_before_anybody_types(
    level: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = parts(samples.recovery_of(disk()))
    made.begun = True
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert cli.main(["reset", level], made) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "An installation onto QEMU HARDDISK (/dev/vda), or a reset, is not at its end." in said
    assert "--yes" not in said
    assert made.done == []


def test_another_word_and_nobody_who_could_type(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = parts(samples.recovery_of(disk()))
    assert cli.main(["reset", "system", "--yes=no"], made) == 3
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert cli.main(["reset", "system"], made) == 2
    assert "`--yes=system`" in capsys.readouterr().err
    assert made.done == []


def test_a_boot_partition_that_takes_no_writes(capsys: pytest.CaptureFixture[str]) -> None:
    made = parts(samples.recovery_of(disk()))
    made.boot_fails = InstallError("/dev/vda3 is full", tool_words="No space left")
    assert cli.main(["reset", "settings", "--yes=settings"], made) == 3
    assert "/dev/vda3 is full: No space left" in capsys.readouterr().err
