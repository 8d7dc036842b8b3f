"""A look at the AtomOS on a disk whose data could be kept; no byte of the disk changes."""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.account_rows import AccountRows
from backends.btrfs_health import Superblock, error_counts, free_bytes, read_superblock
from backends.container_look import ContainerLook
from backends.file_errors import file_errors
from backends.inside import resolve_inside
from backends.installed_tree import ETC_UPPER
from backends.mapped_device import MappedDevices
from backends.mounts import Mounts
from backends.read_only_loop import ReadOnlyLoop, ReadOnlyLoops
from backends.runner import Runner
from backends.subvolumes import Subvolumes
from backends.upper_etc import UpperEtc
from backends.var_renewal import VAR, put_back, settled
from installer.errors import InstallError, Problem, Refused, ToolFailed
from installer.hardware import Disk, Partition
from installer.installation import Installation
from installer.layout import SLOTS, Role
from installer.quantity import MIB
from installer.refusal import refusal_of
from installer.secret import Secret
from installer.text import _

LEAST_FREE: Final = 64 * MIB
"""With less, BTRFS may not find room for the metadata of a single file."""
KEPT: Final = ("@home", "@nix", "@snapshots")


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the parts of an installation are; `data` is a device node that cannot be written to."""

    luks_uuid: str | None
    slot_bytes: tuple[int, int]
    data: str
    partition: str
    """What a person knows the data by."""
    loop: ReadOnlyLoop | None = None
    """What `data` is in the plain layout, to be released once it is in use."""


class InstallationLook:
    """Fulfils Installations. Nobody may be installing at the same time: what a killed run left
    open is closed first."""

    def __init__(self, runner: Runner, mounts: Mounts, *, root: Path = Path("/")) -> None:
        self._runner = runner
        self._mounts = mounts
        self._loops = ReadOnlyLoops(runner)
        self._containers = ContainerLook(runner, MappedDevices(root))

    def look(self, disk: Disk, passphrase: Secret | None) -> Installation:
        """See Installations."""
        try:
            with file_errors(disk.path):
                self._mounts.unmount_abandoned()
            with self._place(disk, passphrase) as place:
                return self._installation(place)
        except InstallError as error:
            raise refusal_of(error) from error

    @contextlib.contextmanager
    def _place(self, disk: Disk, passphrase: Secret | None) -> Iterator[_Place]:
        """The parts of the installation, opened; closed at the end."""
        parts = {part.label: part for part in disk.partitions}
        luks = parts.get(Role.LUKS.value)
        if luks is not None:
            with self._containers.opened(luks.path, passphrase) as found:
                yield _Place(
                    luks_uuid=found.uuid,
                    slot_bytes=found.slot_bytes,
                    data=found.data,
                    partition=luks.path,
                )
            return
        slots = [_part(disk, parts, role).size_bytes for role in SLOTS]
        partition = _part(disk, parts, Role.DATA).path
        with self._loops.over(partition) as loop:
            yield _Place(
                luks_uuid=None,
                slot_bytes=(slots[0], slots[1]),
                data=loop.device,
                partition=partition,
                loop=loop,
            )

    def _installation(self, place: _Place) -> Installation:
        superblock = read_superblock(self._runner, place.data)
        if superblock is None:
            raise _lost(_("There is no BTRFS file system with data on {device}."), place)
        if superblock.devices != 1:
            # Mounted, it would take the other ones along, which nothing keeps from being written.
            raise _lost(_("The file system on {device} lies on other devices too."), place)
        with self._top(place) as top, file_errors(place.partition):
            names = Subvolumes(self._runner, top, place.partition).names()
            etc = _upper_etc(top, names, place)
            accounts = etc.accounts()
            free = free_bytes(self._runner, top, place.partition)
            problems = (
                *_faults(superblock, place),
                *_missing(settled(names), accounts, place),
                *_full(free, place),
            )
            if problems:
                raise Refused(problems)
            return Installation(
                luks_uuid=place.luks_uuid,
                slot_bytes=place.slot_bytes,
                data_free_bytes=free,
                subvolumes=settled(names),
                accounts=tuple(sorted(_finished(accounts, top))),
                settings=etc.settings(machine_id=superblock.fsid.replace("-", "")),
                data=place.partition,
                errors=", ".join(error_counts(self._runner, top, place.partition)),
            )

    @contextlib.contextmanager
    def _top(self, place: _Place) -> Iterator[Path]:
        """The top of the data, mounted. Raises Refused when it does not mount."""
        with contextlib.ExitStack() as stack:
            try:
                top = stack.enter_context(self._mounts.untouched(place.data))
            except ToolFailed as error:
                what = _("The file system on {device} is damaged: it cannot be mounted.")
                raise _lost(what, place) from error
            if place.loop is not None:
                place.loop.release()
            yield top


def _part(disk: Disk, parts: Mapping[str | None, Partition], role: Role) -> Partition:
    if role.value not in parts:
        raise Refused.because(
            _("{disk} has no partition {label}.").format(disk=disk.name, label=role.value),
            _("Its data cannot be kept; install without keeping them, or choose another disk."),
        )
    return parts[role.value]


def _finished(accounts: AccountRows, top: Path) -> Iterator[str]:
    """People but those that a run, killed between useradd and chpasswd, left without any way in:
    the next one is to make them whole, not to be refused because they are there."""
    closed = accounts.never_opened()
    for name in accounts.people():
        keys = top / "@home" / name / ".ssh" / "authorized_keys"
        if name not in closed or keys.is_file():
            yield name


def _upper_etc(top: Path, names: Collection[str], place: _Place) -> UpperEtc:
    """The persistent /etc. A run killed while it renewed @var may have left it beside."""
    aside = [each for each, where in put_back(names).items() if where == VAR]
    upper = resolve_inside(top / (*aside, VAR)[0], ETC_UPPER, device=place.partition)
    return UpperEtc(upper=upper, device=place.partition)


def _faults(superblock: Superblock, place: _Place) -> Iterator[Problem]:
    if superblock.has_error or superblock.is_seed:
        yield _problem(_("The file system on {device} is read-only for good."), place)


def _missing(names: Collection[str], accounts: AccountRows, place: _Place) -> Iterator[Problem]:
    lacking = [name for name in KEPT if name not in names]
    if lacking:
        what = _("The file system on {device} lacks the subvolumes {names}.")
        yield _problem(what, place, names=", ".join(lacking))
    if not (accounts.texts["passwd"] and accounts.texts["shadow"]):
        yield _problem(_("There are no account files on {device}."), place)


def _full(free: int, place: _Place) -> Iterator[Problem]:
    if free < LEAST_FREE:
        yield Problem(
            what=_("The file system on {device} has {free} MiB left; {least} are needed.").format(
                device=place.partition, free=free // MIB, least=LEAST_FREE // MIB
            ),
            way_out=_("Start the installed system and delete what is not needed."),
        )


def _problem(what: str, place: _Place, **words: str) -> Problem:
    return Problem(
        what=what.format(device=place.partition, **words),
        way_out=_("Its data cannot be kept; save what matters before you install without them."),
    )


def _lost(what: str, place: _Place) -> Refused:
    return Refused((_problem(what, place),))
