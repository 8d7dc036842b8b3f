"""What a reset takes away and what it leaves, and how it is asked for on the boot partition. Pure.

The next start of a slot carries it out, before anything of the data is in use: in shell,
``/usr/lib/atomos/reset`` (docs/reset.md), which reads what is written here.
"""

import enum
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from installer.boot_state import RECOVERY
from installer.errors import Problem, Refused
from installer.hardware import Disk
from installer.text import N_, _
from installer.upkeep.problems import boot_use_problems
from installer.upkeep.switching import once
from installer.upkeep.system import Level, System

REQUEST: Final = PurePosixPath("atomos/reset")
"""On the boot partition."""
KEPT: Final = REQUEST.with_name("image.squashfs")
"""Beside it while everything is reset: the image that was in a slot."""
LONGEST: Final = 4096
"""Bytes that are read of it."""
BESIDE: Final = ".atomos-reset-new"
"""Behind the name of a subvolume: what is made to take its place."""
ASIDE: Final = ".atomos-reset-old"
"""What was in its place. A request without `_STARTS` that is past `Step.ASKED` is an older image's,
which says ``.new`` and ``.old``."""
_VERSION: Final = "1"
_NAMES: Final = ("atomos_reset", "level", "step")
_STARTS: Final = "starts"


class Step(enum.StrEnum):
    """How far it is; what comes after `ASKED` is written by the start that carries it out."""

    ASKED = "asked"
    SWAP = "swap"
    REMOVE = "remove"
    DROP = "drop"
    """Taken back: the next start deletes what was made beside."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is written on the boot partition."""

    level: Level
    step: Step
    begun: bool
    """Whether a start has begun with it, so that something may be there of it."""

    @property
    def asks(self) -> Level | None:
        """What the next start resets."""
        return None if self.step is Step.DROP else self.level

    @property
    def has_renamed(self) -> bool:
        """Whether it can be gone on with only."""
        return self.step in {Step.SWAP, Step.REMOVE}


GOES: Final[Mapping[Level, str]] = {
    Level.SETTINGS: N_(
        "All that was changed in /etc: host name, language, time zone, networks with their"
        " passwords, services, mounts, firewall, sudo rules, settings of programs."
    ),
    Level.SYSTEM: N_(
        "All that was changed in /etc, as with settings. /var with all data in it: databases,"
        " containers, virtual machines, mail, logs, Flatpaks. /nix with all programs in it."
    ),
    Level.EVERYTHING: N_(
        "All of it: people, homes, snapshots, programs, settings, both systems. Of an encrypted"
        " disk also its keys: passphrase, recovery key and copies of the header open nothing"
        " afterwards."
    ),
}
"""Marked with `N_`."""
STAYS: Final[Mapping[Level, str]] = {
    Level.SETTINGS: N_(
        "People with their passwords, groups and homes; the keyboard; the keys by which others know"
        " this host; /var, /nix and snapshots; both slots and the disk's passphrase."
    ),
    Level.SYSTEM: N_(
        "People with their passwords, groups and homes; the keyboard; the keys by which others know"
        " this host; snapshots; both slots and the disk's passphrase."
    ),
    Level.EVERYTHING: N_(
        "The partitions and Recovery. The next start is Recovery's: it takes a release, or the"
        " system that is on the disk, asks for the first user and for a new passphrase, and for the"
        " disk's name once more, before it begins."
    ),
}
"""Marked with `N_`."""
_COLUMNS: Final = 79


def request_text(
    level: Level, source: str | None = None, *, step: Step = Step.ASKED, begun: bool = False
) -> str:
    """The file that asks for it; `source` is the release's address, for Recovery. `begun`: of an
    earlier one something may be there, that is not to be forgotten."""
    values = (_VERSION, level.value, step.value)
    text = "".join(f"{name}={value}\n" for name, value in zip(_NAMES, values, strict=True))
    text += f"{_STARTS}=0\n" if begun else ""
    return text if source is None else f"{text}source={source}\n"


def consent_word(level: Level, disk: Disk) -> str:
    """What has to be typed: the level's name, or the disk's where all of it goes."""
    if level is Level.EVERYTHING:
        return disk.path.removeprefix("/dev/")
    return level.value


def parse_request(text: str) -> Request | None:
    """What a file says; None for what nobody of us writes."""
    found = dict(line.partition("=")[::2] for line in text.splitlines())
    level, step = found.get("level", ""), found.get("step", "")
    if found.get("atomos_reset") != _VERSION or step not in set(Step) or level not in set(Level):
        return None
    begun = _STARTS in found or step != Step.ASKED
    return Request(level=Level(level), step=Step(step), begun=begun)


def describe_level(level: Level) -> str:
    """What goes and what stays, in lines of a console."""
    return "\n".join(
        (
            _("A reset of {level}.").format(level=level.value),
            _("This goes, for good:"),
            _indented(_(GOES[level])),
            _("This stays:"),
            _indented(_(STAYS[level])),
        )
    )


def _indented(text: str) -> str:
    indent = "    "
    return textwrap.fill(text, _COLUMNS, initial_indent=indent, subsequent_indent=indent)


def refuse_reset(system: System, level: Level) -> None:
    """Raises Refused where no start could carry it out."""
    problems = (*_problems(system), *boot_use_problems(system.running))
    if level is Level.EVERYTHING:
        # Recovery has to be there, and to be started by the menu.
        once(system, RECOVERY)
    if problems:
        raise Refused(problems)


def refuse_cancel(system: System) -> None:
    """Raises Refused where what was asked for cannot be taken back."""
    problems = tuple(boot_use_problems(system.running))
    if problems:
        raise Refused(problems)


def _problems(system: System) -> Iterator[Problem]:
    if system.running.disk.read_only:
        yield Problem(
            what=_("{disk} cannot be written to.").format(disk=system.running.disk.name),
            way_out=_("Look for a write-protect switch, and at what the kernel says (dmesg)."),
        )
