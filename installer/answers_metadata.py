"""What a field of the answers says of itself: `installer.answers_keys` reads it."""

from typing import Any

from installer.answers_rules import Rule


def doc(
    text: str,
    *,
    example: object = None,
    not_yet: tuple[object, ...] = (),
    in_file: bool = True,
    rule: Rule | None = None,
    constant: int | None = None,
) -> dict[str, Any]:
    """Field metadata.

    `not_yet` lists the values refused for now (``...``: all but the default). `rule` holds for
    the text, or for each text of a list. `constant` is the one number that is read.
    """
    return {
        "doc": text,
        "example": example,
        "not_yet": not_yet,
        "in_file": in_file,
        "rule": rule,
        "constant": constant,
    }
