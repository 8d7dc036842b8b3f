"""Names that this system's tzdata and xkb-data have. Everything is read; nothing is written."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.time_zones import ZONES
from installer.known_names import KnownNames

LAYOUTS: Final = Path("/usr/share/X11/xkb/rules/base.lst")
_MAGIC: Final = b"TZif"
"""A file of a time zone begins with it (RFC 9636, section 3.1); others lie beside them."""
_NO_PLACES: Final = ("posix", "right", "posixrules", "localtime")


def known_names(zones: Path = ZONES, layouts: Path = LAYOUTS) -> KnownNames:
    """All of them, those with an old name too; none of what this system does not have. 30 ms."""
    return KnownNames(zones=frozenset(_zones(zones)), layouts=frozenset(_layouts(layouts)))


def _zones(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        name = file.relative_to(folder)
        if name.parts[0] in _NO_PLACES or not file.is_file():
            continue
        with contextlib.suppress(OSError), file.open("rb") as opened:
            if opened.read(len(_MAGIC)) == _MAGIC:
                yield str(name)
    # Old names, whose files may be a package of their own (Debian 13: tzdata-legacy), and which the
    # image may have all the same: "L target name" (zic(8)).
    with contextlib.suppress(OSError):
        lines = (folder / "tzdata.zi").read_text(encoding="utf-8", errors="replace").splitlines()
        yield from (line.split()[2] for line in lines if line.startswith("L "))


def _layouts(file: Path) -> Iterator[str]:
    """Of the section ``! layout``: a name and what it is called on each line (xkeyboard-config)."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    section = ""
    for line in text.splitlines():
        words = line.split()
        if line.startswith("!"):
            section = words[1]
        elif words and section == "layout":
            yield words[0]
