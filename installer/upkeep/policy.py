"""What the machine does by itself about newer releases, as a file says it (docs/update.md).

The dataclass is the file's keys. `/usr/lib/atomos/update.yaml` is the image's word, and each key of
`/etc/atomos/update.yaml` comes before it. Pure but for reading those two.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from installer.answers_metadata import doc
from installer.answers_rules import RELEASE_VERSION
from installer.answers_yaml import Document, read_document
from installer.errors import AnswersError
from installer.keyed_file import decode_text, read_keys, valid
from installer.text import _

POLICY_FILES: Final = (Path("/usr/lib/atomos/update.yaml"), Path("/etc/atomos/update.yaml"))
"""A key of a later one comes before that of an earlier one; neither need be there."""
LONGEST_DELAY: Final = 1440
"""Minutes: a day, after which the timer comes again."""
_OFF: Final = "off"


class Action(StrEnum):
    """How far the machine goes by itself."""

    OFF = _OFF
    CHECK = "check"
    DOWNLOAD = "download"
    INSTALL = "install"


@dataclass(frozen=True, kw_only=True)
class UpdatePolicy:
    """All of the file."""

    policy: Action = field(
        default=Action.CHECK,
        metadata=doc(
            "`off`: nothing; `check`: says at the login that there is a newer release; `download`:"
            " writes it into the spare slot, and nothing starts it before `atomos update`;"
            " `install`: the next restart starts it.",
            example="install",
        ),
    )
    delay: int = field(
        default=60,
        metadata=doc(
            "Up to so many minutes, by chance, are waited before the release is asked for, so that"
            " not all machines come at once.",
            example=60,
        ),
    )
    metered: bool = field(
        default=False,
        metadata=doc("Whether a metered connection may be used.", example=False),
    )
    battery: int = field(
        default=30,
        metadata=doc(
            "On battery with less than so many percent nothing is done; 0: always.", example=30
        ),
    )
    hold: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Versions that are not taken by themselves.", example=["9.0.0"], rule=RELEASE_VERSION
        ),
    )


_RANGES: Final = {"delay": LONGEST_DELAY, "battery": 100}


def read_policy(files: Iterable[Path] = POLICY_FILES) -> UpdatePolicy:
    """What the files say together; a missing one says nothing.

    Raises AnswersInvalid with every error of the first that has any, by line and column, OSError.
    """
    policy = UpdatePolicy()
    for file in files:
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            continue
        policy = policy_in(data, str(file), policy)
    return policy


def policy_in(data: bytes, name: str, before: UpdatePolicy) -> UpdatePolicy:
    """`before` with what a file's bytes say instead. Raises AnswersInvalid with every error."""
    text = decode_text(data, name)
    if not _has_keys(text):
        return before
    document = read_document(text, name, words=frozenset({_OFF}))
    given = document.data if isinstance(document.data, dict) else {}
    if given.get("policy") is False:
        given["policy"] = _OFF
    read, errors = read_keys(UpdatePolicy, document, given)
    found = valid(read, [*errors, *_range_errors(document, given)])
    changes = {key: getattr(found, key) for key in given}
    return dataclasses.replace(before, **changes)


def _has_keys(text: str) -> bool:
    """Whether there is more than comments: such a file says nothing, and is no error."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def _range_errors(document: Document, given: dict[str, object]) -> Iterator[AnswersError]:
    for key, most in _RANGES.items():
        value = given.get(key, 0)
        if type(value) is int and not 0 <= value <= most:
            what = _("{value} is out of range").format(value=value)
            right = _("write a whole number from 0 to {most}").format(most=most)
            yield document.value_place((key,)).error(what, right)
