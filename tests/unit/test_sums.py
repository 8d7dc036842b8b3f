"""SHA256SUMS, and the choice of the release in it."""

import pytest

from installer.errors import Refused
from installer.sums import choose, newer_ones, parse_sums

A, B = "a" * 64, "B" * 64


def refusal(text: str) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        parse_sums(text)
    return tuple(each.what for each in refused.value.problems)


def images(*versions: str, architecture: str = "x86-64") -> dict[str, str]:
    return {f"atomos_{version}_{architecture}.squashfs": A for version in versions}


def test_text_and_binary_lines_are_read() -> None:
    assert parse_sums(f"{A}  one\n\n{B} *two words\n") == {"one": A, "two words": B.lower()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{A}  one\n{A}  one\n", "line 2 names one a second time"),
        (f"{A}  ../one\n", "line 1 names a path, ../one"),
        (f"{A}  dir/one\n", "line 1 names a path, dir/one"),
        (f"{A}  ..\n", "line 1 names a path, .."),
        (f"{A[1:]}  one\n", "line 1 is not a checksum line"),
        ("<html>not found</html>\n", "line 1 is not a checksum line"),
        ("", "it is empty"),
    ],
)
def test_what_is_wrong_is_told(text: str, words: str) -> None:
    (what,) = refusal(text)
    assert what == f"SHA256SUMS is not valid: {words}."


def test_all_bad_lines_are_told_at_once() -> None:
    assert len(refusal(f"x\n{A}  a/b\n{A}  c\n{A}  c\n")) == 3


def test_the_newest_for_the_architecture_is_chosen() -> None:
    sums = images("1.9", "1.10", "1.10~rc1") | images("2.0", architecture="arm64")
    chosen = choose(sums, "x86-64", None)
    assert chosen.image == "atomos_1.10_x86-64.squashfs"


def test_the_newest_that_is_not_passed_over_is_chosen() -> None:
    sums = images("1.1", "1.2", "2.0", "2.1")
    assert choose(sums, "x86-64", None, ("2.0", "2.1", "9")).version == "1.2"
    assert newer_ones(sums, "x86-64", "1.2") == ("2.1", "2.0")
    assert choose(sums, "x86-64", "2.0", ("2.0",)).version == "2.0", "it was asked for by name"
    assert choose(images("2.0", "2.1"), "x86-64", None, ("2.0", "2.1")).version == "2.1"


def test_the_version_asked_for_is_chosen() -> None:
    assert choose(images("1.9", "1.10"), "x86-64", "1.9").version == "1.9"


@pytest.mark.parametrize(
    ("sums", "version", "what", "way_out"),
    [
        ({"other": A}, None, "no system image", "Check the address"),
        (images("1", architecture="arm64"), None, "no image for x86-64, only for arm64", "Use"),
        (images("1.0", "2.0"), "3.0", "no version 3.0 for x86-64", "one of these: 1.0, 2.0"),
    ],
)
def test_what_is_on_offer_instead_is_told(
    sums: dict[str, str], version: str | None, what: str, way_out: str
) -> None:
    with pytest.raises(Refused) as refused:
        choose(sums, "x86-64", version)
    (problem,) = refused.value.problems
    assert what in problem.what
    assert way_out in problem.way_out
