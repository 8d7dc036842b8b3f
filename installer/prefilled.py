"""The draft that an answers file begins with: what it says is filled in, and the rest is asked."""

from dataclasses import dataclass, replace

from installer.answers import Answers, DiskChoice, Keep, LayoutKind
from installer.answers_software import HomeManager
from installer.disk_choice import choose_disk
from installer.draft import Draft
from installer.errors import Refused
from installer.hardware import Disk, Machine
from installer.question import QuestionId
from installer.secret import Secret
from installer.settings_choice import DEFAULTS
from installer.sizes import wished_sizes
from installer.text import _
from installer.unfinished import Unfinished

_NOTHING = Secret("")


@dataclass(frozen=True, kw_only=True)
class Prefilled:
    """`words` say why a disk has to be chosen though the file names one; empty where it need not
    be, or the file names none."""

    draft: Draft
    words: str = ""


def prefilled(
    answers: Answers, machine: Machine, unfinished: tuple[Unfinished, ...] = ()
) -> Prefilled:
    """The draft of these answers, whole or not, at this machine. Pure."""
    passphrase, user = answers.passphrase or _NOTHING, answers.user
    password = (user.password if user is not None else None) or _NOTHING
    draft = Draft(
        given=_without_secrets(answers),
        locale=answers.locale or "",
        keymap=answers.keymap or "",
        network=answers.network,
        source_url=answers.source.url,
        allow_unsigned=answers.source.allow_unsigned,
        version=answers.source.version or "",
        version_of=answers.source.url,
        recovery=answers.recovery,
        encrypt=answers.layout is LayoutKind.ENCRYPTED,
        passphrase=passphrase,
        passphrase_again=passphrase,
        # No file holds one. Whoever types the passphrase here is offered one, too.
        wants_recovery_key=answers.passphrase is None,
        header_backup=answers.header_backup or "",
        full_name=user.full_name if user is not None else "",
        user_name=user.name if user is not None else "",
        host_name=answers.hostname or DEFAULTS.hostname,
        password=password,
        password_again=password,
        password_hash=user.password_hash if user is not None else None,
        timezone=answers.timezone or "",
        home_manager=answers.software.home_manager is not HomeManager.OFF,
        home_later=answers.software.home_manager is HomeManager.DEFERRED,
        home_flake=answers.software.home_flake or "",
        flatpaks=" ".join(answers.software.flatpaks),
    )
    disk, words = _disk(answers, machine)
    if disk is None:
        return Prefilled(draft=replace(draft, settled=_settled(answers)), words=words)
    draft = draft.on(disk, machine, unfinished)
    if answers.keep is not Keep.NOTHING and not draft.reinstall:
        words = _("{disk} holds no AtomOS whose data could be kept.").format(disk=disk.name)
        return Prefilled(draft=replace(draft, settled=_settled(answers)), words=words)
    # Erasing an AtomOS is in the file only where that says so, and else asked for.
    says = answers.keep is not Keep.NOTHING or answers.reinstall
    return Prefilled(
        draft=replace(
            draft,
            keep=answers.keep if says else Keep.DATA,
            disk_passphrase=passphrase if answers.keep is not Keep.NOTHING else _NOTHING,
            settled=_settled(answers) | {QuestionId.DISK},
        )
    )


def _without_secrets(answers: Answers) -> Answers:
    """The draft has them in its own fields, and loses them there when all is installed."""
    user = answers.user
    if user is not None:
        user = replace(user, password=None, password_hash=None)
    network = replace(answers.network, passphrase=None)
    return replace(answers, user=user, passphrase=None, network=network)


def _settled(answers: Answers) -> frozenset[QuestionId]:
    """What the file answers; whether its answers will do is for the flow to say."""
    settled = {
        QuestionId.WELCOME,
        QuestionId.RELEASE,
        QuestionId.PASSPHRASE,
        QuestionId.RECOVERY_KEY,
        QuestionId.USER,
        QuestionId.SOFTWARE,
        QuestionId.TIMEZONE,
    }
    if answers.keep is not Keep.NOTHING or answers.reinstall:
        settled.add(QuestionId.KEEP)
    if answers.passphrase is not None:
        settled.add(QuestionId.UNLOCK)
    return frozenset(settled)


def _disk(answers: Answers, machine: Machine) -> tuple[Disk | None, str]:
    """The disk that the file means; else why it means none of this machine."""
    if answers.disk == DiskChoice():
        return None, ""
    smallest = None
    if answers.keep is Keep.NOTHING:
        sizes, _problems = wished_sizes(answers, None, None)
        smallest = sizes.smallest_disk(answers.layout)
    try:
        return choose_disk(answers.disk, machine, smallest), ""
    except Refused as refusal:
        return None, " ".join(str(problem) for problem in refusal.problems)
