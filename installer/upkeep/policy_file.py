"""Reads what the machine does by itself about newer releases.

`/usr/lib/atomos/update.yaml` is the image's word, and each key of `/etc/atomos/update.yaml` comes
before it.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from installer.answers_yaml import Document, read_document
from installer.errors import AnswersError
from installer.keyed_file import decode_text, read_keys, valid
from installer.text import _
from installer.upkeep.policy import Action, UpdatePolicy

POLICY_FILES: Final = (Path("/usr/lib/atomos/update.yaml"), Path("/etc/atomos/update.yaml"))
"""A key of a later one comes before that of an earlier one; neither need be there."""
LONGEST_DELAY: Final = 1440
"""Minutes: a day, after which the timer comes again."""
_OFF: Final = Action.OFF.value
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
