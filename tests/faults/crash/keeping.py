"""The recording of what keeps an installed system: an update, back, and back again."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
from installer.upkeep.recovery_operations import RenewRecovery
from tests.faults import small_release
from tests.faults.belongings import leave_belongings
from tests.faults.crash.beside import Iso, iso_of, loader_sums, loaders_of
from tests.faults.crash.judge import Judge
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Marks, Part, Recording
from tests.faults.crash.recording import recording_disk
from tests.faults.crash.sparse import copy_sparse
from tests.faults.crash.told_kernel import told_kernel
from tests.faults.crash.whole import System, sha256, system_of
from tests.faults.layouts import PLAIN
from tests.tools.installed_disk import InstalledDisk, release_at, running_from_a
from tests.tools.written_disk import SIZES, Attached, Writer, attached, live_root

_SIZES: Final = {**SIZES, Role.BOOT: 512 * MIB}
"""From that size on an ext4 has blocks of 4 KiB, as on real disks."""
UPDATE: Final = "update"
AGAIN: Final = "update of a slot that is good"
RENEWED: Final = "update of Recovery"
_CHANGING: Final = {RENEWED: frozenset({Role.RECOVERY, Role.ESP})}
VERSIONS: Final = (small_release.VERSION, "2.0", "3.0")


Spoil = Callable[[Machinery], Machinery]


@dataclass(frozen=True, kw_only=True)
class Menu:
    """One that was there for a while."""

    name: str
    text: str


Keeping = Callable[[InstalledDisk, tuple[Path, ...], Marks], Iterator[str | Menu]]
"""Does something to a disk, in sections; says what it has done when the menu may be another, and
which were there meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The recording, and what a disk may hold then."""

    recording: Recording
    systems: tuple[System, ...]
    menus: Mapping[str, str]
    """See Judge."""
    isos: tuple[Iso, ...]
    loaders: tuple[Mapping[str, str], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Before:
    """A disk with an installation that somebody has used."""

    folder: Path
    image: Path
    releases: tuple[Path, ...]
    """One for each of `VERSIONS`; the first one is in both slots."""
    identifiers: Identifiers


def install(folder: Path) -> Before:
    """Make it, by the installer's own backends."""
    kernel = told_kernel(folder, small_release.KERNEL_BYTES)
    releases = tuple(
        small_release.make(folder / version, seed=seed, version=version, kernel=kernel)
        for seed, version in enumerate(VERSIONS)
    )
    mounts = Mounts(Runner(), folder / "mnt")
    live = live_root(folder / "live")
    writer = Writer(runner=Runner(), mounts=mounts, release=releases[0], live=live, sizes=_SIZES)
    made, identifiers = folder / "made.raw", Identifiers.draw()
    writer.write(made, identifiers)
    with attached(made) as disk:
        leave_belongings(disk.path, PLAIN, mounts)
    image = folder / "before.raw"
    copy_sparse(made, image)
    made.unlink()
    return Before(folder=folder, image=image, releases=releases, identifiers=identifiers)


def record_keeping(before: Before, name: str, keep: Keeping) -> Kept:
    """Have it kept in that way; `name` is that of a folder for all of it."""
    folder = before.folder / name
    for each in (folder, folder / "atomos"):
        each.mkdir()
    image, log = folder / "disk.raw", folder / "log"
    copy_sparse(before.image, image)
    mounts, marks = Mounts(Runner(), folder / "mnt"), Marks(log=log)
    menus = {}
    with (
        recording_disk(image, log) as device,
        running_from_a(
            Attached(path=device),
            before.identifiers,
            before.releases[0],
            folder / "atomos",
            mounts,
        ) as there,
    ):
        menus[sha256(there.boot_file("grub/grub.cfg"))] = "before"
        for done in keep(there, before.releases, marks):
            if isinstance(done, Menu):
                menus[sha256(done.text.encode())] = done.name
            else:
                menus[sha256(there.boot_file("grub/grub.cfg"))] = done
    image.unlink()
    return Kept(
        recording=marks.recording(before.image, plain_parts()),
        systems=tuple(map(system_of, before.releases, VERSIONS)),
        menus=menus,
        isos=tuple(map(iso_of, before.releases, VERSIONS)),
        loaders=(loader_sums(before.folder / "live"), loaders_of(before.releases[1], VERSIONS[1])),
    )


def all_of_it(
    there: InstalledDisk, releases: tuple[Path, ...], marks: Marks
) -> Iterator[str | Menu]:
    """An update, what takes it back, a start of the other slot, an update of a good slot, and one
    of Recovery."""
    with marks.section(UPDATE):
        update(there, releases[1])
    yield UPDATE
    with marks.section("rollback"):
        there.upkeep().roll_back()
    with marks.section("boot-next"):
        there.upkeep().start_once("b")
    b_is_good(there)
    with marks.section(AGAIN):
        update(there, releases[2])
    yield AGAIN
    wish = replace(release_at(releases[1]), recovery=True)
    closed = next(
        each.menu
        for each in there.upkeep().plan(wish).operations
        if isinstance(each, RenewRecovery)
    )
    with marks.section(RENEWED):
        assert there.carry_out(wish) is ExitCode.DONE
    yield RENEWED
    yield Menu(name="Recovery closed", text=closed)


def update(there: InstalledDisk, release: Path, spoil: Spoil | None = None) -> None:
    """Once. `spoil` may change the machinery that does it."""
    with contextlib.ExitStack() as left_open:

        def maker(*arguments: object) -> Machinery:
            made = machinery(there.run.mounts, left_open, *arguments)  # type: ignore[arg-type]
            return made if spoil is None else spoil(made)

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


@contextlib.contextmanager
def judge_of(kept: Kept, folder: Path) -> Iterator[Judge[RebuiltDisk]]:
    """Who judges a recording, with copies in that folder."""
    disk = RebuiltDisk(kept.recording, folder / "disk.raw")
    try:
        judge = Judge(
            disk=disk,
            systems=kept.systems,
            menus=kept.menus,
            folder=folder,
            isos=kept.isos,
            loaders=kept.loaders,
            changing=_CHANGING,
        )
        judge.begin(kept.recording.sections[0])
        yield judge
    finally:
        disk.close()
