"""Text measured in cells, not in letters."""

from textwrap import shorten, wrap

import pytest
from rich.cells import cell_len

from screens.cells import padded, shortened, wrapped

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
