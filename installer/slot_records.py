"""What was written into each slot, as lines at the head of the start menu. Pure.

They stand where the slot's root hash stands, and change with it: one file, replaced whole.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"^# Root ([AB]): (\{.*\})$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class SlotRecord:
    """Whose image a slot was given."""

    version: str
    signed_by: str | None
    """As `Release.signed_by`; None: nobody vouched for it."""


def with_records(menu: str, records: Mapping[str, SlotRecord]) -> str:
    """`menu` with a line for each of these slots at its head, in the place of older ones."""
    kept = [line for line in menu.split("\n") if _slot_of(line) not in records]
    # ASCII alone: GRUB reads the line too, if only to pass over it.
    lines = [
        f"# Root {slot.upper()}: "
        + json.dumps({"version": record.version, "signed_by": record.signed_by})
        for slot, record in records.items()
    ]
    return "\n".join((*lines, *kept))


def records_in(menu: str) -> dict[str, SlotRecord]:
    """What a menu says; nothing of a slot where it is silent, or says what nobody of us writes."""
    found = {}
    for match in _LINE.finditer(menu):
        try:
            fields = json.loads(match[2])
            version, signed_by = fields["version"], fields["signed_by"]
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(version, str) and isinstance(signed_by, str | None):
            found[match[1].lower()] = SlotRecord(version=version, signed_by=signed_by)
    return found


def _slot_of(line: str) -> str | None:
    match = _LINE.fullmatch(line)
    return match[1].lower() if match is not None else None
