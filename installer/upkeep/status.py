"""What there is to say of an installed system, to people and as JSON. Pure."""

import json
from collections.abc import Iterator
from typing import Final

from installer.boot_state import RECOVERY, SLOTS, TRIES
from installer.contract import Contract
from installer.holder import Holder
from installer.printable import printable
from installer.slot_records import SlotRecord
from installer.text import _, ngettext
from installer.upkeep.running import TITLES
from installer.upkeep.system import Level, RecoveryFound, System
from installer.upkeep.update_words import failed_fields, failed_lines, update_fields, update_lines

JSON_VERSION: Final = 1


def describe(system: System) -> str:
    """All of it, some lines for each slot, 80 columns wide."""
    lines = [line for name in SLOTS for line in _slot(system, name)]
    lines += [*_recovery(system), "", *outlook(system)]
    return "\n".join(printable(line) for line in lines)


def as_json(system: System) -> str:
    """The same for programs, in one object; docs/update.md has the fields."""
    recovery, holder = system.recovery, system.holder
    return json.dumps(
        {
            "v": JSON_VERSION,
            "runs": system.running.entry,
            "next": system.next,
            "once": system.state.once,
            "order": list(system.state.order),
            "disk": system.running.disk.path,
            "encrypted": system.running.luks_uuid is not None,
            "boot_state_valid": list(system.blocks_valid),
            "slots": {name: _slot_fields(system, name) for name in SLOTS},
            "recovery": None if recovery is None else _recovery_fields(recovery),
            "reset": system.reset,
            "writing": None if holder is None else _who(holder),
            "updates": None if system.notes is None else update_fields(system.notes),
        },
        ensure_ascii=False,
    )


def recovery_words(system: System) -> str:
    """What there is to say of Recovery alone."""
    lines = [*_recovery(system)]
    if system.holder is not None:
        lines.append(_writing(system.holder))
    return "\n".join(printable(line) for line in lines)


def recovery_as_json(system: System) -> str:
    """The same for programs."""
    recovery = system.recovery
    fields = {"name": None} if recovery is None else _recovery_fields(recovery)
    return json.dumps({"v": JSON_VERSION, **fields}, ensure_ascii=False)


def title(name: str) -> str:
    """What the start menu calls it."""
    return TITLES.get(name, "Recovery")


def image_words(contract: Contract) -> str:
    """Name and version of an image."""
    return f"{contract.name} {contract.version}"


def _slot_fields(system: System, name: str) -> dict[str, object]:
    found, state = system.slot(name), system.state.slot(name)
    return {
        **_image_fields(found.contract),
        "signed_by": found.signed_by,
        "device": found.device,
        "size_bytes": found.size_bytes,
        "whole": system.is_whole(name),
        "good": state.good,
        "tries": state.tries,
        "fault": found.fault or None,
        "downloaded": name == system.spare.name and system.downloaded() is not None,
        "failed": failed_fields(system.failed(name)),
    }


def _recovery_fields(recovery: RecoveryFound) -> dict[str, object]:
    return {
        **_image_fields(recovery.contract),
        "version": recovery.version,
        "signed_by": recovery.record.signed_by if recovery.record is not None else None,
        "size_bytes": recovery.size_bytes,
        "whole": recovery.whole,
        "fault": recovery.fault or None,
    }


def _image_fields(contract: Contract | None) -> dict[str, object]:
    if contract is None:
        return {"name": None, "version": None, "architecture": None}
    return {
        "name": contract.name,
        "version": contract.version,
        "architecture": contract.architecture,
    }


def _slot(system: System, name: str) -> Iterator[str]:
    found = system.slot(name)
    mark = _runs_now(system, name)
    if found.contract is None and system.running.is_locked:
        # What it holds is not known, and may well start.
        yield f"{title(name)}{mark}: {found.fault}"
        return
    if found.contract is None:
        yield f"{title(name)}{mark}: " + _("nothing that starts ({fault})").format(
            fault=found.fault
        )
        return
    yield f"{title(name)}{mark}: {image_words(found.contract)}"
    yield "    " + _signer(found.record)
    failed = system.failed(name)
    if failed is not None:
        yield from (f"    {line}" for line in failed_lines(failed))
        return
    downloaded = system.downloaded()
    if name == system.spare.name and downloaded is not None:
        text = _("downloaded; `{command}` has it start next")
        yield "    " + text.format(command=downloaded)
        return
    if not system.is_whole(name):
        yield "    " + _("no tries left: its first three starts failed, or its writing was cut off")
        return
    state = system.state.slot(name)
    good = _("known good") if state.good else _("not known good: it has not come up yet")
    tries = ngettext("{count} try left", "{count} tries left", state.tries).format(
        count=state.tries
    )
    if state.tries == TRIES:
        yield f"    {good}"
    elif state.tries:
        yield f"    {good}, {tries}"
    else:
        yield f"    {good}, " + _("passed over: its last three starts failed")


def _runs_now(system: System, name: str) -> str:
    return _(" (runs now)") if name == system.running.entry else ""


def _signer(record: SlotRecord | None) -> str:
    if record is None:
        return _("who signed it was not written down")
    if record.signed_by is None:
        return _("UNSIGNED: nobody has vouched for it")
    return _("signed by {who}").format(who=record.signed_by)


def _recovery(system: System) -> Iterator[str]:
    recovery = system.recovery
    if recovery is None:
        yield "Recovery: " + _("none on this disk")
        return
    if not recovery.whole:
        yield "Recovery: " + _("not whole: its writing is not at its end, or was cut off")
        yield "    " + _("nothing starts it by itself; `atomos recovery update` writes it anew")
        return
    if recovery.contract is None:
        yield "Recovery: " + _("its version cannot be read ({fault})").format(fault=recovery.fault)
    else:
        mark = _runs_now(system, RECOVERY)
        yield f"Recovery{mark}: {image_words(recovery.contract)}"
    if recovery.record is not None:
        yield f"    {_signer(recovery.record)}"


def _writing(holder: Holder) -> str:
    return _("Something is being written now: {holder}.").format(holder=_who(holder))


def _who(holder: Holder) -> str:
    """As a clause; a change of a moment leaves no word of who makes it."""
    return holder.words() or _("a change that takes a moment")


def outlook(system: System) -> Iterator[str]:
    """What starts next, and what there is to know of that, each in a sentence."""
    upcoming = title(system.next)
    if system.state.once is not None and system.next == system.state.once:
        text = _("Next start: {once}, this once; then {after}.")
        if system.after_once == system.running.entry:
            text = _("Next start: {once}, this once; then {after} again.")
        yield text.format(once=upcoming, after=title(system.after_once))
    else:
        yield _("Next start: {name}.").format(name=upcoming)
    first = system.state.order[0]
    # Asked for by name, or with nothing else to start, it starts all the same.
    if system.next not in (RECOVERY, first) and not system.state.slot(first).tries:
        yield _("{first} comes first and was passed over: {next} starts instead.").format(
            first=title(first), next=upcoming
        )
    if not any(system.blocks_valid):
        yield _("The boot state is missing: starts are not counted (docs/boot-state.md).")
    elif not all(system.blocks_valid):
        yield _("One of the two blocks of the boot state is damaged; the next good start mends it.")
    if system.reset is not None:
        text = _("The next start resets: {level} (`atomos reset cancel`).")
        if system.reset is Level.EVERYTHING and system.next != RECOVERY:
            text = _("Recovery resets {level} once it is started (`atomos reset cancel`).")
        yield text.format(level=system.reset.value)
    if system.notes is not None:
        runs = system.runs.contract
        yield from update_lines(system.notes, None if runs is None else runs.version)
    if system.holder is not None:
        yield _writing(system.holder)
