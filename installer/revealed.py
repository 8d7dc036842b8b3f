"""Values as JSON can hold them, secrets revealed: for memory only, or for values without any."""

import dataclasses
from enum import Enum

from installer.secret import Secret


def revealed(value: object) -> object:
    """`value` as JSON can hold it, dataclasses as objects of their fields."""
    if isinstance(value, Secret):
        return value.reveal()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: revealed(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {revealed(key): revealed(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [revealed(each) for each in value]
    return value
