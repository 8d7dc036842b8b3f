"""``python -m tests.vm NAME`` runs a scenario; ``--list`` says each in a line."""

import argparse
import sys
import time
from pathlib import Path

from tests.vm.scenario import run
from tests.vm.scenarios import SCENARIOS


def main() -> int:
    """Command line: exit status 0 only when all that the scenarios promise held."""
    parser = argparse.ArgumentParser(prog="./dev vm")
    parser.add_argument("name", nargs="*", help="scenarios to run")
    parser.add_argument("--list", action="store_true", help="say each scenario in a line")
    parser.add_argument(
        "--online", action="store_true", help="use servers of the internet (home-now)"
    )
    parser.add_argument("--artefacts", type=Path, default=Path("build/vm"), metavar="FOLDER")
    arguments = parser.parse_args()
    known = {scenario.name: scenario for scenario in SCENARIOS}
    if arguments.list or not arguments.name:
        for scenario in SCENARIOS:
            print(f"{scenario.name:14} {scenario.promise}")
        return 0 if arguments.list else 2
    unknown = [name for name in arguments.name if name not in known]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; see ./dev vm --list")
    for name in arguments.name:
        began = time.monotonic()

        def say(text: str, name: str = name, began: float = began) -> None:
            print(f"[{name} {time.monotonic() - began:4.0f} s] {text}", flush=True)

        run(known[name], arguments.artefacts, say, online=arguments.online)
        say("held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
