"""The time zones that this system has, by tzdata's ``zone.tab``."""

from pathlib import Path
from typing import Final

from installer.time_zones import ONLY_UTC, Zone, parse_zones

ZONES: Final = Path("/usr/share/zoneinfo")


def time_zones(folder: Path = ZONES) -> tuple[Zone, ...]:
    """UTC, and those whose file is there; UTC alone where there is no tzdata. 3 ms."""
    try:
        tables = [
            (folder / name).read_text(encoding="utf-8", errors="replace")
            for name in ("zone.tab", "iso3166.tab")
        ]
    except OSError:
        return ONLY_UTC
    utc, *others = parse_zones(*tables)
    return (utc, *(zone for zone in others if (folder / zone.name).is_file()))
