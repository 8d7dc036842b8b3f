"""How JSON and YAML are read into the dataclasses of this package: nothing is guessed.

The reading is pydantic-core's. What it is to read is told it here, from the types of the fields:
pydantic's own way from a dataclass to that takes 10 MiB and 110 ms.
"""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Hashable
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar, cast

from installer.secret import Secret

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator
    from pydantic_core.core_schema import CoreConfig, CoreSchema, DataclassField

_Kind = TypeVar("_Kind")

_STRICT: Final["CoreConfig"] = {
    "strict": True,
    "extra_fields_behavior": "forbid",
    "hide_input_in_errors": True,
}
"""No type is converted (lax mode makes ``"yes"`` true), no unknown key passes, and an error never
repeats its input, which may be a password hash."""


def read_json(kind: type[_Kind], document: str | bytes) -> _Kind:
    """The `kind`, a dataclass, that is written there.

    Raises pydantic_core's ValidationError, a ValueError, with all that is wrong.
    """
    return cast(_Kind, _validator(cast(Hashable, kind)).validate_json(document))


@functools.cache
def _validator(kind: Hashable) -> "SchemaValidator":
    """Kept: an installation looks at the same journal four times."""
    # Not before it is needed: it takes 30 ms to import.
    from pydantic_core import SchemaValidator

    return SchemaValidator(_dataclass(cast(type, kind)), _STRICT)


def _schema(hint: object) -> "CoreSchema":
    """What may stand where a field has this type. Raises TypeError for a type that is not known."""
    from pydantic_core import core_schema as core

    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType and inner[1:] == (types.NoneType,):
        return core.nullable_schema(_schema(inner[0]))
    if origin is typing.Literal:
        return core.literal_schema(list(inner))
    if origin is tuple and inner[1:] == (...,):
        return core.tuple_schema([_schema(inner[0])], variadic_item_index=0)
    if origin is list:
        return core.list_schema(_schema(inner[0]))
    if origin is dict:
        return core.dict_schema(_schema(inner[0]), _schema(inner[1]))
    if not isinstance(hint, type):
        raise TypeError(f"{hint!r} cannot be read")
    return _dataclass(hint) if dataclasses.is_dataclass(hint) else _single(hint)


def _single(kind: type) -> "CoreSchema":
    from pydantic_core import core_schema as core

    if kind is Secret:
        return core.no_info_after_validator_function(Secret, core.str_schema())
    if issubclass(kind, StrEnum):
        return core.enum_schema(kind, list(kind), sub_type="str")
    plain: dict[type, Callable[[], CoreSchema]] = {
        str: core.str_schema,
        bool: core.bool_schema,
        int: core.int_schema,
        float: core.float_schema,
    }
    if kind not in plain:
        raise TypeError(f"{kind!r} cannot be read")
    return plain[kind]()


def _dataclass(kind: type) -> "CoreSchema":
    from pydantic_core import core_schema as core

    hints = typing.get_type_hints(kind)
    fields = [each for each in dataclasses.fields(kind) if each.init]
    read = core.dataclass_args_schema(
        kind.__name__, [_field(each, _schema(hints[each.name])) for each in fields]
    )
    names = [each.name for each in fields]
    return core.dataclass_schema(
        kind, read, names, post_init=hasattr(kind, "__post_init__"), config=_STRICT
    )


def _field(field: "dataclasses.Field[object]", schema: "CoreSchema") -> "DataclassField":
    from pydantic_core import core_schema as core

    if field.default_factory is not dataclasses.MISSING:
        schema = core.with_default_schema(schema, default_factory=field.default_factory)
    elif field.default is not dataclasses.MISSING:
        schema = core.with_default_schema(schema, default=field.default)
    return core.dataclass_field(field.name, schema)
