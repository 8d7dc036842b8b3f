"""The matrix under another kernel, without pytest: ``python3 -m tests.faults.in_machine``.

Prints one line for each result, which begins with `MARK`, and what it does on others.
"""

import argparse
import functools
import os
import time
from pathlib import Path
from typing import Final

from installer.__main__ import NEEDED_TOOLS
from installer.identifiers import Identifiers
from tests.faults.bench import Supplies
from tests.faults.chain import Chain
from tests.faults.choice import chosen, not_applicable
from tests.faults.ground_mapper import MapperGrounds
from tests.faults.layouts import LAYOUTS
from tests.faults.results import Result
from tests.faults.rig import Rig
from tests.faults.tally import summary

MARK: Final = "FAULT "
PATIENCE: Final = 300.0
"""Seconds for one start; the whole installation takes a tenth of it on an idle machine."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.faults.in_machine")
    parser.add_argument("--release", type=Path, required=True, help="release directory")
    parser.add_argument("--older", type=Path, required=True, help="another one, to be kept over")
    parser.add_argument("--newest", type=Path, required=True, help="a newer version, to update to")
    parser.add_argument("--folder", type=Path, required=True, help="where images are made")
    parser.add_argument("--layout", action="append", choices=list(map(str, LAYOUTS)))
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    began = time.monotonic()
    results: list[Result] = []

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    def tell(result: Result) -> None:
        results.append(result)
        say(summary(results))
        print(f"{MARK}{result.to_line()}", flush=True)

    older, newer, newest = (
        Supplies(
            release=folder.as_uri(),
            loaders=Path("/"),
            identifiers=Identifiers.draw(),
            needed=NEEDED_TOOLS,
            patience=PATIENCE,
        )
        for folder in (arguments.older, arguments.release, arguments.newest)
    )
    rig = Rig(
        folder=arguments.folder,
        grounds=MapperGrounds(),
        supplies=newer,
        older=older,
        newest=newest,
        has_stick=True,
        say=say,
    )
    for layout in LAYOUTS:
        if str(layout) not in (arguments.layout or ()):
            continue
        reference = rig.reference(layout)
        if arguments.everything:
            for result in not_applicable(reference):
                tell(result)
        Chain(
            make_bench=functools.partial(rig.bench, layout),
            reference=reference,
            look=rig.look,
            seed=arguments.seed,
            tell=tell,
            say=say,
        ).run(chosen(layout, reference, everything=arguments.everything, seed=arguments.seed))
    say(f"the end: {summary(results)}")


if __name__ == "__main__":
    os.umask(0o077)
    main()
