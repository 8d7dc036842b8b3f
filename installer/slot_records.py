"""What was written into each slot and into Recovery, as lines at the head of the start menu. Pure.

They stand where the slot's root hash stands, and change with it: one file, replaced whole.
"""

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final, Self

from installer.boot_state import RECOVERY
from installer.release import Release, Verity

_NAMES: Final = {"Root A": "a", "Root B": "b", "Recovery": RECOVERY}
_TITLES: Final = {name: title for title, name in _NAMES.items()}
_LINE: Final = re.compile(rf"^# ({'|'.join(_NAMES)}): (\{{.*\}})$", re.MULTILINE)


_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ImageRecord:
    """What an image is known by; as in ReleaseFile."""

    size_bytes: int
    sha256: str
    verity: Verity | None = None


@dataclass(frozen=True, kw_only=True)
class SlotRecord:
    """Whose image a slot or Recovery was given."""

    version: str
    signed_by: str | None
    """As `Release.signed_by`; None: nobody vouched for it."""
    image: ImageRecord | None = None
    """Of a slot; None: an installer wrote it that left no word of that."""

    @classmethod
    def of(cls, release: Release) -> Self:
        """Of a slot that gets the image of `release`."""
        image = ImageRecord(
            size_bytes=release.image.size_bytes,
            sha256=release.image.sha256,
            verity=release.verity,
        )
        return cls(version=release.version, signed_by=release.signed_by, image=image)


def with_records(menu: str, records: Mapping[str, SlotRecord]) -> str:
    """`menu` with a line for each of these at its head, in the place of older ones; `records` has
    slots by their names in the boot state, and ``recovery``."""
    kept = without_records(menu, records).split("\n")
    # ASCII alone: GRUB reads the line too, if only to pass over it.
    lines = [
        f"# {_TITLES[slot]}: {json.dumps(_fields(record))}" for slot, record in records.items()
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
            found[_NAMES[match[1]]] = SlotRecord(
                version=version, signed_by=signed_by, image=_image(fields)
            )
    return found


def _fields(record: SlotRecord) -> dict[str, object]:
    fields: dict[str, object] = {"version": record.version, "signed_by": record.signed_by}
    if record.image is not None:
        fields |= {"size": record.image.size_bytes, "sha256": record.image.sha256}
        verity = record.image.verity
        if verity is not None:
            fields |= {"roothash": verity.root_hash, "hash_offset": verity.hash_offset_bytes}
    return fields


def _image(fields: Mapping[str, object]) -> ImageRecord | None:
    size, sha256 = fields.get("size"), fields.get("sha256")
    if not isinstance(size, int) or size <= 0 or not _is_sha256(sha256):
        return None
    root, offset = fields.get("roothash"), fields.get("hash_offset")
    verity = None
    if isinstance(offset, int) and _is_sha256(root):
        verity = Verity(root_hash=str(root), hash_offset_bytes=offset)
    return ImageRecord(size_bytes=size, sha256=str(sha256), verity=verity)


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _name_of(line: str) -> str | None:
    match = _LINE.fullmatch(line)
    return _NAMES[match[1]] if match is not None else None
