"""What is said around the entries of a question: labels, and what an answer means."""

from typing import Final

from installer.answers import SLOT
from installer.draft import Draft
from installer.flow import Entry
from installer.header_backup import BackupPlace
from installer.printable import printable
from installer.quantity import format_size
from installer.text import N_, _

LABELS: Final = {
    Entry.SOURCE_URL: N_("Release"),
    Entry.ALLOW_UNSIGNED: N_("Take this release even if it is UNSIGNED"),
    Entry.VERSION: N_("Version"),
    Entry.RECOVERY: N_("Recovery on this disk too"),
    Entry.DISK_PASSPHRASE: N_("Passphrase"),
    Entry.ENCRYPT: N_("Encrypt this disk (recommended)"),
    Entry.PASSPHRASE: N_("Passphrase"),
    Entry.PASSPHRASE_AGAIN: N_("Passphrase again"),
    Entry.WANTS_RECOVERY_KEY: N_("Make a recovery key"),
    Entry.FULL_NAME: N_("Full name"),
    Entry.USER_NAME: N_("Login name"),
    Entry.HOST_NAME: N_("Host name"),
    Entry.PASSWORD: N_("Password"),
    Entry.PASSWORD_AGAIN: N_("Password again"),
    Entry.HOME_MANAGER: N_("Set up my programs and settings with home-manager"),
    Entry.HOME_LATER: N_("Not now, but at the first login"),
    Entry.HOME_FLAKE: N_("Flake"),
    Entry.FLATPAKS: N_("Flatpaks"),
    Entry.TIMEZONE: N_("Time zone"),
}
"""Marked with `N_`."""
HINTS: Final = {
    Entry.FULL_NAME: N_("optional"),
    Entry.USER_NAME: N_("for example ada"),
    Entry.HOME_FLAKE: N_("optional"),
    Entry.FLATPAKS: N_("optional"),
}
"""Marked with `N_`."""
UNSIGNED_NOTE: Final = N_(
    "Leave it as it is: then only what is signed with a key of this live\n"
    "system is installed. {leave_it}"
)
"""With a field of `Ways`; two lines where the screen has no room for one."""


KEYBOARD_ELSEWHERE: Final = N_(
    "Here the keyboard is that of the terminal you sit at, and stays as it is. The"
    " installed system gets the one chosen above."
)
NO_COPY: Final = N_("no copy")
NO_STICK: Final = N_("none: no stick is plugged in")
SHOW_STRENGTH: Final = N_("Strength")
WAIT_FOR_PLAN: Final = N_("Looking at the disk and at the release. This may take a minute ...")
WAIT_FOR_DISKS: Final = N_("Looking for disks ...")
WAIT_FOR_LOOK: Final = N_("Looking at what is on the disk ...")
WAIT_FOR_UNLOCKING: Final = N_("Trying the passphrase. This takes some seconds ...")


def label(entry: Entry) -> str:
    """What stands before its line."""
    return _(LABELS[entry])


def welcome_words(*, needs_medium: bool) -> tuple[str, ...]:
    """What will happen; the last of three only where the system runs from its medium."""
    words = (
        _(
            "AtomOS takes one whole disk. On it will be two copies of the system (Root A"
            " and Root B), a Recovery system, and a place for everything of yours."
        ),
        _(
            "Everything that is on that disk now will be lost, unless it is an AtomOS whose"
            " data you keep. Nothing is written before you have read the plan and typed the"
            " disk's name."
        ),
    )
    if not needs_medium:
        return words
    return (
        *words,
        _(
            "This system runs from its medium, since memory is too small to hold it: leave"
            " the medium in until the end."
        ),
    )


def software_words() -> tuple[str, str]:
    """What it means to have a home set up, and what the applications are."""
    return (
        _(
            "home-manager keeps your programs and settings in one file, and can take every change"
            " back: by a flake of yours (github:ada/home), or with a small file to begin with."
            " What neither the release nor the network has now comes after the first login."
        ),
        _(
            "Applications from Flathub, by their names there (org.mozilla.firefox), are installed"
            " for everybody when there first is a network."
        ),
    )


def zones_shown(first: int, shown: int, count: int) -> str:
    """Which of the time zones found are in sight; `first` is counted from 0."""
    if not count:
        return _("No time zone or country is called like that.")
    words = _("{first} to {last} of {count} time zones")
    return words.format(first=first + 1, last=first + shown, count=count)


def why_encrypted(draft: Draft) -> str:
    """Why there is no choice whether the disk is encrypted; empty where there is one."""
    if draft.table_stays:
        return _("This disk stays encrypted, since its partitions stay as they are.")
    if draft.going_on is not None:
        return _("This disk will be encrypted, as was chosen then.")
    return ""


def encryption_meaning(draft: Draft, *, encrypting: bool) -> str:
    """What it means to encrypt, or not to."""
    if not encrypting:
        return _("Whoever holds the disk in hand can read and change everything on it.")
    if draft.going_on is None or draft.new_recovery_key:
        return _(
            "Both systems and all files are encrypted. Without the passphrase (or a recovery"
            " key, which comes next) they are lost, and nobody can help."
        )
    return _(
        "Both systems and all files are encrypted. Without the passphrase they are lost,"
        " and nobody can help."
    )


def recovery_key_meaning(draft: Draft, *, wanted: bool, with_code: bool) -> str:
    """What a recovery key is for. `with_code`: it is shown as a code to be scanned, too."""
    if draft.going_on is not None:
        return _(
            "The key that was shown before opens nothing: throw it away. This is another one."
            " Write it down: it is shown now, and never again."
        )
    if not wanted:
        return _("Without one, all is lost when the passphrase is forgotten.")
    if with_code:
        return _(
            "It opens the disk when the passphrase is forgotten. Write it down or scan it: it"
            " is shown now, and never again."
        )
    return _(
        "It opens the disk when the passphrase is forgotten. Write it down: it is shown"
        " now, and never again."
    )


def group_label(number: int, count: int) -> str:
    """What to type of the recovery key; `number` is counted from 0."""
    return _("Type group {number} of {count}").format(number=number + 1, count=count)


def backup_title() -> str:
    """What the places are for that `backup_words` names."""
    return _("Copy of the LUKS header on a stick")


def backup_words(place: BackupPlace) -> str:
    """A place for a copy of the LUKS header: device, size, and its label or its stick's model."""
    label = place.contents.label if place.contents is not None else None
    name = f'"{printable(label)}"' if label else place.disk.model or ""
    return f"{place.path} {format_size(place.size_bytes)} {printable(name)}".rstrip()


def backup_warning() -> str:
    """What a copy on a stick means for ever after."""
    return _("That copy and a passphrase of today will open this disk for ever")


def names_given(draft: Draft) -> tuple[tuple[str, str], ...]:
    """The names of the account to be made, each with its label; those that are empty left out."""
    names = (
        (Entry.FULL_NAME, draft.full_name),
        (Entry.USER_NAME, draft.user_name),
        (Entry.HOST_NAME, draft.host_name),
    )
    return tuple((label(entry), printable(name)) for entry, name in names if name)


def source_words(url: str) -> str:
    """Where what is written comes from."""
    return _("the system that is on it now") if url == SLOT else printable(url)


def disk_passphrase_words(draft: Draft) -> tuple[str, str]:
    """The sentence that ends with the disk, and which of its passphrases is meant."""
    if draft.opens_slot:
        return (
            _("The system on this disk is encrypted:"),
            _(
                "Type the passphrase that it has so far: AtomOS asks for it when it starts from"
                " there. A new one is chosen after it."
            ),
        )
    if draft.going_on is None:
        return (
            _("The data on this disk are encrypted:"),
            _("Type the passphrase that AtomOS asks for when it starts from there."),
        )
    there = _("This disk is encrypted already:")
    if draft.keeps:
        return there, _("Type the passphrase that AtomOS asked for when it started from there.")
    return there, _("Type the passphrase that you chose then.")
