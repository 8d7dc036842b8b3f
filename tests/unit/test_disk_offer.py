"""Which disks a person may choose from, and what is said of each."""

from dataclasses import replace

import pytest

from installer.disk_offer import DiskOffer, offered, short_name
from installer.errors import Refused
from installer.events import Step
from installer.hardware import Contents, Disk, Firmware, Machine, Medium, Partition
from installer.identifiers import Identifiers
from installer.quantity import GIB
from installer.unfinished import Done, Unfinished
from tests.unit import samples


def part(number: int, *, label: str | None = None, kind: str | None = None) -> Partition:
    return Partition(
        path=f"/dev/sda{number}",
        number=number,
        start_bytes=number * GIB,
        size_bytes=GIB,
        label=label,
        contents=Contents(kind=kind) if kind else None,
    )


def disk(path: str = "/dev/sda", *parts: Partition) -> Disk:
    return Disk(path=path, size_bytes=16 * GIB, table="gpt" if parts else None, partitions=parts)


def machine(*disks: Disk, medium: Medium | None = None) -> Machine:
    return Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=GIB,
        disks=disks,
        medium=medium,
    )


def medium(device: str, *, is_recovery: bool = False) -> Medium:
    return Medium(device=device, in_ram=True, is_recovery=is_recovery, length_bytes=GIB)


def only(which: Disk) -> DiskOffer:
    (offer,) = offered(machine(which))
    return offer


@pytest.mark.parametrize("device", ["/dev/sda", "/dev/sda1"])
def test_the_live_medium_is_not_offered_even_when_it_runs_from_ram(device: str) -> None:
    stick = disk("/dev/sda", part(1))
    target = disk("/dev/vda")
    offers = offered(machine(stick, target, medium=medium(device)))
    assert [offer.disk for offer in offers] == [target]


ISO = "2026-11-28-02-53-01-00"


def with_iso(path: str, *, whole: bool = True) -> Disk:
    iso = Contents(kind="iso9660", label="ATOMOS_LIVE", uuid=ISO)
    first = replace(part(1), path=f"{path}1", contents=iso)
    return replace(disk(path, first), contents=iso if whole else None)


def offered_when_started_from_sda(*disks: Disk, **changes: object) -> list[str]:
    started = replace(medium("/dev/sda"), uuid=ISO, **changes)  # type: ignore[arg-type]
    return [offer.disk.path for offer in offered(machine(*disks, medium=started))]


@pytest.mark.parametrize("whole", [True, False])
def test_a_medium_that_was_pulled_out_is_known_by_what_is_on_it(whole: bool) -> None:
    other, again = disk("/dev/sda"), with_iso("/dev/sdb", whole=whole)
    assert offered_when_started_from_sda(other) == ["/dev/sda"]
    assert offered_when_started_from_sda(other, again) == ["/dev/sda"]


def test_one_that_cannot_be_pulled_out_is_known_by_its_name() -> None:
    assert offered_when_started_from_sda(disk("/dev/sda"), disk("/dev/vda"), in_ram=False) == [
        "/dev/vda"
    ]


def test_another_stick_with_the_same_iso_is_a_disk_like_any_other() -> None:
    assert offered_when_started_from_sda(with_iso("/dev/sda"), with_iso("/dev/sdb")) == ["/dev/sdb"]


def test_the_same_iso_as_somebody_s_recovery_makes_no_medium_of_a_disk() -> None:
    iso = Contents(kind="iso9660", label="ATOMOS_LIVE", uuid=ISO)
    held = disk("/dev/vda", replace(part(6, label="atomos-recovery"), contents=iso))
    assert offered_when_started_from_sda(held) == ["/dev/vda"]


@pytest.mark.parametrize("in_ram", [True, False])
def test_the_disk_that_recovery_came_from_may_be_chosen_when_it_runs_from_memory(
    in_ram: bool,
) -> None:
    own = samples.installed()
    started = replace(medium("/dev/vda6", is_recovery=True), in_ram=in_ram)
    at = samples.machine(own, medium=started)
    own_offer = next(offer for offer in offered(at) if offer.disk == own)
    assert own_offer.usable is in_ram
    wanted = samples.answers(reinstall=True)
    if in_ram:
        assert samples.plan(wanted=wanted, at=at, unattended=False).operations
        return
    with pytest.raises(Refused) as refused:
        samples.plan(wanted=wanted, at=at, unattended=False)
    assert own_offer.refusal == "Recovery was started from it and does not fit into memory"
    assert own_offer.refusal in refused.value.problems[0].what


def test_a_damaged_disk_is_shown_with_its_reason() -> None:
    offer = only(Disk(path="/dev/sda", size_bytes=GIB, damaged=True))
    assert offer.refusal == "its start or its end cannot be read"


@pytest.mark.parametrize("label", ["atomos-a", "atomos-data", "atomos-luks", "atomos-esp", "data"])
def test_what_the_offer_takes_for_an_atomos_the_plan_asks_consent_for(label: str) -> None:
    held = replace(samples.DISK, partitions=(part(1, label=label),))
    at = samples.machine(held)
    holds = next(offer.holds_atomos for offer in offered(at) if offer.disk == held)
    wanted = samples.answers(reinstall=holds)
    assert samples.plan(wanted=wanted, at=at).operations
    if holds:
        with pytest.raises(Refused, match="already holds AtomOS"):
            samples.plan(at=at)


def test_a_cd_as_medium_takes_no_disk_away() -> None:
    assert len(offered(machine(disk(), medium=medium("/dev/sr0")))) == 1


def test_disks_come_in_the_order_a_person_counts() -> None:
    paths = ["/dev/nvme10n1", "/dev/nvme2n1", "/dev/sdb", "/dev/sda"]
    offers = offered(machine(*(disk(path) for path in paths)))
    assert [offer.disk.path for offer in offers] == [
        "/dev/nvme2n1",
        "/dev/nvme10n1",
        "/dev/sda",
        "/dev/sdb",
    ]


def test_a_read_only_disk_is_shown_with_its_reason() -> None:
    offer = only(Disk(path="/dev/sda", size_bytes=GIB, read_only=True))
    assert not offer.usable
    assert offer.refusal == "it is read-only"


def test_a_card_reader_without_a_card_cannot_be_used() -> None:
    offer = only(Disk(path="/dev/sda", size_bytes=0))
    assert offer.refusal == "there is no medium in it"


def test_a_small_or_used_disk_is_for_the_plan_to_refuse() -> None:
    assert only(Disk(path="/dev/sda", size_bytes=1, uses=("swap",))).usable


@pytest.mark.parametrize(
    ("which", "words"),
    [
        (disk(), "empty"),
        (Disk(path="/dev/sda", size_bytes=GIB, table="dos"), "no partitions"),
        (
            Disk(path="/dev/sda", size_bytes=GIB, contents=Contents(kind="ext4", label="x")),
            'ext4 "x"',
        ),
        (
            Disk(path="/dev/sda", size_bytes=GIB, contents=Contents(kind="LVM2_member")),
            "LVM2_member",
        ),
        (disk("/dev/sda", part(1)), "1 partition"),
        (disk("/dev/sda", part(1, kind="ntfs"), part(2)), "2 partitions: ntfs"),
        (disk("/dev/sda", part(1, kind="ntfs", label="Windows")), '1 partition: ntfs "Windows"'),
        (
            disk("/dev/sda", *(part(number, kind="ext4") for number in range(1, 6))),
            "5 partitions: ext4, ext4, ext4, ...",
        ),
        (disk("/dev/sda", part(1, label="atomos-data")), "AtomOS, 1 partition"),
    ],
)
def test_what_is_on_it_in_words(which: Disk, words: str) -> None:
    assert only(which).contents == words


def test_atomos_on_the_disk_is_known_by_its_labels() -> None:
    assert only(disk("/dev/sda", part(1, label="atomos-a"))).holds_atomos
    assert only(disk("/dev/sda", part(1, label="atomos-luks"))).holds_atomos
    assert not only(disk("/dev/sda", part(1, label="atomos-boot"))).holds_atomos
    assert not only(disk("/dev/sda", part(1, label="atomos-recovery"))).holds_atomos
    assert not only(disk("/dev/sda", part(1, label="data"))).holds_atomos


def test_the_name_that_a_person_types() -> None:
    assert short_name(disk("/dev/nvme0n1")) == "nvme0n1"


def test_a_disk_with_an_unfinished_installation_says_how_far_it_came() -> None:
    end = Unfinished(
        disk="/dev/sda",
        disk_name="ACME (/dev/sda)",
        began=0.0,
        system="AtomOS",
        answers=samples.answers(),
        identifiers=Identifiers.draw(),
        steps=tuple(Step(id=id, sentence=id, writes_bytes=0) for id in ("one", "two")),
        done=(Done(id="one", deed="", at=0.0),),
    )
    disks = (disk("/dev/sda", part(1, label="atomos-a")), disk("/dev/sdb"))
    one, other = offered(machine(*disks), (end,))
    assert one.contents == "an installation that was not finished: 1 of 2 steps are done"
    assert one.usable
    assert other.contents == "empty"
