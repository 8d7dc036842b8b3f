"""Text measured in cells, not in letters."""

from textwrap import shorten, wrap

import pytest
from rich.cells import cell_len

from screens.cells import hanging, padded, shortened, wrapped

LATIN = "Write the system image to Root A (/dev/vda3) and Root B (/dev/vda4), both verified"
WIDE = "安装系统 磁盘语言键盘 文件网络安装系统磁盘语言 键盘"


@pytest.mark.parametrize("width", range(19, 90, 7))
def test_latin_is_cut_and_wrapped_as_python_does_it(width: int) -> None:
    assert shortened(LATIN, width) == shorten(LATIN, width, placeholder=" ...")
    assert wrapped(LATIN, width) == wrap(LATIN, width)
    indented = wrap(LATIN, width, initial_indent="  ", subsequent_indent="  ")
    assert wrapped(LATIN, width, indent="  ") == indented


@pytest.mark.parametrize("width", range(9, 60, 5))
def test_wide_letters_take_two_cells(width: int) -> None:
    assert cell_len(shortened(WIDE, width)) <= width
    lines = wrapped(WIDE, width, indent="  ")
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(WIDE.split()), "no letter is lost"
    assert cell_len(padded("安装", width)) == width


def test_nothing_takes_no_line() -> None:
    assert wrapped("", 20, indent="  ") == []
    assert shortened("", 20) == ""


def test_a_row_that_is_too_long_hangs_below_its_first_letter() -> None:
    disk = "/dev/nvme0n1    953 GiB   NVMe  ACME SSD [fast] 1TB"
    assert hanging(disk, 60) == [disk], "columns stay where they are"
    assert hanging(disk, 34) == ["/dev/nvme0n1    953 GiB   NVMe", "ACME SSD [fast] 1TB"]
    assert hanging("    cannot be used: it is read-only", 30) == [
        "    cannot be used: it is",
        "    read-only",
    ]


@pytest.mark.parametrize("width", range(9, 60, 5))
def test_what_hangs_is_never_wider_than_its_room(width: int) -> None:
    for line in (LATIN, WIDE, f"    {LATIN}", f"    {WIDE}"):
        rows = hanging(line, width)
        assert all(cell_len(row) <= width for row in rows)
        assert "".join("".join(rows).split()) == "".join(line.split()), "no letter is lost"


def test_a_line_without_room_for_its_indent_comes_to_an_end() -> None:
    assert "".join("".join(hanging("        ab cd", 4)).split()) == "abcd"
