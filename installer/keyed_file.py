"""YAML read into dataclasses whose fields are its keys, with all that is wrong in it at once.

The answers file is one, `remix.yaml` another. What a field says of itself is in its metadata
(`installer.answers_metadata`).
"""

import difflib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from installer.answers_keys import Key, Kind, all_keys, exactly_one, keys_of
from installer.answers_yaml import Document, Place, quoted
from installer.answers_yaml import Path as KeyPath
from installer.errors import AnswersError, AnswersInvalid
from installer.strict import read_json
from installer.text import _

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_Part = TypeVar("_Part")
NO_TEXT: Final = ("on", "off", "yes", "no")
"""Words that are text for YAML 1.2, and true or false for YAML 1.1: they take quotes."""


def decode_text(data: bytes, name: str) -> str:
    """The text in a file's bytes. Raises AnswersInvalid when it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        place = Place(file=name, line=line, column=column)
        wrong = place.error(_("the file is not in UTF-8"), _("save it with that encoding"))
        raise AnswersInvalid((wrong,)) from None


def read_keys(
    root: type[_Part], document: Document, data: object, *, may_lack: bool = False
) -> tuple[_Part | None, list[AnswersError]]:
    """What `data` says, and every error of the document. None when there are errors of shape.

    `data` is the document's own, or that filled up; `may_lack`: of keys of which one is to be given
    there may be none.
    """
    read, details = _validated(root, data)
    errors = [*document.errors, *(_shape_error(root, document, each) for each in details)]
    failed = frozenset(_known_path(each) for each in details)
    errors.extend(_rule_errors(root, document, document.data, root, (), failed, may_lack=may_lack))
    return read, errors


def valid(read: _Part | None, errors: list[AnswersError]) -> _Part:
    """`read`, where there are no errors. Raises AnswersInvalid with them, in the file's order."""
    if errors or read is None:
        ordered = sorted(errors, key=lambda each: (each.line, each.column))
        raise AnswersInvalid(tuple(ordered))
    return read


def _validated(root: type[_Part], data: object) -> "tuple[_Part | None, list[ErrorDetails]]":
    """The checked dataclass, or what pydantic finds wrong with the types and names.

    JSON is the way in because pydantic's strict mode takes texts for enums, lists for tuples and
    mappings for dataclasses from JSON only.
    """
    from pydantic_core import ValidationError

    try:
        return read_json(root, json.dumps(data)), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False, include_context=False)


def _known_path(details: "ErrorDetails") -> KeyPath:
    return tuple(details["loc"])


def _part_at(root: type, path: KeyPath) -> type:
    """The dataclass that holds the key at the end of `path`."""
    part = root
    for name in path[:-1]:
        key = next(each for each in all_keys(part) if each.name == name)
        if key.kind is not Kind.PART:
            break
        part = key.type
    return part


def _key_at(root: type, path: KeyPath) -> Key:
    """The key that `path` leads to; for an item of a list, the key of the list."""
    names = path[:-1] if isinstance(path[-1], int) else path
    return next(each for each in all_keys(_part_at(root, names)) if each.name == names[-1])


def _shape_error(root: type, document: Document, details: "ErrorDetails") -> AnswersError:
    path = _known_path(details)
    if details["type"] == "unexpected_keyword_argument":
        return _unknown_key(root, document, path)
    key = _key_at(root, path)
    if details["type"] == "missing":
        what = _("{key} is missing").format(key=quoted(_dotted(path)))
        return document.key_place(path).error(what, _("add it: {doc}").format(doc=key.doc))
    return _wrong_type(document, path, key)


def _dotted(path: KeyPath) -> str:
    return ".".join(str(each) for each in path)


def _unknown_key(root: type, document: Document, path: KeyPath) -> AnswersError:
    names = [key.name for key in keys_of(_part_at(root, path))]
    near = difflib.get_close_matches(str(path[-1]), names, n=1)
    right = _("the keys here are {names}").format(names=", ".join(names))
    if near:
        right = _("did you mean {name}?").format(name=quoted(near[0]))
    what = _("there is no key {key}").format(key=quoted(_dotted(path)))
    return document.key_place(path).error(what, right)


def _wrong_type(document: Document, path: KeyPath, key: Key) -> AnswersError:
    place = document.value_place(path)
    odd = document.odd.get(path)
    if key.kind is Kind.SECRET:
        return place.error(
            _("{key} is not text").format(key=quoted(_dotted(path))), _("put it in single quotes")
        )
    if odd is not None and (key.kind is not Kind.PART or odd.is_empty):
        # Of `off` for a choice, false would be no way out.
        right = _wanted(key, wants_text=False) if key.kind is Kind.CHOICE else odd.right
        return place.error(odd.what, right)
    value = _value_at(document.data, path)
    wants_text = key.kind is Kind.TEXT or (key.kind is Kind.LIST and isinstance(path[-1], int))
    if wants_text and isinstance(value, bool | int):
        plain = json.dumps(value)
        what = _("{value} is not text").format(value=plain)
        return place.error(what, _("write {text}").format(text=json.dumps(plain)))
    # Where a mapping belongs, a text may be anything, a password too: it is not repeated.
    kind = _("text") if key.kind is Kind.PART and isinstance(value, str) else _kind_of(value)
    what = _("{key} cannot be {kind}").format(key=quoted(_dotted(path)), kind=kind)
    return place.error(what, _wanted(key, wants_text))


def _value_at(data: Any, path: KeyPath) -> object:
    for step in path:
        data = data[step]
    return data


def _kind_of(value: object) -> str:
    if isinstance(value, str):
        return _("the text {value}").format(value=quoted(value))
    if isinstance(value, bool):
        return _("true or false")
    if isinstance(value, list):
        return _("a list")
    return _("a mapping") if isinstance(value, dict) else _("a number")


def _wanted(key: Key, wants_text: bool) -> str:
    if wants_text:
        return _("write text")
    match key.kind:
        case Kind.FLAG:
            return _("write true or false")
        case Kind.NUMBER:
            return _("write a whole number")
        case Kind.CHOICE:
            choices = [json.dumps(each) if each in NO_TEXT else each for each in key.choices]
            return _("write {choices}").format(choices=_(" or ").join(choices))
        case Kind.LIST:
            return _("write a list, each item on a line that begins with '- '")
        case _:
            names = ", ".join(each.name for each in keys_of(key.type))
            return _("write its keys below it, indented: {names}").format(names=names)


def _rule_errors(
    root: type,
    document: Document,
    data: object,
    part: type,
    path: KeyPath,
    failed: frozenset[KeyPath],
    *,
    may_lack: bool,
) -> Iterator[AnswersError]:
    """What the types cannot tell, for every value whose type is right."""
    if not isinstance(data, dict):
        return
    for key in all_keys(part):
        inner = (*path, key.name)
        if key.name not in data or inner in failed:
            continue
        value = data[key.name]
        if not key.in_file:
            yield _unknown_key(root, document, inner)
        elif key.kind is Kind.PART:
            yield from _rule_errors(
                root, document, value, key.type, inner, failed, may_lack=may_lack
            )
        else:
            yield from _value_errors(document, key, value, inner, failed)
    yield from _choice_errors(document, data, part, path, may_lack=may_lack)


def _value_errors(
    document: Document, key: Key, value: object, path: KeyPath, failed: frozenset[KeyPath]
) -> Iterator[AnswersError]:
    later = _later(key, value, path)
    if later is not None:
        yield document.value_place(path).error(*later)
    if key.constant is not None and value != key.constant:
        yield document.value_place(path).error(
            _("{key} {value} is not one that this installer reads").format(
                key=key.name, value=value
            ),
            _("write {value}").format(value=key.constant),
        )
    texts = (
        [((*path, index), each) for index, each in enumerate(value)]
        if isinstance(value, list)
        else [(path, value)]
    )
    for place, text in texts:
        rule = key.rule
        if rule and place not in failed and isinstance(text, str) and not rule.allows(text):
            what = _(rule.what).format(value=quoted(text))
            yield document.value_place(place).error(what, _(rule.right))


def _later(key: Key, value: object, path: KeyPath) -> tuple[str, str] | None:
    """The words for a value that a later release will take."""
    if key.is_later and value != [] and value != key.default:
        return (
            _("{key} does not work yet").format(key=quoted(_dotted(path))),
            _("leave it out for now"),
        )
    if value in key.later_choices:
        return (
            _("{key} {value} does not work yet").format(key=key.name, value=quoted(str(value))),
            _("write {choices} for now").format(choices=_(" or ").join(key.choices)),
        )
    return None


def _choice_errors(
    document: Document, data: dict[str, object], part: type, path: KeyPath, *, may_lack: bool
) -> Iterator[AnswersError]:
    """Of some keys just one is to be given; ``only: false`` is as good as none."""
    names = exactly_one(part)
    given = [name for name in names if data.get(name, False) is not False]
    if not names or len(given) == 1 or (may_lack and not given):
        return
    what = _("{key} has none of {names}").format(key=quoted(_dotted(path)), names=", ".join(names))
    if given:
        *others, last = given
        what = _("{key} has both {names} and {last}").format(
            key=quoted(_dotted(path)), names=", ".join(others), last=last
        )
    yield document.key_place(path).error(what, _("write exactly one of them"))
