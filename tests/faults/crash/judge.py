"""What a disk is worth at a point: whether it starts, and whether all of somebody's is there."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from installer.boot_state import RECOVERY
from installer.layout import Role
from tests.faults.crash.beside import Iso, loader_faults
from tests.faults.crash.boot_look import BootLook, GrubFiles, Start, look_at, replayed
from tests.faults.crash.points import Point
from tests.faults.crash.rebuilt import OUTSIDE
from tests.faults.crash.recorded import Section
from tests.faults.crash.start import started
from tests.faults.crash.whole import System, sha256

SLOTS = {"a": Role.SLOT_A, "b": Role.SLOT_B}
UNTOUCHED = (Role.ESP, Role.BIOS, Role.RECOVERY, Role.DATA, Role.LUKS)


class Loss(StrEnum):
    """What is the matter with a disk."""

    UNBOOTABLE = "unbootable"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What there is to say of one point."""

    section: str
    point: Point
    starts: str = ""
    """The entry that starts by itself, and the version of what it starts."""
    faults: tuple[tuple[Loss, str], ...] = ()

    def __str__(self) -> str:
        words = "; ".join(f"{loss.value}: {text}" for loss, text in self.faults)
        return f"{self.section}, {self.point}: {words or self.starts}"

    def has(self, loss: Loss) -> bool:
        """Whether one of its faults is of that kind."""
        return any(each is loss for each, _text in self.faults)


class JudgedDisk(Protocol):
    """A disk of which there is one state after the other (`RebuiltDisk`)."""

    @property
    def image(self) -> Path:
        """All of it."""
        ...

    def at(self, point: Point) -> contextlib.AbstractContextManager[None]:
        """In the block it is as of that point."""
        ...

    def sum_of(self, *roles: Role) -> tuple[int, ...]:
        """The same as before only if the bytes of these partitions are."""
        ...

    def sum_outside(self) -> int:
        """The same for what is in none of them, as the table."""
        ...

    def read(self, role: Role, length: int | None = None) -> bytes:
        """The first bytes of a partition, or all."""
        ...

    def copy(self, role: Role, file: Path) -> Path:
        """A partition as a file of its own."""
        ...


D = TypeVar("D", bound=JudgedDisk)


@dataclass(kw_only=True)
class Judge(Generic[D]):
    """Of disks that hold a system, which something changes. What was seen once is remembered."""

    disk: D
    systems: tuple[System, ...]
    menus: Mapping[str, str]
    """Those that are whole: their SHA-256, and a name."""
    folder: Path
    """For copies of partitions."""
    isos: tuple[Iso, ...] = ()
    """What Recovery may be; none: it is not looked at."""
    loaders: tuple[Mapping[str, str], Mapping[str, str]] | None = None
    """The sets on the ESP, before and after; None: it stays as it is."""
    changing: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    """What else than slots and /boot a section may write to."""
    runs: Role = Role.SLOT_A
    """The slot that what is judged runs from: it stays as it is."""
    _before: tuple[int, ...] = ()
    _boots: dict[tuple[int, ...], tuple[BootLook, BootLook, str]] = field(default_factory=dict)
    _whole: dict[tuple[Role, tuple[int, ...]], bool] = field(default_factory=dict)
    _esps: dict[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict)
    _slots: dict[tuple[Role, tuple[int, ...]], System | None] = field(default_factory=dict)

    def begin(self, section: Section) -> None:
        """What was there before it stays, in all that is not to be written."""
        with self.disk.at(Point(sure=section.begin)):
            self._before = self._still()

    def judge(self, section: str, point: Point, *, boots: bool = False) -> Verdict:
        """Of the next one of points in their order; `boots`: a machine is started from it, too."""
        with self.disk.at(point):
            faults: list[tuple[Loss, str]] = []
            as_it_is, mounted, unclean = self._boot()
            starts = self._start(as_it_is, "", faults)
            self._start(mounted, "when its journal was replayed, ", faults)
            if unclean:
                faults.append((Loss.LOST, unclean))
            if as_it_is.comes_to_recovery or mounted.comes_to_recovery:
                faults += self._recovery()
            faults += self._esp()
            faults += self._untouched(self.changing.get(section, frozenset()))
            if boots:
                faults += self._booted(as_it_is.start)
        return Verdict(section=section, point=point, starts=starts, faults=tuple(faults))

    def _boot(self) -> tuple[BootLook, BootLook, str]:
        key = self.disk.sum_of(Role.BOOT)
        if key not in self._boots:
            copy = self.disk.copy(Role.BOOT, self.folder / "boot.raw")
            self._boots[key] = (look_at(GrubFiles(copy), self.menus), *replayed(copy, self.menus))
            copy.unlink()
        return self._boots[key]

    def _start(self, look: BootLook, when: str, faults: list[tuple[Loss, str]]) -> str:
        """What starts, in words; says so where it is not whole."""
        start = look.start
        if start is None:
            faults.append((Loss.UNBOOTABLE, f"{when}{look.fault}"))
            return ""
        if start.entry == RECOVERY:
            return RECOVERY
        system = self._slot(SLOTS[start.entry])
        if system is None:
            faults.append((Loss.UNBOOTABLE, f"{when}slot {start.entry} starts, and is not whole"))
        elif not start.fits(system):
            text = f"{when}slot {start.entry} starts with what is not of its {system.version}"
            faults.append((Loss.UNBOOTABLE, text))
        return f"{start.entry} {system.version if system else '?'}"

    def _booted(self, start: Start | None) -> Iterable[tuple[Loss, str]]:
        """GRUB itself has to do what was said of it."""
        told = started(self.disk.image)
        if told is None:
            yield Loss.UNBOOTABLE, "a machine does not start"
        elif start is not None and start.entry in SLOTS:
            system = self._slot(SLOTS[start.entry])
            words = {f"atomos.slot={start.entry}", f"roothash={start.root_hash}"}
            if system is None or told.sums != system.sums or not words <= set(told.words):
                yield Loss.UNBOOTABLE, f"a machine starts something else: {told}"

    def _slot(self, role: Role) -> System | None:
        """What is in a slot, whole."""
        key = (role, self.disk.sum_of(role))
        if key not in self._slots:
            self._slots[key] = next(
                (
                    each
                    for each in self.systems
                    if sha256(self.disk.read(role, each.size)) == each.sha256
                ),
                None,
            )
        return self._slots[key]

    def _recovery(self) -> Iterable[tuple[Loss, str]]:
        """What the menu comes to has to be whole."""
        if not self.isos:
            return
        key = (Role.RECOVERY, self.disk.sum_of(Role.RECOVERY))
        if key not in self._whole:
            self._whole[key] = any(
                sha256(self.disk.read(Role.RECOVERY, each.size)) == each.sha256
                for each in self.isos
            )
        if not self._whole[key]:
            yield Loss.UNBOOTABLE, "the menu comes to a Recovery that is not whole"

    def _esp(self) -> Iterable[tuple[Loss, str]]:
        if self.loaders is None or self.disk.sum_of(Role.ESP) == (0,):
            return
        key = self.disk.sum_of(Role.ESP)
        if key not in self._esps:
            copy = self.disk.copy(Role.ESP, self.folder / "esp.raw")
            self._esps[key] = tuple(loader_faults(copy, *self.loaders))
            copy.unlink()
        for each in self._esps[key]:
            yield Loss.UNBOOTABLE, each

    def _still(self) -> tuple[int, ...]:
        return (*self.disk.sum_of(self.runs, *UNTOUCHED), self.disk.sum_outside())

    def _untouched(self, changing: frozenset[Role]) -> Iterable[tuple[Loss, str]]:
        """Nothing of these was written at all, so what was there before is there."""
        names = (self.runs, *UNTOUCHED, OUTSIDE)
        for name, before, now in zip(names, self._before, self._still(), strict=True):
            if before != now and name not in changing:
                yield Loss.LOST, f"{name} was written to"
