"""The recording of what keeps an installed system: an update, back, and back again."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.boot_state_blocks import BootStateBlocks
from backends.mounts import Mounts
from backends.runner import Runner
from installer.__main__ import machinery
from installer.errors import ExitCode
from installer.identifiers import Identifiers
from installer.layout import Role
from installer.machinery import Machinery
from installer.quantity import MIB
from tests.faults import small_release
from tests.faults.belongings import leave_belongings
from tests.faults.crash.recorded import Marks, Part, Recording
from tests.faults.crash.recording import recording_disk
from tests.faults.crash.whole import System, sha256, system_of
from tests.faults.layouts import PLAIN
from tests.tools.installed_disk import InstalledDisk, release_at, running_from_a
from tests.tools.written_disk import SIZES, Attached, Writer, attached, live_root

_SIZES: Final = {**SIZES, Role.BOOT: 512 * MIB}
"""From that size on an ext4 has blocks of 4 KiB, as on real disks."""
UPDATE: Final = "update"
AGAIN: Final = "update of a slot that is good"
VERSIONS: Final = (small_release.VERSION, "2.0", "3.0")


Spoil = Callable[[Machinery], Machinery]


def as_it_is(made: Machinery) -> Machinery:
    """Spoils nothing."""
    return made


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The recording, and what a disk may hold then."""

    recording: Recording
    systems: tuple[System, ...]
    menus: Mapping[str, str]
    """See Judge."""


def record_keeping(folder: Path, spoil: Spoil = as_it_is) -> Kept:
    """An update, what takes it back, a start of the other slot, and an update of a good slot.

    `spoil` may change the machinery of the updates.
    """
    releases = tuple(
        small_release.make(folder / version, seed=seed, version=version)
        for seed, version in enumerate(VERSIONS)
    )
    identifiers = Identifiers.draw()
    mounts = Mounts(Runner(), folder / "mnt")
    live = live_root(folder / "live")
    writer = Writer(runner=Runner(), mounts=mounts, release=releases[0], live=live, sizes=_SIZES)
    image, base, log = (folder / name for name in ("disk.raw", "base.raw", "log"))
    writer.write(image, identifiers)
    with attached(image) as disk:
        leave_belongings(disk.path, PLAIN, mounts)
    subprocess.run(["cp", "--sparse=always", str(image), str(base)], check=True)
    place = folder / "atomos"
    place.mkdir()
    marks, menus = Marks(log=log), {}
    with (
        recording_disk(image, log) as device,
        running_from_a(Attached(path=device), identifiers, releases[0], place, mounts) as there,
    ):
        for done in _keep(there, releases, marks, spoil):
            menus[sha256(there.boot_file("grub/grub.cfg"))] = done
    image.unlink()
    return Kept(
        recording=marks.recording(base, plain_parts()),
        systems=tuple(map(system_of, releases, VERSIONS)),
        menus=menus,
    )


def _keep(
    there: InstalledDisk, releases: tuple[Path, ...], marks: Marks, spoil: Spoil
) -> Iterator[str]:
    """Does it; says after what."""
    yield "the installation"
    with marks.section(UPDATE):
        _update(there, releases[1], spoil)
    yield UPDATE
    with marks.section("rollback"):
        there.upkeep().roll_back()
    with marks.section("boot-next"):
        there.upkeep().start_once("b")
    b_is_good(there)
    with marks.section(AGAIN):
        _update(there, releases[2], spoil)
    yield AGAIN


def _update(there: InstalledDisk, release: Path, spoil: Spoil) -> None:
    with contextlib.ExitStack() as left_open:

        def maker(*arguments: object) -> Machinery:
            return spoil(machinery(there.run.mounts, left_open, *arguments))  # type: ignore[arg-type]

        assert there.carry_out(release_at(release), maker) is ExitCode.DONE


def b_is_good(there: InstalledDisk) -> None:
    """As after its start and a minute; A runs again."""
    BootStateBlocks(there.mounts).change(
        boot=there.disk.node(Role.BOOT),
        change=lambda state: state.begun("b").good("b").begun("a").good("a"),
    )


def plain_parts() -> dict[Role, Part]:
    """Of a disk as `Writer` writes it."""
    parts, start = {}, MIB
    for role, size in _SIZES.items():
        parts[role] = Part(start=start, size=size)
        start += size
    return parts
