"""How pydantic reads JSON and YAML into the dataclasses of this package: nothing is guessed."""

import functools
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Kind = TypeVar("_Kind")

STRICT: Final[Mapping[str, object]] = {
    "strict": True,
    "extra": "forbid",
    "hide_input_in_errors": True,
}
"""For ``__pydantic_config__``: no type is converted (lax mode makes ``"yes"`` true), no unknown key
passes, and an error never repeats its input, which may be a password hash."""


def read_json(kind: type[_Kind], document: str | bytes) -> _Kind:
    """The `kind` that is written there. Raises pydantic's ValidationError, a ValueError."""
    return cast(_Kind, _adapter(cast(Hashable, kind)).validate_json(document))


@functools.cache
def _adapter(kind: Hashable) -> "TypeAdapter[object]":
    """Kept: to make one takes 20 ms, and an installation looks at the same journal four times."""
    # Not before it is needed: pydantic takes 140 ms to import.
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
