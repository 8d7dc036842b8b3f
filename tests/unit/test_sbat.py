"""What loaders say of their generations, and which is older."""

import pytest

from installer.sbat import falls_below, generations, generations_in
from tests.tools.made_loader import made_loader

SHIM = "sbat,1,SBAT Version,sbat,1,https://x\nshim,4,UEFI shim,shim,1,https://y\n"


def test_what_a_program_says() -> None:
    assert generations_in(made_loader(SHIM)) == {"sbat": 1, "shim": 4}
    assert generations_in(made_loader(None)) == {}
    assert generations(b"sbat,1,2024010900\nshim,4\ngrub,3\ngrub.debian,4\nodd,x\n\xff\n") == {
        "sbat": 1,
        "shim": 4,
        "grub": 3,
        "grub.debian": 4,
    }


@pytest.mark.parametrize("cut", [0, 1, 0x3C, 0x40, 0x48, 0x60, 0x80])
def test_what_is_no_program_says_nothing(cut: int) -> None:
    assert generations_in(made_loader(SHIM)[:cut]) == {}
    assert generations_in(b"\xff" * cut) == {}


def test_one_that_points_out_of_itself_says_nothing() -> None:
    data = bytearray(made_loader(SHIM))
    data[0x3C:0x40] = b"\xff\xff\xff\x7f"
    assert generations_in(bytes(data)) == {}


@pytest.mark.parametrize(
    ("offered", "floor", "below"),
    [
        ({"shim": 4}, {"shim": 4}, False),
        ({"shim": 3}, {"shim": 4}, True),
        ({"grub": 5, "grub.debian": 4}, {"grub": 5, "grub.debian": 5}, True),
        ({"grub": 5, "grub.ubuntu": 1}, {"grub": 5, "grub.debian": 5}, False),
        ({}, {"shim": 4}, False),
        ({"shim": 4}, {}, False),
    ],
)
def test_which_is_below(offered: dict[str, int], floor: dict[str, int], below: bool) -> None:
    assert falls_below(offered, floor) is below
