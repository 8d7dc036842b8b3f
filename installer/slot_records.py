"""What was written into each slot and into Recovery, as lines at the head of the start menu. Pure.

They stand where the slot's root hash stands, and change with it: one file, replaced whole.
"""

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from installer.boot_state import RECOVERY

_NAMES: Final = {"Root A": "a", "Root B": "b", "Recovery": RECOVERY}
_TITLES: Final = {name: title for title, name in _NAMES.items()}
_LINE: Final = re.compile(rf"^# ({'|'.join(_NAMES)}): (\{{.*\}})$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class SlotRecord:
    """Whose image a slot or Recovery was given."""

    version: str
    signed_by: str | None
    """As `Release.signed_by`; None: nobody vouched for it."""


def with_records(menu: str, records: Mapping[str, SlotRecord]) -> str:
    """`menu` with a line for each of these at its head, in the place of older ones; `records` has
    slots by their names in the boot state, and ``recovery``."""
    kept = without_records(menu, records).split("\n")
    # ASCII alone: GRUB reads the line too, if only to pass over it.
    lines = [
        f"# {_TITLES[slot]}: "
        + json.dumps({"version": record.version, "signed_by": record.signed_by})
        for slot, record in records.items()
    ]
    return "\n".join((*lines, *kept))


def without_records(menu: str, names: Container[str]) -> str:
    """`menu` that says nothing of these."""
    lines = [(line, _name_of(line)) for line in menu.split("\n")]
    return "\n".join(line for line, name in lines if name is None or name not in names)


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
            found[_NAMES[match[1]]] = SlotRecord(version=version, signed_by=signed_by)
    return found


def _name_of(line: str) -> str | None:
    match = _LINE.fullmatch(line)
    return _NAMES[match[1]] if match is not None else None
