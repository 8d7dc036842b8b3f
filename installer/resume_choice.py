"""Whether an installation goes on with one that came to no end, and why not. Pure."""

from dataclasses import dataclass, replace

from installer import VERSION
from installer.answers import Answers
from installer.disk_fitness import holds_nothing_but_boot
from installer.hardware import Disk, Machine
from installer.installation import Installation
from installer.text import _
from installer.traces import Trace
from installer.unfinished import Unfinished, answers_sha256, began_words


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """What was decided."""

    unfinished: Unfinished | None = None
    """The installation to go on with."""
    notice: str | None = None
    """Why all is done from the beginning though there is an unfinished one."""
    is_half_made: bool = False
    """What is on the disk is no AtomOS that anybody could lose."""


def choose_resumption(
    answers: Answers, disk: Disk, *, traces: tuple[Trace, ...], start_over: bool
) -> Resumption:
    """For an installation with `answers` onto `disk`."""
    own = [trace for trace in traces if trace.disk == disk.path]
    if any(trace.was_started for trace in own):
        # It came to its end but for its journal, or far enough: it is somebody's system by now.
        return Resumption()
    best = _best(own)
    if best is None or best.journal is None:
        return Resumption(notice=_why_none(disk, traces), is_half_made=_is_blank(disk, own))
    unfinished = best.journal.unfinished(disk, best.place)
    reason = _why_not(answers, best)
    if start_over:
        reason = _("it was asked for")
    if not reason:
        return Resumption(unfinished=unfinished, is_half_made=not unfinished.keeps)
    return Resumption(
        notice=_(
            "Everything is done from the beginning, since {reason}: on {disk} there is an"
            " unfinished installation of {system}, begun {when}."
        ).format(
            reason=reason,
            disk=disk.name,
            system=unfinished.system,
            when=began_words(unfinished),
        ),
        is_half_made=not unfinished.keeps and not unfinished.may_start,
    )


def unfinished_of(machine: Machine, traces: tuple[Trace, ...]) -> tuple[Unfinished, ...]:
    """All that could be gone on with, at most one for each disk."""
    found = []
    for disk in machine.disks:
        own = [trace for trace in traces if trace.disk == disk.path]
        best = None if any(trace.was_started for trace in own) else _best(own)
        if best is not None and best.journal is not None and not _why_of_old(best):
            found.append(best.journal.unfinished(disk, best.place))
    return tuple(found)


def as_it_was(installation: Installation | None, unfinished: Unfinished) -> Installation | None:
    """`installation` without the account that the unfinished run may have made already."""
    user = unfinished.answers.user
    if user is None or installation is None:
        return installation
    accounts = tuple(name for name in installation.accounts if name != user.name)
    return replace(installation, accounts=accounts)


def _best(own: list[Trace]) -> Trace | None:
    """That in memory is newer than another one's on the disk; of the same, the longer counts."""
    # One that has written nothing is none to go on with, and what was there is there.
    readable = [trace for trace in own if trace.journal is not None and trace.journal.has_written]
    if not readable:
        return None
    first, *others = readable
    same = [first, *(each for each in others if _header(each) == _header(first))]
    return max(same, key=lambda each: len(each.journal.text) if each.journal else 0)


def _header(trace: Trace) -> object:
    return trace.journal.header if trace.journal is not None else None


def _why_not(answers: Answers, trace: Trace) -> str:
    """Why it cannot be gone on with, as a clause; empty when it can."""
    if trace.journal is not None:
        header = trace.journal.header
        if header.answers.source.is_slot:
            # What was taken from the disk itself can come from a release only, once it is gone.
            answers = replace(answers, source=header.answers.source)
        if header.answers_sha256 != answers_sha256(answers):
            return _("the answers are others")
    return _why_of_old(trace)


def _why_of_old(trace: Trace) -> str:
    if trace.journal is not None and trace.journal.header.program != VERSION:
        return _("it was begun by version {found} of the installer, and this is {known}").format(
            found=trace.journal.header.program, known=VERSION
        )
    return ""


def _why_none(disk: Disk, traces: tuple[Trace, ...]) -> str | None:
    """Of a journal that is there and is none for `disk`."""
    for trace in traces:
        if trace.unreadable and trace.disk in (None, disk.path):
            place = trace.place or _("in this machine's memory")
            return _(
                "Everything is done from the beginning: the journal of an unfinished installation"
                " ({place}) cannot be gone by: {reason}."
            ).format(place=place, reason=trace.unreadable)
        if trace.disk is None and trace.journal is not None and trace.journal.has_written:
            header = trace.journal.header
            return _(
                "Everything is done from the beginning: the unfinished installation in this"
                " machine's memory is onto another disk ({name}, serial number {serial}), which is"
                " not attached."
            ).format(name=header.disk.name, serial=header.disk.serial or _("unknown"))
    return None


def _is_blank(disk: Disk, own: list[Trace]) -> bool:
    """Whether a run was cut after it wrote the table, and before it could remember anything."""
    return holds_nothing_but_boot(disk) and any(trace.is_empty for trace in own)
