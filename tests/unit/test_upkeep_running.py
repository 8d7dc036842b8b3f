"""Which slot runs, and from which disk."""

import dataclasses

import pytest

from installer.answers import LayoutKind
from installer.errors import Refused
from installer.hardware import Disk
from installer.layout import Role
from installer.upkeep.running import running_system
from tests.unit import samples, upkeep_samples

PARTUUIDS = {part.label: part.guid for part in upkeep_samples.disk().partitions}
A = PARTUUIDS["atomos-a"]
VERITY = f"root=/dev/mapper/root systemd.verity_root_data=/dev/disk/by-partuuid/{A} atomos.slot=a"
LUKS = (
    "root=/dev/mapper/root systemd.verity_root_data=/dev/atomos/b"
    f" rd.luks.name={upkeep_samples.LUKS_UUID}=atomos atomos.slot=b"
)


def renamed(disk: Disk, path: str, **changes: object) -> Disk:
    """The same disk once more, under another name."""
    parts = tuple(
        dataclasses.replace(part, path=part.path.replace(disk.path, path))
        for part in disk.partitions
    )
    return dataclasses.replace(disk, path=path, partitions=parts, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("line", [VERITY, f"root=PARTUUID={A} atomos.slot=a"])
def test_a_slot_that_is_a_partition(line: str) -> None:
    found = running_system(line, upkeep_samples.machine())
    assert (found.slot, found.other, found.luks_uuid) == ("a", "b", None)
    assert found.slot_path("b") == "/dev/vda5"
    assert found.path(Role.BOOT) == "/dev/vda3"


def test_a_slot_that_is_a_volume() -> None:
    found = running_system(LUKS, upkeep_samples.machine(LayoutKind.ENCRYPTED))
    assert (found.slot, found.other, found.luks_uuid) == ("b", "a", upkeep_samples.LUKS_UUID)
    assert found.slot_path("a") == "/dev/atomos/a"
    assert found.path(Role.BOOT) == "/dev/vda3"


@pytest.mark.parametrize("line", ["quiet", "atomos.live=medium", "atomos.slot=c root=/dev/vda4"])
def test_what_runs_from_no_slot_is_refused(line: str) -> None:
    with pytest.raises(Refused, match="started from no slot"):
        running_system(line, upkeep_samples.machine())


def test_of_a_disk_and_its_copy_it_is_the_one_in_use() -> None:
    copy = renamed(upkeep_samples.disk(), "/dev/vdb")
    used = dataclasses.replace(upkeep_samples.disk(), uses=("mounted on /",))
    assert running_system(VERITY, samples.machine(copy, used)).disk.path == "/dev/vda"
    with pytest.raises(Refused, match="cannot be told for certain"):
        running_system(VERITY, samples.machine(copy, upkeep_samples.disk()))


def test_a_disk_that_is_not_there_and_one_with_another_table_are_refused() -> None:
    with pytest.raises(Refused, match="cannot be told"):
        running_system(VERITY, samples.machine())
    disk = upkeep_samples.disk()
    lacking = dataclasses.replace(disk, partitions=disk.partitions[1:])
    with pytest.raises(Refused, match="atomos-bios is missing"):
        running_system(VERITY, samples.machine(lacking))
