"""Text from outside moves no cursor."""

from installer.printable import printable, printable_lines


def test_text_from_outside_moves_no_cursor() -> None:
    assert printable("\x1b[2JACME\x07 1\tTB\u202e ") == "?[2JACME? 1 TB?"
    assert printable("one\ntwo\u2028three") == "one two?three"
    assert printable_lines("a\r\n\x1b[1mb\n\n") == "a\n?[1mb"


def test_the_indentation_of_a_line_is_kept() -> None:
    assert printable_lines("mkfs:\n    usage: \x9bK\n") == "mkfs:\n    usage: ?K"
