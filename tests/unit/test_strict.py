"""What is read into a dataclass, and that nothing is guessed of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import pytest
from pydantic_core import ValidationError

from installer.secret import Secret
from installer.strict import read_json


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Part:
    number: int


@dataclass(frozen=True, kw_only=True)
class Whole:
    text: str = ""
    flag: bool = False
    number: int = 0
    share: float = 0.0
    secret: Secret | None = None
    colour: Colour = Colour.RED
    word: Literal["a", "b"] = "a"
    texts: tuple[str, ...] = ()
    more: list[str] = field(default_factory=list)
    by_colour: dict[Colour, str] = field(default_factory=dict)
    part: Part | None = None


@dataclass(frozen=True, kw_only=True)
class Odd:
    kind: bytes | str


def test_all_is_read() -> None:
    document = """{"text": "t", "flag": true, "number": 7, "share": 1.5, "secret": "s",
        "colour": "red", "word": "b", "texts": ["x", "y"], "more": ["z"],
        "by_colour": {"red": "r"}, "part": {"number": 1}}"""
    assert read_json(Whole, document) == Whole(
        text="t",
        flag=True,
        number=7,
        share=1.5,
        secret=Secret("s"),
        colour=Colour.RED,
        word="b",
        texts=("x", "y"),
        more=["z"],
        by_colour={Colour.RED: "r"},
        part=Part(number=1),
    )


def test_what_is_absent_has_its_default_and_lists_are_not_shared() -> None:
    first = read_json(Whole, "{}")
    assert first == Whole()
    first.more.append("x")
    assert read_json(Whole, "{}") == Whole()


@pytest.mark.parametrize(
    ("document", "kind", "place"),
    [
        ('{"text": 1}', "string_type", ("text",)),
        ('{"flag": "yes"}', "bool_type", ("flag",)),
        ('{"flag": 1}', "bool_type", ("flag",)),
        ('{"number": "1"}', "int_type", ("number",)),
        ('{"number": 1.0}', "int_type", ("number",)),
        ('{"number": true}', "int_type", ("number",)),
        ('{"share": "1"}', "float_type", ("share",)),
        ('{"secret": 1}', "string_type", ("secret",)),
        ('{"colour": "blue"}', "enum", ("colour",)),
        ('{"word": "c"}', "literal_error", ("word",)),
        ('{"texts": "x"}', "tuple_type", ("texts",)),
        ('{"texts": ["x", 1]}', "string_type", ("texts", 1)),
        ('{"more": {}}', "list_type", ("more",)),
        ('{"by_colour": {"blue": "x"}}', "enum", ("by_colour", "blue", "[key]")),
        ('{"part": {}}', "missing", ("part", "number")),
        ('{"part": {"number": 1, "other": 2}}', "unexpected_keyword_argument", ("part", "other")),
        ('{"other": 2}', "unexpected_keyword_argument", ("other",)),
        ("{", "json_invalid", ()),
    ],
)
def test_nothing_is_guessed(document: str, kind: str, place: tuple[object, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        read_json(Whole, document)
    assert [(each["type"], each["loc"]) for each in caught.value.errors()] == [(kind, place)]


def test_all_that_is_wrong_is_told_at_once_and_no_value_is_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        read_json(Whole, '{"secret": ["hunter2"], "flag": "hunter2", "texts": "hunter2"}')
    assert caught.value.error_count() == 3
    assert "hunter2" not in str(caught.value)


def test_a_type_that_nobody_has_thought_of_is_a_bug() -> None:
    with pytest.raises(TypeError, match="cannot be read"):
        read_json(Odd, '{"kind": "x"}')
