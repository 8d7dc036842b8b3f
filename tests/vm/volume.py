"""A read-only volume for a machine: files under a label, as a stick or a disc carries them."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.vm.machine import Drive
from tests.vm.release_server import ROOT

_IN_MACHINE: Final = (
    "tests/__init__.py",
    "tests/faults",
    "tests/tools/__init__.py",
    "tests/tools/releases.py",
)


def iso_volume(path: Path, *, name: str, label: str, content: Mapping[str, Path]) -> Drive:
    """An ISO 9660 at `path` with `content` (place in it → file or folder here)."""
    grafts = [f"/{place}={source}" for place, source in content.items()]
    argv: list[str | Path] = ["xorriso", "-as", "mkisofs", "-quiet", "-r", "-V", label, "-o", path]
    subprocess.run([*argv, "-graft-points", *grafts], check=True, stderr=subprocess.DEVNULL)
    return Drive(path=path, name=name, read_only=True, format="raw")


def fault_tests() -> dict[str, Path]:
    """What runs inside a machine of the tests of faults, by its place below the project."""
    argv = ["git", "ls-files", "-co", "--exclude-standard", *_IN_MACHINE]
    done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
    return {file: ROOT / file for file in done.stdout.split()}
