"""Whether what was read from a disk is what an installer writes: the disk may be anybody's.

Identifiers go into scripts for tools and answers into the start menu, so that whoever leaves a
journal on a stick must not be able to put more into it than into an answers file.
"""

import re
from typing import Final

from installer.answers import Answers
from installer.answers_keys import Key, Kind, all_keys
from installer.identifiers import Identifiers

_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def are_identifiers(identifiers: Identifiers) -> bool:
    """Whether each of them has the form of what `Identifiers.draw` draws."""
    uuids = (
        identifiers.disk_guid,
        identifiers.boot_uuid,
        identifiers.data_uuid,
        identifiers.luks_uuid,
        *identifiers.partition_guids.values(),
    )
    return (
        all(_UUID.fullmatch(each) for each in uuids)
        and re.fullmatch("[0-9A-F]{8}", identifiers.esp_volume_id) is not None
        and re.fullmatch("[0-9a-f]{32}", identifiers.machine_id) is not None
    )


def are_answers(answers: Answers) -> bool:
    """Whether each text in them is one that an answers file may have."""
    return _follows_rules(answers, Answers)


def _follows_rules(part: object, kind: type) -> bool:
    return all(_allowed(key, getattr(part, key.name)) for key in all_keys(kind))


def _allowed(key: Key, value: object) -> bool:
    if key.kind is Kind.PART:
        return value is None or _follows_rules(value, key.type)
    texts = value if isinstance(value, tuple) else (value,)
    rule = key.rule
    return rule is None or all(rule.allows(text) for text in texts if isinstance(text, str))
