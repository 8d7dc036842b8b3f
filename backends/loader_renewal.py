"""Shim and GRUB on the ESP of a system that is started by them, brought to those of Recovery.

Three folders have a set of them: /EFI/atomos, which the firmware's entry starts, the removable path
/EFI/BOOT, and /EFI/atomos.old with the set before. Each file is replaced whole (`Esp.replace`),
shim last: an old shim starts a new GRUB, and a new one need not start an old one.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from backends.boot_entries import BootEntries
from backends.esp import LOADERS, Esp, signed_files
from backends.file_errors import file_errors
from backends.mounts import Mounts
from backends.recovery_image import RecoveryImage
from backends.runner import Runner
from installer.errors import InstallError, ToolFailed
from installer.machinery import EspPart
from installer.sbat import falls_below, generations, generations_in
from installer.text import _

OWN: Final = PurePosixPath("/EFI/atomos")
OLD: Final = PurePosixPath("/EFI/atomos.old")
"""A short name: see `fat.py`."""
REMOVABLE: Final = PurePosixPath("/EFI/BOOT")
OLD_LOADER: Final = r"\EFI\atomos.old\shimx64.efi"
IN_FORCE: Final = Path("/sys/firmware/efi/efivars/SbatLevelRT-605dab50-e046-4300-abb6-3dd810dd8b23")
"""What shim tells of the generations below which it starts nothing."""
_ATTRIBUTES: Final = 4
"""Bytes before a variable's own, in efivarfs."""

TOOLS: Final = ("mcopy", "mdir", "mmd", "mdel", "fsck.fat")
"""Without which the ESP is left alone: an image may leave them out."""
Files = Mapping[PurePosixPath, bytes]


class LoaderRenewal:
    """`in_force` is the file in which the kernel shows shim's word."""

    def __init__(self, runner: Runner, mounts: Mounts, *, in_force: Path = IN_FORCE) -> None:
        self._esp = Esp(runner)
        self._entries = BootEntries(runner)
        self._recovery = RecoveryImage(mounts)
        self._in_force = in_force

    def refusal(self, *, recovery: str, esp: str) -> str | None:
        """Why the set of Recovery does not take the place of the one on `esp`, in words; None: it
        may. Raises InstallError where one of them cannot be read."""
        missing = [name for name in TOOLS if shutil.which(name) is None]
        if missing:
            return _("this system lacks {tools}").format(tools=", ".join(missing))
        try:
            found = self._offered(recovery)
        except ToolFailed:
            # That says nothing of what Recovery has.
            raise
        except InstallError as error:
            # As Alpine's, whose live system is put together in another way.
            return error.what
        for place, data in found.items():
            offered = generations_in(data)
            held = self._esp.get(esp, place)
            if held is not None and falls_below(offered, generations_in(held)):
                return _("{file} of Recovery is older than the one that is there").format(
                    file=place.name
                )
            if falls_below(offered, self._floor()):
                return _("{file} of Recovery is one that this machine starts no more").format(
                    file=place.name
                )
        return None

    def keep(self, *, recovery: str, esp: EspPart, labels: tuple[str, str]) -> str | None:
        """Put what is in /EFI/atomos into /EFI/atomos.old, where it is to be replaced, with an
        entry of the second of `labels` after that of the first; None, or why the firmware took
        none."""
        offered = self._own(recovery)
        device = esp.device
        self._esp.mend(device)
        held, old = self._folder(device, OWN), self._folder(device, OLD)
        if held == offered or not held:
            return None
        # A mixture of old and new is what a power cut has left: the old ones are kept already.
        if any(data not in (offered.get(name), old.get(name)) for name, data in held.items()):
            for name, data in held.items():
                self._esp.put(device, data, OLD / name)
            self._esp.flush(device)
        return self._entries.register_beside(
            esp,
            label=labels[1],
            loader=OLD_LOADER,
            after=labels[0],
        )

    def verify_kept(self, *, recovery: str, esp: str) -> None:
        """Raises InstallError unless whatever is going to be replaced is kept."""
        offered = self._own(recovery)
        self._esp.forget_cache(esp)
        held, old = self._folder(esp, OWN), self._folder(esp, OLD)
        for name, data in held.items():
            if data not in (offered.get(name), old.get(name)):
                raise _differs(OLD / name, esp)

    def renew(self, *, recovery: str, esp: str) -> None:
        """Replace what differs, in /EFI/atomos and, where it is ours, at the removable path."""
        self._esp.mend(esp)
        wanted = tuple(self._wanted(recovery, esp))
        # First: what a cut has left there may be all the room that there was.
        for folder in dict.fromkeys(place.parent for place, _data in wanted):
            self._esp.clear(esp, folder)
        for place, data in wanted:
            if self._esp.get(esp, place) != data:
                self._esp.replace(esp, data, place)

    def verify(self, *, recovery: str, esp: str) -> None:
        """Raises InstallError unless every file is that of Recovery."""
        self._esp.forget_cache(esp)
        for place, data in self._wanted(recovery, esp):
            if self._esp.get(esp, place) != data:
                raise _differs(place, esp)

    def _wanted(self, recovery: str, esp: str) -> Iterator[tuple[PurePosixPath, bytes]]:
        """Each file with what it is to hold, in the order in which they are replaced."""
        offered = self._offered(recovery)
        theirs = self._is_theirs(esp, offered)
        for place, data in offered.items():
            if place.parent == OWN or not theirs:
                yield place, data

    def _is_theirs(self, esp: str, offered: Files) -> bool:
        """Whether somebody else's loader is at the removable path."""
        place = REMOVABLE / "BOOTX64.EFI"
        held = self._esp.get(esp, place)
        ours = (self._esp.get(esp, folder / "shimx64.efi") for folder in (OWN, OLD))
        return held is not None and held != offered[place] and held not in ours

    def _offered(self, recovery: str) -> dict[PurePosixPath, bytes]:
        """The set in Recovery's live system, by the places that it has on an ESP."""
        with self._recovery.system(recovery) as root, file_errors(recovery):
            return {place: source.read_bytes() for source, place in signed_files(root)}

    def _own(self, recovery: str) -> dict[str, bytes]:
        offered = self._offered(recovery).items()
        return {place.name: data for place, data in offered if place.parent == OWN}

    def _folder(self, esp: str, folder: PurePosixPath) -> dict[str, bytes]:
        names = [place.name for _source, place in LOADERS if place.parent == OWN]
        found = {name: self._esp.get(esp, folder / name) for name in names}
        return {name: data for name, data in found.items() if data is not None}

    def _floor(self) -> dict[str, int]:
        try:
            return generations(self._in_force.read_bytes()[_ATTRIBUTES:])
        except OSError:
            # A firmware without Secure Boot, or a shim that tells none.
            return {}


def _differs(place: PurePosixPath, esp: str) -> InstallError:
    return InstallError(
        _("{path} on {device} is not what was written there").format(path=place, device=esp),
        device=esp,
        way_out=_("Try again; if it stays so, use another disk."),
    )
