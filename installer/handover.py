"""What is handed to the process that installs: one JSON document on its standard input.

Secrets are in it, so it exists in that pipe and in memory only, never in a file, an argument or
the environment.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from installer.answers import Answers
from installer.identifiers import Identifiers
from installer.secret import Secret
from installer.strict import STRICT


@dataclass(frozen=True, kw_only=True)
class Handover:
    """All that a plan is made of besides machine and release, and the digest of the one shown."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    answers: Answers
    identifiers: Identifiers
    digest: str
    unattended: bool

    def to_json(self) -> bytes:
        """The document, secrets revealed."""
        return json.dumps(_revealed(self)).encode()

    @classmethod
    def from_json(cls, document: bytes) -> "Handover":
        """Raises ValueError, which repeats nothing of the document, when it is not one."""
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_json(document)


def _revealed(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: _revealed(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {_revealed(key): _revealed(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_revealed(each) for each in value]
    return value
