"""What speaks against the passphrase, the recovery key and the place for the header's copy."""

from collections.abc import Iterator

from installer.answers import LayoutKind
from installer.errors import Problem
from installer.header_backup import why_no_place
from installer.passphrase import passphrase_problem
from installer.question import QuestionId
from installer.situation import Situation
from installer.text import _


def luks_problems(situation: Situation) -> Iterator[Problem]:
    """All of them; a wrong passphrase for kept data is found by whoever looks at the disk."""
    is_unknown = situation.table is None and (situation.stays or situation.keeps)
    if is_unknown or situation.asks_for_other_layout:
        return  # The disk is not there, or has another layout than is asked for: told already.
    if situation.layout is LayoutKind.PLAIN:
        yield from _unneeded(situation)
        return
    yield from _passphrase_problems(situation)
    place = situation.answers.header_backup
    if place is not None and situation.disk is not None:
        reason = why_no_place(place, situation.machine, situation.disk)
        if reason:
            yield Problem(
                what=_("{place} cannot get the copy of the LUKS header: {reason}.").format(
                    place=place, reason=reason
                ),
                way_out=_("Choose a partition of a stick with FAT32 or ext4, or make no copy."),
                question=QuestionId.RECOVERY_KEY,
            )


def _unneeded(situation: Situation) -> Iterator[Problem]:
    """Whoever gives a key believes that the disk is encrypted."""
    answers = situation.answers
    given = {
        _("a passphrase"): answers.passphrase,
        _("a recovery key"): answers.recovery_key,
        _("a place for the LUKS header's copy"): answers.header_backup,
    }
    names = _(" and ").join(name for name, value in given.items() if value is not None)
    if not names:
        return
    what = _("The disk is not to be encrypted, and there is {names}.").format(names=names)
    way_out = _(
        "Choose to encrypt it (in an answers file: `layout: encrypted`), or leave these out."
    )
    if situation.stays and situation.disk is not None:
        what = _("{disk} is not encrypted and stays so, and there is {names}.").format(
            disk=situation.disk.name, names=names
        )
        way_out = _("Leave out what only an encrypted disk has a use for.")
    yield Problem(what=what, way_out=way_out, question=QuestionId.PASSPHRASE)


def _passphrase_problems(situation: Situation) -> Iterator[Problem]:
    if situation.keeps:
        return
    passphrase = situation.answers.passphrase
    if passphrase is None:
        yield Problem(
            what=_("An encrypted disk needs a passphrase, and there is none."),
            way_out=_("Choose one (in an answers file: `passphrase_file`)."),
            question=QuestionId.PASSPHRASE,
        )
        return
    what = passphrase_problem(passphrase.reveal())
    if what is not None:
        yield Problem(
            what=_("The passphrase cannot be taken: {what}").format(what=what),
            way_out=_("Choose another one."),
            question=QuestionId.PASSPHRASE,
        )
