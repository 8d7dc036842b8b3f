"""An installation's @var that is kept or renewed, while the old one stays until all is there."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from backends import image_var
from backends.carried_over import CarriedOver
from backends.file_errors import file_errors
from backends.image_var import copy_var, differences
from backends.inside import resolve_inside
from backends.installed_tree import ETC_UPPER, SUBVOLUMES, make_overlay_folders
from backends.missing_files import copy_missing, missing
from backends.mounts import FLUSH_SECONDS
from backends.runner import Runner
from backends.subvolumes import Subvolumes
from backends.upper_etc import UpperEtc
from installer.errors import InstallError, ToolFailed
from installer.text import _
from installer.upkeep.reset import ASIDE, BESIDE

VAR: Final = SUBVOLUMES["var"]
NEW: Final = f"{VAR}.new"
"""In the making; worth nothing."""
OLD: Final = f"{VAR}.old"
"""On its way out; the one that counts as long as there is no @var."""
_RESET: Final = (VAR, SUBVOLUMES["nix"])
"""What a reset replaces (docs/reset.md). A reinstallation takes its request away."""
_LEFT: Final = (NEW, OLD, *(f"{name}{suffix}" for name in _RESET for suffix in (BESIDE, ASIDE)))
"""What a whole @var is alone without."""
NO_ROOM: Final = "No space left on device"
"""ENOSPC in the words of the C library; runner sets the language."""


def put_back(names: Collection[str]) -> dict[str, str]:
    """What lacks its place, and that place: a run or a reset was cut off between two renames."""
    pairs = [(OLD, VAR), *((f"{name}{ASIDE}", name) for name in _RESET)]
    # A reset's goes before: its name is nobody else's.
    found = {place: aside for aside, place in pairs if aside in names and place not in names}
    return {aside: place for place, aside in found.items()}


def settled(names: Collection[str]) -> tuple[str, ...]:
    """Names as they are once that is settled, sorted."""
    return tuple(sorted({*names, VAR, *put_back(names).values()} - set(_LEFT)))


class VarRenewal:
    """Works at `top`, where the top of the BTRFS on `data` is mounted.

    The states that a kill or a power cut can leave, in the order in which they are passed:
    @var alone; @var and a part of @var.new; @var and all of @var.new; @var.old and @var.new; @var
    (the new one) and @var.old. `settle` leads from each of them, and from those that a reset can
    leave, to a whole @var alone.
    """

    def __init__(self, runner: Runner, top: Path, data: str) -> None:
        self._runner = runner
        self._top = top
        self._data = data
        self._subvolumes = Subvolumes(runner, top, data)

    def settle(self) -> None:
        """Bring what a killed run left to one whole @var. Raises InstallError.

        With @var and @var.old both there, @var is the new one, complete, and may have been used
        since: the old one is deleted, as that run was told to do.
        """
        names = set(self._subvolumes.names())
        with file_errors(self._data):
            for aside, place in put_back(names).items():
                (self._top / aside).rename(self._top / place)
                names = names - {aside} | {place}
        if VAR not in names:
            raise self._fault(_("{data} lacks the subvolume {name}"), name=VAR)
        left = [name for name in _LEFT if name in names]
        for name in left:
            self._subvolumes.delete(name)
        if left:
            self._subvolumes.wait_for_room()

    def renew(self, image: Path) -> None:
        """Put the /var of the image at `image` in the place of @var. Raises InstallError.

        Until the new one is whole, looked through and flushed, nothing happens to the old one.
        """
        self.settle()
        old = UpperEtc(upper=self._upper(VAR), device=self._data)
        carried = CarriedOver(old=old, image=image, device=self._data)
        with file_errors(self._data):
            carried.require_no_clash()
            people = tuple(old.accounts().people())
            try:
                self._build(image, carried)
                self.verify(image, NEW, people)
            except BaseException as error:
                self._drop_new(error)
                raise
            # BTRFS may commit the renames before the data of new files that nobody has flushed.
            argv = ["sync", "-f", str(self._top)]
            self._runner.run(argv, timeout=FLUSH_SECONDS, device=self._data)
            (self._top / VAR).rename(self._top / OLD)
            (self._top / NEW).rename(self._top / VAR)
        self._subvolumes.delete(OLD)

    def adopt(self, image: Path) -> None:
        """Add to @var what it lacks of the /var of the image at `image`. Raises InstallError."""
        self.settle()
        var = self._top / VAR
        with file_errors(self._data):
            try:
                seconds = image_var.SECONDS
                copy_missing(self._runner, image / "var", var, device=self._data, seconds=seconds)
                make_overlay_folders(var)
            except ToolFailed as error:
                raise self._in_words(error) from error

    def verify(self, image: Path, name: str, accounts: tuple[str, ...]) -> None:
        """Raises InstallError unless `name` is the image's /var and `accounts` are in it."""
        wrong = [str(path) for path in differences(image / "var", self._top / name)]
        self._require_none_wrong(wrong, name, accounts)

    def verify_adopted(self, image: Path, accounts: tuple[str, ...]) -> None:
        """Raises InstallError when @var lacks something of the image's, or one of `accounts`."""
        wrong = [str(path) for path in missing(image / "var", self._top / VAR)]
        self._require_none_wrong(wrong, VAR, accounts)

    def verify_alone(self) -> None:
        """Raises InstallError when something of a renewal is still there."""
        left = [name for name in _LEFT if name in self._subvolumes.names()]
        if left:
            raise self._fault(_("{data} still has {name}"), name=", ".join(left))

    def _require_none_wrong(self, wrong: list[str], name: str, accounts: tuple[str, ...]) -> None:
        if wrong:
            paths = ", ".join(f"/var/{path}" for path in wrong[:3])
            raise self._fault(_("{name} on {data} is not as in the image"), name=paths)
        upper = self._upper(name)
        if not upper.is_dir():
            raise self._fault(_("{name} on {data} is missing"), name=f"/var/{ETC_UPPER}")
        known = UpperEtc(upper=upper, device=self._data).accounts().people()
        lost = [each for each in accounts if each not in known]
        if lost:
            raise self._fault(_("{data} has no account {name}"), name=", ".join(lost))

    def _build(self, image: Path, carried: CarriedOver) -> None:
        try:
            self._subvolumes.create(NEW)
            new = self._top / NEW
            copy_var(self._runner, image / "var", new, device=self._data)
            make_overlay_folders(new)
            carried.put(self._upper(NEW))
        except ToolFailed as error:
            raise self._in_words(error) from error

    def _drop_new(self, error: BaseException) -> None:
        """Give the room back. Where that fails too, the next run does it."""
        try:
            if NEW in self._subvolumes.names():
                self._subvolumes.delete(NEW, cleaning_up=True)
                self._subvolumes.wait_for_room(cleaning_up=True)
        except InstallError as second:
            error.add_note(str(second))

    def _upper(self, name: str) -> Path:
        return resolve_inside(self._top / name, ETC_UPPER, device=self._data)

    def _in_words(self, error: ToolFailed) -> InstallError:
        if NO_ROOM not in error.tool_words:
            return error
        return InstallError(
            _("the file system on {device} is full").format(device=self._data),
            device=self._data,
            tool_words=error.tool_words,
            way_out=_("Your files are as they were. Delete some of them, then start again."),
        )

    def _fault(self, what: str, *, name: str) -> InstallError:
        return InstallError(
            what.format(data=self._data, name=name),
            device=self._data,
            way_out=_("Try again; if it stays so, use another disk."),
        )
