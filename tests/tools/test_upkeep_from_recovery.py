"""A disk that is kept by its own Recovery: nothing of it is mounted, and no slot runs."""

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.boot_state_blocks import BootStateBlocks
from backends.mounts import Mounts
from backends.runner import Runner
from backends.target_journal import TargetJournalsOnDisk
from installer.boot_state import BootState, SlotState
from installer.errors import ExitCode, Refused
from installer.hardware import HardwareSource, Machine, Medium
from installer.identifiers import Identifiers
from installer.layout import Role
from installer.secret import Secret
from installer.upkeep.status import describe
from tests.faults import small_release
from tests.tools.breaking import at_share, killed
from tests.tools.installed_disk import InstalledDisk, release_at, running_from_a
from tests.tools.test_upkeep import GOOD, check_updated, identifiers, new, old, written
from tests.tools.written_disk import attached

__all__ = ["identifiers", "new", "old", "written"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class StartedRecovery:
    """This machine, started from a partition of that disk."""

    hardware: HardwareSource
    device: str

    def machine(self) -> Machine:
        """See HardwareSource."""
        medium = Medium(device=self.device, in_ram=True, is_recovery=True, length_bytes=None)
        return dataclasses.replace(self.hardware.machine(), medium=medium)


@dataclasses.dataclass(frozen=True, kw_only=True)
class KeptDisk(InstalledDisk):
    """The disk, to its Recovery."""

    @property
    def hardware(self) -> HardwareSource:
        """See InstalledDisk."""
        return StartedRecovery(hardware=super().hardware, device=self.disk.node(Role.RECOVERY))


@pytest.fixture
def kept(
    written: Path, old: Path, identifiers: Identifiers, tmp_path: Path, mounts: Mounts
) -> Iterator[KeptDisk]:
    copy, folder = tmp_path / "disk.raw", tmp_path / "atomos"
    shutil.copy(written, copy)
    folder.mkdir()
    with attached(copy) as disk:
        with running_from_a(disk, identifiers, old, folder, mounts):
            """It ran from A, and came up."""
        (folder / "cmdline").write_text("atomos.live=PARTUUID=something quiet\n")
        yield KeptDisk(disk=disk, slot=tmp_path / "nothing", folder=folder, mounts=mounts)


def test_what_a_disk_holds_is_seen_from_recovery(kept: KeptDisk) -> None:
    said = describe(kept.systems.look())
    assert "Root A: AtomOS Debian 1.0\n" in said
    assert "Root B: AtomOS Debian 1.0\n" in said
    assert "Recovery (runs now): " in said


def test_the_slot_that_is_not_known_good_is_written(kept: KeptDisk, new: Path) -> None:
    before = kept.what_runs()
    assert kept.carry_out(release_at(new)) is ExitCode.DONE
    check_updated(kept, new)
    assert kept.what_runs() == before


def test_a_slot_that_only_fails_is_written_anew_and_the_good_one_stays(
    kept: KeptDisk, new: Path
) -> None:
    """As it stands after an update that came up once and no longer does, beside what never did."""
    state = BootState(order=("b", "a"), a=SlotState(tries=0), b=SlotState(tries=0, good=True))
    BootStateBlocks(kept.mounts).change(boot=kept.disk.node(Role.BOOT), change=lambda _old: state)
    b = kept.bytes_of(Role.SLOT_B)
    assert kept.carry_out(release_at(new)) is ExitCode.DONE
    image = small_release.image_of(new, "2.0")
    assert kept.bytes_of(Role.SLOT_B) == b
    assert kept.state() == BootState(b=SlotState(tries=0, good=True))
    assert kept.bytes_of(Role.SLOT_A, image.stat().st_size)
    assert "Root A: AtomOS Debian 2.0" in describe(kept.systems.look())
    assert describe(kept.systems.look()).endswith("Next start: Root A.")


def test_killed_in_the_middle_it_is_done_from_there_once_more(kept: KeptDisk, new: Path) -> None:
    before = kept.what_runs()
    killed(kept, release_at(new), at_share(0.5))
    assert kept.what_runs() == before
    assert kept.state() == BootState(a=GOOD, b=SlotState(tries=0))
    assert kept.carry_out(release_at(new)) is ExitCode.DONE
    check_updated(kept, new)


def test_back_and_once_from_there(kept: KeptDisk) -> None:
    with pytest.raises(Refused, match="Root B is not known good"):
        kept.upkeep().roll_back()
    assert kept.upkeep().start_once("b").next == "b"
    good = BootState(order=("b", "a"), a=GOOD, b=GOOD)
    BootStateBlocks(kept.mounts).change(boot=kept.disk.node(Role.BOOT), change=lambda _old: good)
    assert kept.upkeep().roll_back().state == BootState(a=GOOD, b=GOOD)


def test_an_installation_that_was_cut_off_comes_first(kept: KeptDisk, new: Path) -> None:
    before = kept.what_runs()
    TargetJournalsOnDisk(Runner(), kept.mounts).put(kept.disk.node(Role.BOOT), "begun\n")
    with pytest.raises(Refused, match="is not at its end"):
        kept.carry_out(release_at(new))
    with pytest.raises(Refused, match="is not at its end"):
        kept.upkeep().start_once("b")
    assert kept.what_runs() == before


def test_nothing_of_a_plain_disk_is_locked(kept: KeptDisk) -> None:
    with pytest.raises(Refused, match="is locked"):
        kept.upkeep().unlock(Secret("to be, or not to be"))
