"""A QR code in half blocks: two modules in one character cell, which is twice as high as wide."""

from typing import Final

from screens.left_out import left_out

NEEDED_GLYPHS: Final = "▀▄█"
_QUIET: Final = 2
"""Modules around it: ISO/IEC 18004 asks for 4, for which 24 rows are too few; cameras do with 2."""


def qr_rows(text: str) -> tuple[str, ...]:
    """The rows, to be drawn bright on black: blocks are the light modules."""
    # Half of Python's web libraries come with its writers, 3 MiB; it draws nothing here.
    with left_out("segno.writers"):
        import segno

    modules = [list(row) for row in segno.make_qr(text).matrix_iter(border=_QUIET)]
    if len(modules) % 2:
        modules.append([0] * len(modules[0]))
    pairs = zip(modules[::2], modules[1::2], strict=True)
    return tuple(
        "".join(_cell(bool(up), bool(low)) for up, low in zip(upper, lower, strict=True))
        for upper, lower in pairs
    )


def _cell(upper_dark: bool, lower_dark: bool) -> str:
    if upper_dark:
        return " " if lower_dark else "▄"
    return "▀" if lower_dark else "█"
