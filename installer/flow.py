"""The flow of questions as data: what is asked, in which order, and when an answer will do.

Screens, a plain line-by-line mode and the first start of an OEM machine walk the same list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from installer import answers_rules as rules
from installer.answers import SLOT
from installer.answers_connection import WifiSecurity
from installer.draft import LUKS_STEP, Draft
from installer.keymaps import is_layout
from installer.names import (
    full_name_problem,
    host_name_problem,
    password_problem,
    user_name_problem,
)
from installer.passphrase import passphrase_problem
from installer.question import QuestionId
from installer.recovery_key import has_group
from installer.text import N_, _

SCHEMES: Final = ("https://", "http://", "file://", "medium:", "volume:", SLOT)


class Entry(StrEnum):
    """One thing a person fills in; the value is the name of its field in `Draft`."""

    LOCALE = "locale"
    KEYMAP = "keymap"
    NETWORK = "network"
    SOURCE_URL = "source_url"
    ALLOW_UNSIGNED = "allow_unsigned"
    VERSION = "version"
    DISK_PATH = "disk_path"
    RECOVERY = "recovery"
    KEEP = "keep"
    DISK_PASSPHRASE = "disk_passphrase"
    ENCRYPT = "encrypt"
    PASSPHRASE = "passphrase"
    PASSPHRASE_AGAIN = "passphrase_again"
    WANTS_RECOVERY_KEY = "wants_recovery_key"
    RECOVERY_KEY_WRITTEN = "recovery_key_written"
    RECOVERY_KEY_TYPED = "recovery_key_typed"
    HEADER_BACKUP = "header_backup"
    FULL_NAME = "full_name"
    USER_NAME = "user_name"
    HOST_NAME = "host_name"
    PASSWORD = "password"
    PASSWORD_AGAIN = "password_again"
    HOME_MANAGER = "home_manager"
    HOME_LATER = "home_later"
    HOME_FLAKE = "home_flake"
    FLATPAKS = "flatpaks"
    TIMEZONE = "timezone"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One step of the flow."""

    id: QuestionId
    name: str
    """In English, since the flow is data; `title` is what a person reads."""
    entries: tuple[Entry, ...]
    is_asked: Callable[[Draft], bool] = lambda _: True
    """Whether it is asked at all, by what was answered and found before it."""
    holds: Callable[[Draft], bool] = lambda _: True
    """Whether an answer that was settled still is about what there is to answer."""

    @property
    def title(self) -> str:
        """Its name in the person's language."""
        return _(self.name)


FLOW: Final = (
    Question(
        id=QuestionId.LANGUAGE,
        name=N_("Language"),
        entries=(Entry.LOCALE, Entry.KEYMAP),
        is_asked=lambda draft: draft.going_on is None,
    ),
    Question(
        id=QuestionId.UNFINISHED,
        name=N_("Unfinished installation"),
        entries=(),
        is_asked=lambda draft: bool(draft.found),
    ),
    Question(
        id=QuestionId.NETWORK,
        name=N_("Network"),
        entries=(Entry.NETWORK,),
        is_asked=lambda draft: draft.needs_network,
    ),
    Question(
        id=QuestionId.WELCOME,
        name=N_("Release"),
        entries=(Entry.SOURCE_URL, Entry.ALLOW_UNSIGNED),
        is_asked=lambda draft: draft.may_choose_source,
    ),
    Question(
        id=QuestionId.RELEASE,
        name=N_("Version"),
        entries=(Entry.VERSION,),
        is_asked=lambda draft: draft.may_choose_source and not draft.from_slot,
        holds=lambda draft: draft.version_of == draft.source_url,
    ),
    Question(
        id=QuestionId.DISK,
        name=N_("Disk"),
        entries=(Entry.DISK_PATH, Entry.RECOVERY),
        is_asked=lambda draft: draft.going_on is None,
    ),
    Question(
        id=QuestionId.KEEP,
        name=N_("Your data"),
        entries=(Entry.KEEP,),
        is_asked=lambda draft: draft.reinstall and draft.going_on is None,
    ),
    Question(
        id=QuestionId.UNLOCK,
        name=N_("Unlock"),
        entries=(Entry.DISK_PASSPHRASE,),
        is_asked=lambda draft: draft.opens_luks or draft.opens_slot,
    ),
    Question(
        id=QuestionId.PASSPHRASE,
        name=N_("Encryption"),
        entries=(Entry.ENCRYPT, Entry.PASSPHRASE, Entry.PASSPHRASE_AGAIN),
        is_asked=lambda draft: draft.new_luks or draft.may_choose_encryption,
    ),
    Question(
        id=QuestionId.RECOVERY_KEY,
        name=N_("Recovery key"),
        entries=(
            Entry.WANTS_RECOVERY_KEY,
            Entry.RECOVERY_KEY_WRITTEN,
            Entry.RECOVERY_KEY_TYPED,
            Entry.HEADER_BACKUP,
        ),
        is_asked=lambda draft: draft.new_recovery_key,
    ),
    Question(
        id=QuestionId.USER,
        name=N_("User"),
        entries=(
            Entry.FULL_NAME,
            Entry.USER_NAME,
            Entry.HOST_NAME,
            Entry.PASSWORD,
            Entry.PASSWORD_AGAIN,
        ),
        is_asked=lambda draft: draft.new_user,
    ),
    Question(
        id=QuestionId.SOFTWARE,
        name=N_("Programs"),
        entries=(Entry.HOME_MANAGER, Entry.HOME_LATER, Entry.HOME_FLAKE, Entry.FLATPAKS),
        is_asked=lambda draft: draft.going_on is None and draft.new_user,
    ),
    Question(
        id=QuestionId.TIMEZONE,
        name=N_("Time zone"),
        entries=(Entry.TIMEZONE,),
        is_asked=lambda draft: draft.going_on is None and not draft.keeps,
    ),
    Question(id=QuestionId.SUMMARY, name=N_("Summary"), entries=()),
)


def asked(draft: Draft) -> tuple[Question, ...]:
    """The questions that are asked, in their order, as far as the draft can tell by now."""
    return tuple(question for question in FLOW if question.is_asked(draft))


def question(id: QuestionId) -> Question:
    """The question of that name."""
    return FLOW[_place(id)]


def after(id: QuestionId, draft: Draft) -> QuestionId | None:
    """The question that follows; None after the last. One that is settled is passed over."""
    following = [each.id for each in FLOW[_place(id) + 1 :] if each.is_asked(draft)]
    return next((id for id in following if not is_settled(id, draft)), None)


def before(id: QuestionId, draft: Draft) -> QuestionId | None:
    """The question that precedes; None before the first."""
    preceding = FLOW[: _place(id)]
    return next((each.id for each in reversed(preceding) if each.is_asked(draft)), None)


def is_settled(id: QuestionId, draft: Draft) -> bool:
    """Whether it is passed over: answered by a file, or before a jump back, and still right."""
    return id in draft.settled and question(id).holds(draft) and not problems(id, draft)


def _place(id: QuestionId) -> int:
    return next(place for place, question in enumerate(FLOW) if question.id is id)


@dataclass(frozen=True, kw_only=True)
class EntryProblem:
    """What is wrong with one entry, in words for a person."""

    entry: Entry
    what: str


def problems(id: QuestionId, draft: Draft) -> tuple[EntryProblem, ...]:
    """All that is wrong with the entries of a question, in their order; nothing is looked up."""
    return tuple(
        EntryProblem(entry=entry, what=what)
        for entry in question(id).entries
        if entry in _CHECKS and (what := _CHECKS[entry](draft)) is not None
    )


def lacking(draft: Draft) -> QuestionId | None:
    """The first question that is asked of this draft and has no answer that will do."""
    return next((each.id for each in asked(draft) if problems(each.id, draft)), None)


def question_of_step(id: str, draft: Draft) -> QuestionId | None:
    """The question whose answer may be why that operation failed; None when none is."""
    if id == LUKS_STEP and draft.opens_luks:
        return QuestionId.UNLOCK
    return None


def _keymap_problem(draft: Draft) -> str | None:
    if not draft.keymap or is_layout(draft.keymap):
        return None
    return _("There is no keyboard layout {name}.").format(name=draft.keymap)


def _network_problem(draft: Draft) -> str | None:
    network = draft.network
    if network.ssid is None or network.security is WifiSecurity.OPEN:
        return None
    if network.passphrase is not None and network.passphrase.reveal():
        return None
    return _("The passphrase of {name} is missing: choose that network again.").format(
        name=network.ssid
    )


def _source_problem(draft: Draft) -> str | None:
    if not draft.source_url:
        return _("Type its address: https://, http://, file://, medium: or volume:.")
    scheme = next((each for each in SCHEMES if draft.source_url.startswith(each)), None)
    if scheme is None or (draft.source_url == scheme and scheme not in ("medium:", SLOT)):
        return _("Begin with https://, http://, file://, medium: or volume:.")
    if not rules.SOURCE.allows(draft.source_url):
        return _("Leave out blanks, user name and password; a path begins with file:///.")
    return None


def _version_problem(draft: Draft) -> str | None:
    if not draft.version or rules.RELEASE_VERSION.allows(draft.version):
        return None
    return _("There is no version {name}.").format(name=draft.version)


def _disk_problem(draft: Draft) -> str | None:
    return None if draft.disk_path else _("Choose a disk.")


def _disk_passphrase_problem(draft: Draft) -> str | None:
    # What is wrong with an old passphrase by the rules for new ones may still open the disk.
    return None if draft.disk_passphrase.reveal() else _("Type the passphrase of this disk.")


def _passphrase_problem(draft: Draft) -> str | None:
    return passphrase_problem(draft.passphrase.reveal()) if draft.new_luks else None


def _passphrase_again_problem(draft: Draft) -> str | None:
    if draft.new_luks and draft.passphrase != draft.passphrase_again:
        return _("The two passphrases differ; type both again.")
    return None


def _written_problem(draft: Draft) -> str | None:
    if draft.wants_recovery_key and not draft.recovery_key_written:
        return _("Write the key down first, then tick the box with Space.")
    return None


def _typed_problem(draft: Draft) -> str | None:
    if not draft.wants_recovery_key:
        return None
    key, group = draft.recovery_key, draft.recovery_key_group
    if key.reveal() and has_group(key, group, draft.recovery_key_typed.reveal()):
        return None
    return _("That is not group {number} of the key.").format(number=group + 1)


def _password_problem(draft: Draft) -> str | None:
    if draft.password_hash is not None and not draft.password.reveal():
        return None
    return password_problem(draft.password.reveal())


def _again_problem(draft: Draft) -> str | None:
    if draft.password != draft.password_again:
        return _("The two passwords differ; type both again.")
    return None


def _flake_problem(draft: Draft) -> str | None:
    if not draft.home_manager or not draft.home_flake or rules.FLAKE.allows(draft.home_flake):
        return None
    return _("Write it as github:ada/home or git+https://..., without blanks and passwords.")


def _flatpaks_problem(draft: Draft) -> str | None:
    wrong = [app for app in draft.flatpak_names if not rules.FLATPAK.allows(app)]
    if not wrong:
        return None
    return _("{name} is no application; write for example org.mozilla.firefox.").format(
        name=wrong[0]
    )


def _timezone_problem(draft: Draft) -> str | None:
    if not draft.timezone or rules.TIMEZONE.allows(draft.timezone):
        return None
    return _("There is no time zone {name}.").format(name=draft.timezone)


_CHECKS: Final[dict[Entry, Callable[[Draft], str | None]]] = {
    Entry.KEYMAP: _keymap_problem,
    Entry.NETWORK: _network_problem,
    Entry.SOURCE_URL: _source_problem,
    Entry.VERSION: _version_problem,
    Entry.DISK_PATH: _disk_problem,
    Entry.DISK_PASSPHRASE: _disk_passphrase_problem,
    Entry.PASSPHRASE: _passphrase_problem,
    Entry.PASSPHRASE_AGAIN: _passphrase_again_problem,
    Entry.RECOVERY_KEY_WRITTEN: _written_problem,
    Entry.RECOVERY_KEY_TYPED: _typed_problem,
    Entry.FULL_NAME: lambda draft: full_name_problem(draft.full_name),
    Entry.USER_NAME: lambda draft: user_name_problem(draft.user_name),
    Entry.HOST_NAME: lambda draft: host_name_problem(draft.host_name),
    Entry.PASSWORD: _password_problem,
    Entry.PASSWORD_AGAIN: _again_problem,
    Entry.HOME_FLAKE: _flake_problem,
    Entry.FLATPAKS: _flatpaks_problem,
    Entry.TIMEZONE: _timezone_problem,
}
