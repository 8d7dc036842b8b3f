"""What a slot or Recovery holds, as a few short lines on a card. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from installer.boot_state import RECOVERY, SLOTS, TRIES
from installer.contract import Contract
from installer.printable import printable
from installer.slot_records import SlotRecord
from installer.text import _, ngettext
from installer.upkeep.status import image_words, title
from installer.upkeep.system import System
from installer.upkeep.update_words import failed_lines


@dataclass(frozen=True, kw_only=True)
class Card:
    """Of one of the three."""

    title: str
    """Its name, and whether it runs."""
    lines: tuple[str, ...]


def cards(system: System) -> tuple[Card, ...]:
    """Root A, Root B, Recovery."""
    names = (*SLOTS, RECOVERY)
    return tuple(
        Card(
            title=_title(system, name),
            lines=tuple(printable(line) for line in (*_next(system, name), *_lines(system, name))),
        )
        for name in names
    )


def remarks(system: System) -> Iterator[str]:
    """What is more than a card has room for, each in some sentences."""
    for name in SLOTS:
        failed = system.failed(name)
        if failed is not None:
            what = _("{name} did not come up three times.").format(name=title(name))
            yield " ".join((what, *failed_lines(failed)))


def _title(system: System, name: str) -> str:
    if name == system.running.entry:
        return _("{name}, runs now").format(name=title(name))
    return title(name)


def _next(system: System, name: str) -> Iterator[str]:
    if name == system.next:
        yield _("> starts next")


def _lines(system: System, name: str) -> Iterator[str]:
    if name == RECOVERY:
        yield from _recovery(system)
        return
    found, state = system.slot(name), system.state.slot(name)
    if found.contract is None:
        if not system.running.is_locked:
            yield _("nothing that starts")
        yield found.fault
        return
    yield from _image(found.contract, found.record)
    if system.failed(name) is not None:
        yield _("did not come up three times")
        return
    if name == system.spare.name and system.downloaded() is not None:
        yield _("downloaded: starts when asked for")
        return
    if not system.is_whole(name):
        yield _("not whole, or failed three times")
        return
    yield _("known good") if state.good else _("not known good yet")
    if state.tries:
        tries = ngettext("{count} try left", "{count} tries left", state.tries)
        yield f"{'█' * state.tries}{'░' * (TRIES - state.tries)} " + tries.format(count=state.tries)
    else:
        yield _("passed over: failed three times")


def _recovery(system: System) -> Iterator[str]:
    held = system.recovery
    if held is None:
        yield _("none on this disk")
    elif not held.whole:
        yield _("not whole: write it anew")
    elif held.contract is None:
        yield held.version or _("its version cannot be read")
        yield held.fault
    else:
        yield from _image(held.contract, held.record)


def _image(contract: Contract, record: SlotRecord | None) -> Iterator[str]:
    yield image_words(contract)
    if record is None:
        yield _("signer not written down")
    elif record.signed_by is None:
        yield _("UNSIGNED")
    else:
        yield _("signed by {who}").format(who=record.signed_by)
