"""A reset of everything on a real, plain disk, whose image is that of its own good slot: to its
end, and from a release where the power went when the slot was gone."""

import dataclasses
from pathlib import Path

import pytest

from backends.boot_state_blocks import BootStateBlocks
from backends.installation_look import InstallationLook
from backends.reset_request import ResetRequests
from backends.runner import Runner
from backends.slot_images import SlotImagesOnDisk
from backends.target_journal import TargetJournalsOnDisk
from installer import slot_source
from installer.answers import SLOT, Answers, Source
from installer.errors import Refused
from installer.hardware import Machine, Medium
from installer.identifiers import Identifiers
from installer.inspection import Sources
from installer.layout import Role
from installer.look_and_plan import look_and_plan
from installer.operations.reset import FETCHED, FetchImage, FetchSlot
from installer.quantity import MIB
from installer.session import Plan
from installer.slot_records import records_in
from installer.upkeep.reset import KEPT
from installer.upkeep.system import Level
from tests.faults import small_release
from tests.tools.installed_disk import OneDisk
from tests.tools.releases import releases
from tests.tools.test_reset_everything_disk import (
    GOOD,
    PowerCut,
    Recovery,
    cut,
    recovery,
    release,
    written,
)

__all__ = ["recovery", "release", "written"]
# As there: what is in memory is one file.
pytestmark = pytest.mark.xdist_group("image-in-memory")


@dataclasses.dataclass(frozen=True, kw_only=True)
class FromSlot(Recovery):
    """The same, by what is on the disk."""

    source: Source

    @property
    def answers(self) -> Answers:
        return dataclasses.replace(super().answers, source=self.source)

    def plan(self) -> Plan:
        return look_and_plan(
            self.answers,
            self.sources,
            releases(),
            Identifiers.draw(),
            unattended=False,
            start_over=False,
        )

    @property
    def hardware(self) -> "InRecovery":
        return InRecovery(OneDisk(self.disk.path, self.folder), self.disk.node(Role.RECOVERY))

    @property
    def sources(self) -> Sources:
        return Sources(
            hardware=self.hardware,
            installations=InstallationLook(Runner(), self.mounts),
            boots=TargetJournalsOnDisk(Runner(), self.mounts),
            slots=SlotImagesOnDisk(Runner(), self.mounts),
            memory=self.folder / "memory",
        )


@dataclasses.dataclass(frozen=True)
class InRecovery:
    """This machine, started from that partition."""

    one: OneDisk
    partition: str

    def machine(self) -> Machine:
        medium = Medium(device=self.partition, in_ram=True, is_recovery=True, length_bytes=None)
        return dataclasses.replace(self.one.machine(), medium=medium)


@pytest.fixture
def system(recovery: Recovery) -> FromSlot:
    """A system that an installer has written who leaves word of images; then the word was given."""
    recovery.carry_out(recovery.plan())
    FETCHED.unlink(missing_ok=True)
    BootStateBlocks(recovery.mounts).change(boot=recovery.boot, change=lambda _state: GOOD)
    ResetRequests(recovery.mounts).ask(Level.EVERYTHING, boot=recovery.boot)
    source = Source(url=SLOT, allow_unsigned=True)
    fields = {each.name: getattr(recovery, each.name) for each in dataclasses.fields(recovery)}
    return FromSlot(**fields, source=source)


def menu_of(system: Recovery) -> str:
    with system.mounts.device(system.boot, "ext4", read_only=True) as top:
        return (top / "grub/grub.cfg").read_text()


def test_it_ends_as_delivered(system: FromSlot, release: Path) -> None:
    before = menu_of(system)
    plan = system.plan()
    fetch = next(each for each in plan.operations if isinstance(each, FetchSlot))
    assert (fetch.place.slot, fetch.place.partition) == ("a", system.disk.node(Role.SLOT_A))
    system.carry_out(plan)
    system.check_as_delivered()
    # Recovery is started as before, and what is in the slots is known as before.
    assert menu_of(system) == before
    image = records_in(before)["b"].image
    assert image is not None
    assert image.size_bytes == small_release.image_of(release).stat().st_size
    with Path(system.disk.node(Role.SLOT_B)).open("rb") as slot:
        assert slot.read(image.size_bytes) == small_release.image_of(release).read_bytes()


def test_a_slot_that_is_damaged_is_found_before_anything_changes(system: FromSlot) -> None:
    plan = system.plan()
    with Path(system.disk.node(Role.SLOT_A)).open("r+b") as slot:
        slot.seek(5_000_000)
        slot.write(b"damaged")
    before = menu_of(system)
    with pytest.raises(AssertionError, match="what is in Root A"):
        system.carry_out(plan)
    assert menu_of(system) == before
    assert BootStateBlocks(system.mounts).read(boot=system.boot) == GOOD


def test_cut_off_before_the_slot_goes_it_is_read_again(system: FromSlot) -> None:
    with pytest.raises(PowerCut):
        system.carry_out(cut(system.plan(), "data-filesystem"))
    FETCHED.unlink(missing_ok=True)
    plan = system.plan()
    assert plan.resumes is not None
    system.carry_out(plan)
    system.check_as_delivered()


def test_cut_off_later_a_release_is_needed_and_enough(system: FromSlot) -> None:
    with pytest.raises(PowerCut):
        system.carry_out(cut(system.plan(), "slots"))
    # Of a run that failed the image is in memory still; after a power cut it is not.
    assert any(isinstance(each, FetchSlot) for each in system.plan().operations)
    FETCHED.unlink(missing_ok=True)
    with pytest.raises(Refused, match="is gone"):
        system.plan()
    source = Source(url=system.release.as_uri(), allow_unsigned=True)
    instead = dataclasses.replace(system, source=source)
    plan = instead.plan()
    assert plan.resumes is not None
    assert "slots" in plan.done_already or plan.resumes.begun == "slots"
    assert any(type(each) is FetchImage for each in plan.operations)
    instead.carry_out(plan)
    instead.check_as_delivered()


def test_kept_on_the_boot_partition_it_goes_on_wherever_the_power_goes(
    system: FromSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One disk, from which the power goes again and again, a step later each time."""
    monkeypatch.setattr(slot_source, "ROOM_FOR_KERNELS", 16 * MIB)
    first = system.plan()
    ids = [each.id for each in first.operations]
    assert ids[:4] == ["partition-table", "image-in-memory", "boot-filesystem", "image-on-boot"]
    for stop in ids[3 : ids.index("boot-state")]:
        plan = system.plan()
        assert [each.id for each in plan.operations] == ids
        with pytest.raises(PowerCut):
            system.carry_out(cut(plan, stop))
        FETCHED.unlink(missing_ok=True)
    system.carry_out(system.plan())
    system.check_as_delivered()


def test_whoever_changes_their_mind_has_the_room_back(
    system: FromSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_source, "ROOM_FOR_KERNELS", 16 * MIB)
    with pytest.raises(PowerCut):
        system.carry_out(cut(system.plan(), "image-on-boot"))
    with system.mounts.device(system.boot, "ext4", read_only=True) as top:
        assert (top / KEPT).is_file()
    ResetRequests(system.mounts).forget(boot=system.boot)
    with system.mounts.device(system.boot, "ext4", read_only=True) as top:
        assert not (top / KEPT).exists()
