"""How pydantic reads JSON and YAML into the dataclasses of this package: nothing is guessed."""

from collections.abc import Mapping
from typing import Final

STRICT: Final[Mapping[str, object]] = {
    "strict": True,
    "extra": "forbid",
    "hide_input_in_errors": True,
}
"""For ``__pydantic_config__``: no type is converted (lax mode makes ``"yes"`` true), no unknown key
passes, and an error never repeats its input, which may be a password hash."""
