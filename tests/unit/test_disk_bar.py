"""What is on a disk, drawn to scale: nothing vanishes, whatever is there.

ATOMOS_BAR_SEEDS=N tries more disks.
"""

import os
import random
from typing import Final

import pytest

from installer.answers import LayoutKind
from installer.disk_bar import (
    Kind,
    Stretch,
    bar,
    fills,
    kind_of,
    legend,
    now_on,
    pieces,
    then_on,
)
from installer.hardware import Contents, Disk, Partition
from installer.kept_table import found_table
from installer.layout import Role, new_table
from installer.quantity import GIB, MIB, TIB
from tests.unit import samples

SEEDS: Final = range(int(os.environ.get("ATOMOS_BAR_SEEDS", "100")))
WINDOWS_DATA: Final = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
ESP: Final = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"


def part(
    number: int,
    start: int,
    size: int,
    kind: str | None = None,
    *,
    type_guid: str | None = None,
    label: str | None = None,
) -> Partition:
    return Partition(
        path=f"/dev/sda{number}",
        number=number,
        start_bytes=start,
        size_bytes=size,
        type_guid=type_guid,
        label=label,
        contents=Contents(kind=kind) if kind else None,
    )


def disk(*parts: Partition, size: int = 100 * GIB, table: str = "gpt") -> Disk:
    return Disk(path="/dev/sda", size_bytes=size, table=table, partitions=parts)


WITH_WINDOWS: Final = disk(
    part(1, MIB, 100 * MIB, "vfat", type_guid=ESP),
    part(2, 101 * MIB, 16 * MIB, type_guid="e3c9e316-0b5c-4db8-817d-f92df00215ae"),
    part(3, 117 * MIB, 49 * GIB, "ntfs", type_guid=WINDOWS_DATA),
    part(4, 50 * GIB, 25 * GIB, "ext4"),
)


def odd_disk(chance: random.Random) -> Disk:
    """Partitions of any size, with gaps or none, out of order, and some that end past the disk."""
    start, parts = chance.choice([0, MIB, GIB]), []
    for number in range(1, chance.randint(1, 128) + 1):
        start += chance.choice([0, 0, 1, MIB, 50 * GIB])
        size = chance.choice([0, 512, MIB, 512 * MIB, GIB, 3 * GIB, TIB, chance.randint(1, TIB)])
        kind = chance.choice([None, "ntfs", "apfs", "ext4", "vfat", "zonefs"])
        label = chance.choice([None, None, *(role.value for role in Role)])
        parts.append(part(number, start, size, kind, label=label))
        start += size
    chance.shuffle(parts)
    size = max(1, start + chance.choice([0, 0, MIB, TIB, -MIB]))
    return disk(*parts, size=size)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_partition_has_a_place_in_its_order(seed: int) -> None:
    chance = random.Random(seed)
    odd, cells = odd_disk(chance), chance.randint(20, 130)
    drawn = pieces(now_on(odd), cells)
    assert sum(each.cells for each in drawn) == cells == len(bar(now_on(odd), cells))
    assert all(each.cells >= 1 and len(each.text) == each.cells for each in drawn)
    on_disk = sorted(odd.partitions, key=lambda part: part.start_bytes)
    numbers = [number for each in drawn for number in each.stretch.numbers]
    assert numbers == [part.number for part in on_disk]
    if len(on_disk) * 2 + 1 <= cells:
        assert all(len(each.stretch.numbers) <= 1 for each in drawn), "room for each of its own"
    told = " ".join(legend(now_on(odd)))
    assert all(kind_of(part).title in told for part in odd.partitions)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_larger_is_never_narrower(seed: int) -> None:
    chance = random.Random(seed)
    odd, cells = odd_disk(chance), chance.randint(20, 130)
    drawn = pieces(now_on(odd), cells)
    by_size = sorted(drawn, key=lambda each: (each.stretch.size_bytes, each.cells))
    widths = [each.cells for each in by_size]
    assert widths == sorted(widths)
    # To scale: those of more than a cell differ from their share by one only, once the others
    # have the cell that each must have.
    wide = [each for each in drawn if each.cells > 1]
    room = cells - (len(drawn) - len(wide))
    whole = sum(each.stretch.size_bytes for each in wide)
    for each in wide:
        if whole:
            assert abs(each.cells - each.stretch.size_bytes * room / whole) < 2


def test_a_disk_with_windows_and_linux() -> None:
    assert bar(now_on(WITH_WINDOWS), 40) == "123" + "═" * 18 + "4" + "─" * 9 + "." * 9
    assert legend(now_on(WITH_WINDOWS)) == (
        "+ start-up files 1 (100 MiB)",
        "═ Windows 2-3 (49 GiB)",
        "─ Linux 4 (25 GiB)",
        ". free (25.9 GiB)",
    )
    assert legend(now_on(WITH_WINDOWS), drawn=False)[1] == "Windows 2-3 (49 GiB)"


def test_an_empty_disk_and_one_that_is_a_file_system_as_a_whole() -> None:
    assert bar(now_on(disk(table="gpt")), 20) == "." * 20
    whole = Disk(path="/dev/sda", size_bytes=GIB, contents=Contents(kind="ext4"))
    assert bar(now_on(whole), 20) == "─" * 20
    assert legend(now_on(whole)) == ("─ Linux (1 GiB)",)


def test_what_an_extended_partition_holds_is_drawn_and_not_itself() -> None:
    dos = disk(
        part(1, MIB, 50 * GIB, "ntfs"),
        part(2, 51 * GIB, 1024),
        part(5, 51 * GIB + MIB, 40 * GIB, "ext4"),
        table="dos",
    )
    numbers = [number for each in now_on(dos) for number in each.numbers]
    assert numbers == [1, 5]


@pytest.mark.parametrize(
    ("which", "kind"),
    [
        (part(1, 0, GIB, "BitLocker", type_guid=WINDOWS_DATA), Kind.WINDOWS),
        (part(1, 0, GIB, "apfs"), Kind.MACOS),
        (part(1, 0, GIB, type_guid="7c3457ef-0000-11aa-aa11-00306543ecac"), Kind.MACOS),
        (part(1, 0, GIB, "crypto_LUKS"), Kind.LINUX),
        (part(1, 0, GIB, "vfat", type_guid=ESP), Kind.START),
        (part(1, 0, GIB, "vfat", type_guid=WINDOWS_DATA), Kind.OTHER),
        (part(1, 0, GIB, "squashfs", label="atomos-a"), Kind.ATOMOS),
        (part(1, 0, GIB, "crypto_LUKS", label="atomos-luks"), Kind.DATA),
    ],
)
def test_whose_a_partition_is(which: Partition, kind: Kind) -> None:
    assert kind_of(which) is kind


def test_each_kind_has_a_character_of_its_own() -> None:
    assert len({kind.fill for kind in Kind}) == len(Kind)
    assert fills(now_on(WITH_WINDOWS))[-1] == ". free"


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_what_will_be_there_is_the_table_of_the_plan(layout: LayoutKind) -> None:
    table = new_table(
        WITH_WINDOWS,
        layout,
        slot_bytes=2 * GIB,
        recovery_bytes=2 * GIB,
        disk_guid="d" * 32,
        guids={role: role.value for role in Role},
    )
    drawn = pieces(then_on(WITH_WINDOWS, table), 70)
    assert [each.stretch.numbers[0] for each in drawn if each.stretch.numbers] == [
        spec.number for spec in table.partitions
    ]
    assert drawn[-1].stretch.kind is Kind.DATA
    assert {each.stretch.kind for each in drawn} == {Kind.ATOMOS, Kind.DATA}


def test_of_a_table_that_stays_all_that_is_there_is_drawn() -> None:
    """An owner's own partition between ours stays too, and the plan's table knows only ours."""
    installed = samples.installed()
    assert then_on(installed, found_table(installed)) == now_on(installed)


def test_neighbours_that_share_a_cell_say_so() -> None:
    crowd = tuple(
        Stretch(kind=kind, size_bytes=GIB, numbers=(number,))
        for number, kind in enumerate([Kind.LINUX, Kind.WINDOWS, Kind.LINUX, Kind.LINUX], start=1)
    )
    drawn = pieces(crowd, 2)
    assert [each.text for each in drawn] == ["*", "─"]
    assert [each.stretch.numbers for each in drawn] == [(1, 2), (3, 4)]
