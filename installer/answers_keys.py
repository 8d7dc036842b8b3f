"""The keys of an answers file, as the dataclasses say them, for loader, schema and page."""

import dataclasses
import types
import typing
from dataclasses import dataclass
from enum import StrEnum

from installer.answers_rules import Rule
from installer.secret import Secret


class Kind(StrEnum):
    """What a key holds."""

    TEXT = "text"
    SECRET = "secret"
    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"
    PART = "part"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key: its name, what it holds, and what its field says about it."""

    name: str
    kind: Kind
    type: type
    """The class of the value; of a list, the class of its items."""
    required: bool
    default: object
    doc: str
    example: object
    in_file: bool
    rule: Rule | None
    constant: int | None
    not_yet: tuple[object, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a choice that work today."""
        if not issubclass(self.type, StrEnum):
            return ()
        return tuple(each.value for each in self.type if each not in self.not_yet)

    @property
    def later_choices(self) -> tuple[str, ...]:
        """The values of a choice that a later release will take."""
        return tuple(str(each) for each in self.not_yet if each is not ...)

    @property
    def is_later(self) -> bool:
        """Whether the whole key waits for a later release."""
        return ... in self.not_yet


def all_keys(part: type) -> tuple[Key, ...]:
    """The fields of a dataclass of installer.answers, in their order, as keys."""
    if not dataclasses.is_dataclass(part):
        raise TypeError(f"{part!r} is not a dataclass")
    hints = typing.get_type_hints(part)
    return tuple(_key(each, hints[each.name]) for each in dataclasses.fields(part))


def keys_of(part: type) -> tuple[Key, ...]:
    """The keys that a file may hold: not those that only a screen fills."""
    return tuple(key for key in all_keys(part) if key.in_file)


def exactly_one(part: type) -> tuple[str, ...]:
    """Names of the keys of which just one is to be given; empty where there is no such choice."""
    names: tuple[str, ...] = getattr(part, "EXACTLY_ONE", ())
    return names


def _key(field: "dataclasses.Field[object]", hint: object) -> Key:
    kind, cls = _kind(hint)
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return Key(
        name=field.name,
        kind=kind,
        type=cls,
        required=default is dataclasses.MISSING,
        default=None if default is dataclasses.MISSING else default,
        doc=field.metadata["doc"],
        example=field.metadata["example"],
        in_file=field.metadata["in_file"],
        rule=field.metadata["rule"],
        constant=field.metadata["constant"],
        not_yet=field.metadata["not_yet"],
    )


def _kind(hint: object) -> tuple[Kind, type]:
    if typing.get_origin(hint) is types.UnionType:
        hint = next(each for each in typing.get_args(hint) if each is not type(None))
    if typing.get_origin(hint) is tuple:
        return Kind.LIST, typing.get_args(hint)[0]
    if not isinstance(hint, type):
        raise TypeError(f"{hint!r} is no type of an answers key")
    if dataclasses.is_dataclass(hint):
        return Kind.PART, hint
    if issubclass(hint, StrEnum):
        return Kind.CHOICE, hint
    return {str: Kind.TEXT, bool: Kind.FLAG, int: Kind.NUMBER, Secret: Kind.SECRET}[hint], hint
