"""The JSON Schema (draft 2020-12) of an answers file, for ``atomos-install schema`` and editors.

It takes what the loader takes today: values of a later release are not in it, and what they will
be is said in the descriptions.
"""

from typing import Final

from installer.answers import Answers, Keep, LayoutKind
from installer.answers_connection import NetworkMethod, WifiSecurity
from installer.answers_keys import Key, Kind, exactly_one, keys_of
from installer.answers_network import OF_STATIC, OF_WIFI
from installer.answers_rules import Rule

Schema = dict[str, object]

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {
    Kind.TEXT: "string",
    Kind.SECRET: "string",
    Kind.CHOICE: "string",
    Kind.FLAG: "boolean",
    Kind.NUMBER: "integer",
    Kind.LIST: "array",
}


def json_schema() -> Schema:
    """The schema as data that `json.dumps` takes."""
    return {
        "$schema": _DRAFT,
        "title": "AtomOS answers",
        **_part_schema(Answers),
        "allOf": _together(),
    }


def _together() -> list[Schema]:
    """What keys ask of each other (`installer.answers_together`)."""
    kept = [each.value for each in Keep if each is not Keep.NOTHING]
    keeps: Schema = {"required": ["keep"], "properties": {"keep": {"enum": kept}}}
    plain: Schema = {"properties": {"layout": {"const": LayoutKind.PLAIN.value}}}
    encrypted: Schema = {
        "required": ["layout"],
        "properties": {"layout": {"const": LayoutKind.ENCRYPTED.value}},
    }
    given: list[Schema] = [
        {"anyOf": [encrypted, keeps, {"not": {"required": [name]}}]}
        for name in ("passphrase_file", "header_backup")
    ]
    return [
        {"anyOf": [{"required": ["user"]}, keeps]},
        {"anyOf": [plain, {"required": ["passphrase_file"]}]},
        *given,
        {"properties": {"network": {"allOf": _together_in_network()}}},
    ]


def _together_in_network() -> list[Schema]:
    """The same of the keys below `network` (`installer.answers_network`)."""
    static, is_open = (
        {"required": [name], "properties": {name: {"const": value.value}}}
        for name, value in (("method", NetworkMethod.STATIC), ("security", WifiSecurity.OPEN))
    )
    wifi: Schema = {"required": ["ssid"]}
    secret: Schema = {"required": ["passphrase_file"]}
    without: list[Schema] = [
        {"anyOf": [wanted, {"not": {"required": [name]}}]}
        for wanted, names in ((static, OF_STATIC), (wifi, OF_WIFI))
        for name in names
    ]
    return [
        {"anyOf": [{"not": static}, {"required": ["address"]}]},
        {"anyOf": [{"not": wifi}, is_open, secret]},
        {"not": {"allOf": [is_open, secret]}},
        *without,
    ]


def _part_schema(part: type) -> Schema:
    keys = keys_of(part)
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _key_schema(key) for key in keys},
        "required": [key.name for key in keys if key.required],
    }
    names = exactly_one(part)
    if names:
        schema["oneOf"] = [_given(key) for key in keys if key.name in names]
    return schema


def _given(key: Key) -> Schema:
    """That a key is given; a flag that is false is as good as absent."""
    given: Schema = {"required": [key.name]}
    if key.kind is Kind.FLAG:
        given["properties"] = {key.name: {"const": True}}
    return given


def _key_schema(key: Key) -> Schema:
    schema: Schema = {"description": _description(key)}
    if key.kind is Kind.PART:
        return schema | _part_schema(key.type)
    if key.is_later and key.kind is not Kind.LIST:
        return schema | {"not": {}}
    schema["type"] = _TYPES[key.kind]
    if key.kind is Kind.LIST:
        schema["items"] = {"type": "string"} | _pattern(key.rule)
        if key.is_later:
            schema["maxItems"] = 0
    elif key.kind is Kind.CHOICE:
        schema["enum"] = list(key.choices)
    elif key.constant is not None:
        schema["const"] = key.constant
    else:
        schema |= _pattern(key.rule)
    if key.default is not None and not key.required:
        schema["default"] = list(key.default) if isinstance(key.default, tuple) else key.default
    if key.example is not None and not key.is_later:
        schema["examples"] = [key.example]
    return schema


def _pattern(rule: Rule | None) -> Schema:
    return {} if rule is None else {"pattern": f"^(?:{rule.pattern})$"}


def _description(key: Key) -> str:
    if key.is_later:
        return f"Not yet: {key.doc}"
    if key.later_choices:
        return f"{key.doc} Not yet: {', '.join(key.later_choices)}."
    return key.doc
