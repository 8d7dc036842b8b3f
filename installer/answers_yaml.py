"""The YAML of an answers file as plain data, with the place of every key and value.

Read is what YAML 1.1 and YAML 1.2 read alike, and less of it: texts, ``true``, ``false``, decimal
whole numbers, lists and mappings. PyYAML by itself takes the last of two equal keys, and reads
``on`` as true, ``022`` as 18 and ``12:30:00`` as 45000.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import yaml

from installer.errors import AnswersError, AnswersInvalid
from installer.text import _

Path = tuple[str | int, ...]

MAX_CHARACTERS: Final = 256 * 1024
"""A file of every key with fifty ssh keys has 40 KiB; PyYAML needs seconds for a megabyte."""
_MAX_DEPTH: Final = 16
"""Answers are three deep; PyYAML's composer calls itself for each level."""
_WHOLE_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER_12: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER_12: Final = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_TAG: Final = "tag:yaml.org,2002:"
ODD: Final = 0.5
"""What stands in the data for a scalar that is not read: no key takes a fraction."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in a file, 1-based."""

    file: str
    line: int = 1
    column: int = 1

    def error(self, what: str, right: str) -> AnswersError:
        """`what` is wrong here, and `right` would be right."""
        return AnswersError(
            file=self.file, line=self.line, column=self.column, what=what, right=right
        )


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A scalar that is refused: how each YAML reads it, and what to write instead."""

    what: str
    right: str
    is_empty: bool = False
    """Whether nothing is written there."""


@dataclass(kw_only=True)
class Document:
    """An answers file as data that JSON can hold."""

    name: str
    words: frozenset[str] = frozenset()
    """Plain scalars that are text here, whatever YAML makes of them."""
    data: object = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    odd: dict[Path, Odd] = field(default_factory=dict)
    errors: list[AnswersError] = field(default_factory=list)

    def key_place(self, path: Path) -> Place:
        """Where a key, or else its nearest parent that the file has, is written."""
        while path and path not in self.keys:
            path = path[:-1]
        return self.keys.get(path, Place(file=self.name))

    def value_place(self, path: Path) -> Place:
        """Where a value, or else its key, is written."""
        return self.values.get(path) or self.key_place(path)


def quoted(value: str) -> str:
    """`value` for an error message: short, on one line, in single quotes."""
    return repr(value if len(value) <= 60 else f"{value[:57]}...")


def read_document(text: str, name: str, words: frozenset[str] = frozenset()) -> Document:
    """The data in `text`; `words` are text there without quotes, as ``off`` is no number or flag.

    Raises AnswersInvalid when it is not one YAML mapping of the plain kind, or has half a
    character: what the rest of such a file means cannot be told. Duplicate keys are in the
    document's `errors`.
    """
    if len(text) > MAX_CHARACTERS:
        what = _("the file has more than {limit} characters").format(limit=MAX_CHARACTERS)
        raise AnswersInvalid((Place(file=name).error(what, _("look whether it is the right one")),))
    try:
        errors = tuple(_structure_errors(text, name))
        node = None if errors else yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise AnswersInvalid((_syntax_error(error, text, name),)) from None
    except (ValueError, OverflowError):
        # PyYAML makes a character of each escape, without a look whether there is one.
        what = _("an escape in it, as \\U00110000, names no character")
        raise AnswersInvalid(
            (Place(file=name).error(what, _("write the character itself")),)
        ) from None
    if errors:
        raise AnswersInvalid(errors)
    document = Document(name=name, words=words)
    if not isinstance(node, yaml.MappingNode):
        what = _("the file is empty") if node is None else _("the file does not consist of keys")
        right = _("write 'version: 1' and the other keys, one a line")
        place = _place(None if node is None else node.start_mark, name)
        raise AnswersInvalid((place.error(what, right),))
    document.data = _mapping(node, (), document)
    return document


class _Mark(Protocol):
    """A mark of PyYAML, of its Python or its C half; 0-based."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


def _place(mark: _Mark | None, name: str) -> Place:
    if mark is None:
        return Place(file=name)
    return Place(file=name, line=mark.line + 1, column=mark.column + 1)


def _structure_errors(text: str, name: str) -> Iterator[AnswersError]:
    """What YAML has and answers do not: it ends at the first thing that makes a tree unsafe."""
    documents = depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = _place(event.start_mark, name)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                yield place.error(
                    _("a second document begins"), _("keep one, and remove the line '---'")
                )
                return
        if isinstance(event, yaml.NodeEvent):
            yield from _node_errors(event, place)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            yield place.error(_("the keys are nested too deeply"), _("use the documented keys"))
            return


def _node_errors(event: yaml.NodeEvent, place: Place) -> Iterator[AnswersError]:
    """Anchors, aliases and tags; not repeated, since a password may begin with their signs."""
    right = _("write the value itself, or put text in quotes")
    if isinstance(event, yaml.AliasEvent):
        yield place.error(_("what begins with * refers to another value"), right)
    elif event.anchor is not None:
        yield place.error(_("what begins with & names a value to be used elsewhere"), right)
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        yield place.error(_("what begins with ! gives a value a type"), right)


def _syntax_error(error: yaml.YAMLError, text: str, name: str) -> AnswersError:
    """PyYAML's error without the excerpt it prints, which may be of a line with a secret."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        place = Place(
            file=name,
            line=before.count("\n") + 1,
            column=error.position - (before.rfind("\n") + 1) + 1,
        )
        code = error.character if isinstance(error.character, int) else ord(error.character)
        what = _("the character U+{code:04X} cannot be in a YAML file").format(code=code)
        return place.error(what, _("remove it"))
    if not isinstance(error, yaml.MarkedYAMLError):
        return Place(file=name).error(_("this is not YAML"), _("see docs/answers.md"))
    place = _place(error.problem_mark or error.context_mark, name)
    problem = error.problem or error.context or ""
    if "'\\t'" in problem:
        return place.error(_("a tab stands where YAML wants blanks"), _("indent with blanks"))
    if "tag" in problem:
        return place.error(
            _("what begins with ! gives a value a type"), _("put the text in quotes")
        )
    return place.error(
        _("this is not YAML: {problem}").format(problem=problem),
        _("look at this line and the one before it: indentation, colons, quotes"),
    )


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, object]:
    data: dict[str, object] = {}
    for key_node, value_node in node.value:
        place = _place(key_node.start_mark, document.name)
        if not isinstance(key_node, yaml.ScalarNode):
            document.errors.append(
                place.error(_("a list or mapping stands as a key"), _("write the name of a key"))
            )
            continue
        key = _whole(key_node.value, place)
        inner = (*path, key)
        if key in data:
            what = _("{key} is given twice, first in line {line}").format(
                key=quoted(key), line=document.keys[inner].line
            )
            document.errors.append(place.error(what, _("remove one of the two")))
            continue
        document.keys[inner] = place
        data[key] = _value(value_node, inner, document)
    return data


def _value(node: yaml.Node, path: Path, document: Document) -> object:
    document.values[path] = _place(node.start_mark, document.name)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*path, index), document) for index, each in enumerate(node.value)]
    if not isinstance(node, yaml.ScalarNode) or not isinstance(node.value, str):
        raise TypeError(f"PyYAML made a {type(node).__name__}")
    return _scalar(node, path, document)


def _scalar(node: yaml.ScalarNode, path: Path, document: Document) -> object:
    text = _whole(node.value, document.values[path])
    if node.style is not None or text in document.words:
        return text
    if text in ("true", "false"):
        return text == "true"
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    old, new = _meaning_in_1_1(node), _meaning_in_1_2(text)
    if old is None and new is None:
        return text
    document.odd[path] = _odd(text, old, new)
    return ODD


def _whole(text: str, place: Place) -> str:
    """`text` with each character in one piece: JSON, which is YAML too, escapes one beyond U+FFFF
    as two halves (RFC 8259, section 7). Raises AnswersInvalid for one half alone."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        what, right = _("half of a character is escaped"), _("write the character itself")
        raise AnswersInvalid((place.error(what, right),)) from None


def _meaning_in_1_1(node: yaml.ScalarNode) -> str | None:
    """What PyYAML, which follows YAML 1.1, makes of a plain scalar; None when it is text."""
    match node.tag.removeprefix(_TAG):
        case "str":
            return None
        case "null":
            return ""
        case "bool":
            return "true" if node.value.lower() in ("y", "yes", "on", "true") else "false"
        case "int":
            return _number_in_1_1(node.value)
        case "timestamp":
            return _("a date")
        case _:
            return _("a number")


def _number_in_1_1(text: str) -> str:
    try:
        return str(yaml.safe_load(text))
    except ValueError:
        return _("a number")


def _meaning_in_1_2(text: str) -> str | None:
    """What the core schema of YAML 1.2 (section 10.3.2) makes of it; None when it is text."""
    if text in ("", "~", "null", "Null", "NULL"):
        return ""
    if text in ("True", "TRUE", "False", "FALSE"):
        return text.lower()
    if _INTEGER_12.fullmatch(text):
        return str(int(text) if text.lstrip("+-").isdigit() else int(text, 0))
    return _("a number") if _NUMBER_12.fullmatch(text) else None


def _odd(text: str, old: str | None, new: str | None) -> Odd:
    if old == new == "":
        what, right = _("there is no value"), _("write one, or leave the key out")
        return Odd(what=what, right=right, is_empty=True)
    as_text = json.dumps(text, ensure_ascii=False)
    plain = next(
        (each for each in (new, old) if each and re.fullmatch(r"true|false|-?\d+", each)), None
    )
    right = _("write {text}").format(text=as_text)
    if plain is not None:
        right = _("write {plain} or {text}").format(plain=plain, text=as_text)
    if old == new:
        return Odd(
            what=_("{text} is {meaning}").format(text=quoted(text), meaning=old), right=right
        )
    what = _("{text} is {new} in YAML 1.2 and {old} in YAML 1.1").format(
        text=quoted(text), new=new or _("text"), old=old or _("text")
    )
    return Odd(what=what, right=right)
