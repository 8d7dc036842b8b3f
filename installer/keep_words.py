"""What of an AtomOS can stay, in words for a person."""

from dataclasses import dataclass
from typing import Final

from installer.answers import Keep
from installer.draft import Draft
from installer.printable import printable
from installer.text import N_, _


@dataclass(frozen=True, kw_only=True)
class KeepChoice:
    """One choice; name and meaning are marked with `N_`."""

    keep: Keep
    name: str
    meaning: str


KEEP_CHOICES: Final = (
    KeepChoice(
        keep=Keep.DATA,
        name=N_("Keep home directories, Nix and snapshots"),
        meaning=N_(
            "/home, /nix and the snapshots stay. People log in as before: accounts, host"
            " keys, host name, language, keyboard, time zone and networks are carried over."
            " Everything else in /var and every other change in /etc goes."
        ),
    ),
    KeepChoice(
        keep=Keep.DATA_AND_VAR,
        name=N_("Keep /var as well"),
        meaning=N_(
            "Also what services have stored (databases, logs, containers) and all changes in"
            " /etc. If a setting there is what broke the system, it stays too."
        ),
    ),
    KeepChoice(
        keep=Keep.NOTHING,
        name=N_("Erase everything"),
        meaning=N_("All files, accounts, settings and snapshots on it are lost for good."),
    ),
)
"""The safest first."""


def what_is_there(draft: Draft) -> str:
    """Which disk holds an AtomOS, and whether its partitions can change."""
    holds = (
        _("{disk} holds an AtomOS, encrypted.")
        if draft.encrypted_already
        else _("{disk} holds an AtomOS.")
    )
    words = [holds.format(disk=printable(draft.disk_name))]
    if draft.table_stays:
        words.append(_("This system is its Recovery: partitions and Recovery stay as they are."))
    return " ".join(words)
