"""Boot entries in the firmware's NVRAM, by efibootmgr."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.runner import Runner
from installer.errors import InstallError
from installer.machinery import EspPart
from installer.text import _

SECONDS: Final = 60.0
"""Some firmware collects its garbage on a write: 20 seconds were seen."""
EFIVARS: Final = Path("/sys/firmware/efi/efivars")
LOADER: Final = r"\EFI\atomos\shimx64.efi"
_LINE: Final = re.compile(r"Boot([0-9A-Fa-f]{4})\*? (.*)")
_PARTITION: Final = re.compile(r"HD\(\d+,GPT,([0-9A-Fa-f-]{36})")


@dataclass(frozen=True, kw_only=True)
class _BootEntry:
    """One entry; `partition` is the GUID that it points to, in lower case, if to a GPT's."""

    number: str
    label: str
    partition: str | None


class BootEntries:
    """The firmware's own boot menu. `efivars` is where the kernel shows its variables."""

    def __init__(self, runner: Runner, *, efivars: Path = EFIVARS) -> None:
        self._runner = runner
        self._efivars = efivars

    def register(self, *, disk: str, partition_number: int, label: str) -> str | None:
        """Make an entry `label` for the ESP and put it first.

        Entries of this label that point to the same partition, or to one that no attached disk
        has, are removed before: firmware has room for a few dozen, and every reinstallation
        would add one. Never raises: None, or why the firmware did not take it. The disk starts
        without an entry too, by the removable path.
        """
        try:
            reason = self._unusable()
            if reason is None:
                self._replace(disk, partition_number, label)
        except InstallError as error:
            return _reason(error)
        except OSError as error:
            return _("the firmware's variables cannot be read: {words}").format(words=error)
        return reason

    def register_beside(self, esp: EspPart, *, label: str, loader: str, after: str) -> str | None:
        """Have an entry `label` for `loader` on the ESP, right after that of the label `after`.

        Where it has one already nothing is written. Never raises, as `register`.
        """
        try:
            reason = self._unusable()
            if reason is None:
                self._put_after(esp, label, loader, after)
        except InstallError as error:
            return _reason(error)
        except OSError as error:
            return _("the firmware's variables cannot be read: {words}").format(words=error)
        return reason

    def _put_after(self, esp: EspPart, label: str, loader: str, after: str) -> None:
        disk, own = esp.disk, esp.guid.lower()
        if self._numbered(label, own) is None:
            # Without a place in the order, that a power cut here does not put it first.
            argv = ["efibootmgr", "--quiet", "--create-only", "--disk", disk]
            argv += ["--part", str(esp.number), "--label", label, "--loader", loader]
            self._run(argv, disk)
        beside, first = self._numbered(label, own), self._numbered(after, own)
        printed = self._run(["efibootmgr"], None)
        order = boot_order(printed)
        if beside is None or beside in order:
            return
        place = order.index(first) + 1 if first in order else len(order)
        whole = (*order[:place], beside, *order[place:])
        self._run(["efibootmgr", "--quiet", "--bootorder", ",".join(whole)], disk)

    def _numbered(self, label: str, partition: str) -> str | None:
        """The entry of that label for that partition."""
        found = (
            each.number
            for each in self._entries()
            if each.label == label and each.partition == partition
        )
        return next(found, None)

    def _unusable(self) -> str | None:
        """Why there is nothing to write to."""
        if not self._efivars.is_dir() or not any(self._efivars.iterdir()):
            return _("this system was not started by UEFI, or does not show its variables")
        if os.statvfs(self._efivars).f_flag & os.ST_RDONLY:
            return _("the firmware's variables are read-only in this system")
        return None

    def _replace(self, disk: str, partition_number: int, label: str) -> None:
        own = self._own_guid(disk, partition_number)
        attached = self._attached_guids()
        for entry in self._entries():
            stale = entry.partition == own or entry.partition not in attached
            if entry.label == label and stale:
                argv = ["efibootmgr", "--quiet", "--bootnum", entry.number, "--delete-bootnum"]
                self._run(argv, disk)
        argv = ["efibootmgr", "--quiet", "--create", "--disk", disk]
        argv += ["--part", str(partition_number), "--label", label, "--loader", LOADER]
        self._run(argv, disk)

    def _own_guid(self, disk: str, partition_number: int) -> str:
        argv = ["sfdisk", "--part-uuid", disk, str(partition_number)]
        return self._run(argv, disk).strip().lower()

    def _attached_guids(self) -> set[str]:
        argv = ["lsblk", "--noheadings", "--raw", "--output", "PARTUUID"]
        return {line.strip().lower() for line in self._run(argv, None).splitlines()}

    def _entries(self) -> list[_BootEntry]:
        return boot_entries(self._run(["efibootmgr", "--verbose"], None))

    def _run(self, argv: list[str], device: str | None) -> str:
        return self._runner.run(argv, timeout=SECONDS, device=device).stdout


def boot_order(printed: str) -> tuple[str, ...]:
    """The numbers in the line ``BootOrder:`` of what ``efibootmgr`` prints, the first one first."""
    for line in printed.splitlines():
        name, _colon, numbers = line.partition(":")
        if name == "BootOrder":
            return tuple(each.strip() for each in numbers.split(",") if each.strip())
    return ()


def boot_entries(printed: str) -> list[_BootEntry]:
    """The entries in what ``efibootmgr --verbose`` of version 17 or 18 prints.

    Version 17 parts label and device path by a tab, and so does 18, which prints the path's file
    as it stands and no longer in ``File()``.
    """
    found = []
    for line in printed.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        label, _tab, path = match[2].partition("\t")
        partition = _PARTITION.search(path)
        found.append(
            _BootEntry(
                number=match[1],
                label=label.strip(),
                partition=partition[1].lower() if partition else None,
            )
        )
    return found


def _reason(error: InstallError) -> str:
    """Why the firmware did not take the entry, in words."""
    if "No space left" in error.tool_words:
        return _("the firmware has no room left for boot entries")
    if "Read-only" in error.tool_words:
        return _("the firmware's variables are read-only in this system")
    lines = error.tool_words.splitlines()
    return f"{error.what}: {lines[-1]}" if lines else error.what
