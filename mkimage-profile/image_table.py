"""Times and sizes of every image, as the table in README.md: ``./dev build table``."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from bases import Base  # noqa: E402
from build import build, build_base  # noqa: E402
from build_times import note_measured, seconds_of  # noqa: E402
from installer import VERSION  # noqa: E402
from layers import CACHE, one_build_at_a_time  # noqa: E402
from measuring import forget, measured  # noqa: E402
from recipe import Kind, Weight  # noqa: E402
from remix_build import Build, read_folder  # noqa: E402
from stoppable import stoppable  # noqa: E402

DOCUMENT: Final = HERE.parent / "README.md"
BEGIN: Final = "<!-- images: ./dev build table --write -->"
END: Final = "<!-- end of images -->"
HEAD: Final = ("| image | made by | size | from nothing |", "|---|---|---|---|")
EXAMPLES: Final = HERE.parent / "examples"


def _remix(name: str) -> Path:
    return Build(read_folder(EXAMPLES / name)).image()[0]


IMAGES: Final[Mapping[str, tuple[str, Callable[[], Path]]]] = {
    "live": ("./dev build live", lambda: build(Kind.LIVE, Weight.VM, VERSION)),
    "system": ("./dev build system", lambda: build(Kind.SYSTEM, Weight.VM, VERSION)),
    "live-generic": (
        "./dev build live --weight generic",
        lambda: build(Kind.LIVE, Weight.GENERIC, VERSION),
    ),
    "system-generic": (
        "./dev build system --weight generic",
        lambda: build(Kind.SYSTEM, Weight.GENERIC, VERSION),
    ),
    "alpine": (
        "./dev build system --base alpine",
        lambda: build_base(Base.ALPINE, Weight.VM, VERSION),
    ),
    "debian-12": (
        "./dev build system --base debian-12",
        lambda: build_base(Base.DEBIAN_12, Weight.VM, VERSION),
    ),
    "hello": ("./dev remix examples/hello", lambda: _remix("hello")),
    "hello-alpine": ("./dev remix examples/hello-alpine", lambda: _remix("hello-alpine")),
    "desktop": ("./dev remix examples/desktop", lambda: _remix("desktop")),
}


def row(name: str, command: str, size_bytes: int, seconds: float | None) -> str:
    """One image's line."""
    took = "" if seconds is None else f"{seconds / 60:.1f} min"
    return f"| {name} | `{command}` | {size_bytes / 2**20:.0f} MiB | {took} |"


def put_rows(text: str, rows: Mapping[str, str]) -> str:
    """The document with these lines in its table; those of other images stay as they are.

    Raises ValueError: there is no such table.
    """
    before, begin, rest = text.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no table between {BEGIN} and {END}")
    there = {line.split("|")[1].strip(): line for line in table.splitlines() if line.count("|") > 3}
    both = {**there, **rows}
    lines = (*HEAD, *(both[name] for name in IMAGES if name in both))
    return f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}"


def main() -> None:
    """Command line. Images come from the cache where they are there, and so do their times."""
    parser = argparse.ArgumentParser(prog="./dev build table", description=__doc__)
    parser.add_argument("image", nargs="*", help=f"of {', '.join(IMAGES)}; all by default")
    parser.add_argument("--write", action="store_true", help="into README.md")
    parser.add_argument(
        "--measure", action="store_true", help="build once more what nobody has timed"
    )
    parser.add_argument("--seconds", action="store_true", help="only what it took")
    options = parser.parse_args()
    names: list[str] = options.image or list(IMAGES)
    if strange := [name for name in names if name not in IMAGES]:
        parser.error(f"there is no {', '.join(strange)}; there are {', '.join(IMAGES)}")
    with stoppable():
        _tell(names, options)


def _tell(names: Sequence[str], options: argparse.Namespace) -> None:
    for name in names:
        with one_build_at_a_time():
            image = IMAGES[name][1]()
            size, seconds = image.stat().st_size, seconds_of(image)
        if options.seconds:
            print(seconds)
            continue
        if seconds is None and options.measure:
            # Others may build meanwhile: it has a cache of its own.
            seconds = measured(CACHE, Path(__file__), name)
            note_measured(image, seconds)
        line = row(name, IMAGES[name][0], size, seconds)
        print(line, flush=True)
        if options.write:
            # At once: all of them take an hour, and may be stopped.
            DOCUMENT.write_text(put_rows(DOCUMENT.read_text(), {name: line}))
    if options.measure:
        forget(CACHE)


if __name__ == "__main__":
    main()
