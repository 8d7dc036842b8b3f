"""The order of versions: the examples of the UAPI Version Format Specification."""

import pytest

from installer.version import compare, version_key

RISING = (
    "122.1",
    "123~rc1-1",
    "123",
    "123-a",
    "123-a.1",
    "123-1",
    "123-1.1",
    "123^post1",
    "123.a-1",
    "123.1-1",
    "123a-1",
    "124-1",
)


def test_the_specification_s_own_order_holds_between_any_two() -> None:
    for place, left in enumerate(RISING):
        for other, right in enumerate(RISING):
            assert compare(left, right) == (place > other) - (place < other), (left, right)


@pytest.mark.parametrize(
    ("left", "order", "right"),
    [
        ("11", 0, "11"),
        ("systemd-123", 0, "systemd-123"),
        ("bar-123", -1, "foo-123"),
        ("123a", 1, "123"),
        ("123.a", 1, "123"),
        ("123.a", -1, "123.b"),
        ("123a", 1, "123.a"),
        ("11α", 0, "11β"),
        ("B", -1, "a"),
        ("", -1, "0"),
        ("0.", 1, "0"),
        ("0.0", 1, "0"),
        ("0", 1, "~"),
        ("", 1, "~"),
        ("1_", 0, "1"),
        ("_1", 0, "1"),
        ("1_", -1, "1.2"),
        ("1_2_3", 1, "1.3.3"),
        ("1+2+3", 1, "1.3.3"),
        ("00123", 0, "123"),
        ("1.10", 1, "1.9"),
    ],
)
def test_the_specification_s_pairs(left: str, order: int, right: str) -> None:
    assert compare(left, right) == order
    assert compare(right, left) == -order


def test_the_key_finds_the_newest() -> None:
    assert max(["1.9", "1.10~rc1", "1.10", "1.2"], key=version_key) == "1.10"
