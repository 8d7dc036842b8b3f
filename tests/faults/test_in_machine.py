"""The encrypted layouts, each in a live system: the kernel here may have no dm-crypt."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from tests.faults import small_release
from tests.faults.in_machine import END, MARK
from tests.faults.layouts import LAYOUTS, Layout
from tests.faults.results import Outcome, Result
from tests.vm import booted_live, live
from tests.vm.machine import Drive, VirtualMachine
from tests.vm.release_server import ROOT
from tests.vm.scenario import Stage
from tests.vm.serial import Serial, without_escapes
from tests.vm.volume import fault_tests, iso_volume

THERE: Final = tuple(layout for layout in LAYOUTS if layout.encrypted)
WITHIN: Final = 1800.0
"""Seconds for the next result; the first one waits for an installation without faults."""
_TOOLS: Final = "/run/tools"
_IMAGES: Final = "/run/images"
_DIED: Final = "matrix-ended"
"""Said by the shell when the matrix is no more: it died when END had not been read."""
_LINE: Final = re.compile(rf"{MARK}(\{{[^\r\n]*\}})\r|{END}[^\r]*\r|{_DIED}=")


@pytest.mark.extended
@pytest.mark.parametrize("layout", THERE, ids=str)
def test_encrypted(layout: Layout, results: list[Result], everything: bool, seed: int) -> None:
    """Every operation after every fault: told, cleaned up, retried, and the same disk."""
    folder = Path("build/faults").absolute() / str(layout).replace(", ", "-").replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    stage = Stage(folder, lambda text: print(f"[{time.monotonic() - began:5.0f} s] {text}"))
    hardware = booted_live.bring_back(stage)
    made: list[Result] = []
    with VirtualMachine(hardware, folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        machine.plug_in(_tools(folder))
        prepare(serial)
        serial.type(command(layout, everything=everything, seed=seed))
        while (result := next_result(serial)) is not None:
            made.append(result)
            if result.outcome is not Outcome.NOT_APPLICABLE:
                stage.say(str(result))
    results += made
    failed = [result for result in made if result.outcome is Outcome.FAILED]
    assert not failed, "\n".join(map(str, failed))
    assert made
    shutil.rmtree(folder)


def prepare(serial: Serial) -> None:
    """The matrix and its release are there, and a file system for its images."""
    serial.output_of("until blkid -L FAULTS; do sleep 1; done", within=120)
    serial.output_of(f"mkdir -p {_TOOLS} {_IMAGES} && mount -L FAULTS {_TOOLS}")
    disk = serial.output_of("lsblk -ndo PATH,SERIAL | awk '$2 == \"disk\" { print $1 }'")
    serial.output_of(f"mkfs.ext4 -q -F {disk} && mount {disk} {_IMAGES}", within=300)


def command(layout: Layout, *, everything: bool, seed: int) -> str:
    """What is typed at the shell."""
    options = f"--layout '{layout}'{' --everything' if everything else ''}"
    path = f"PYTHONPATH={_TOOLS}:/usr/lib/atomos:/usr/lib/atomos/vendor PYTHONDONTWRITEBYTECODE=1"
    return (
        f"cd /run && {path} python3 -m tests.faults.in_machine"
        f" --release {_TOOLS}/newer --older {_TOOLS}/older"
        f" --folder {_IMAGES} --seed {seed} {options}"
        # In two halves: the echo of this line is not taken for it.
        f"; echo {_DIED[:3]}''{_DIED[3:]}=$?\r"
    )


def next_result(serial: Serial) -> Result | None:
    """The next one that the machine tells; None at the end. Raises AssertionError when it dies."""
    match = serial.wait_for(_LINE.pattern, within=WITHIN, what="the next result")
    line = without_escapes(match.group()).strip()
    if line.startswith(END):
        return None
    if not line.startswith(MARK):
        raise AssertionError("the matrix died; its last words are in its serial.log")
    return Result.from_line(line.removeprefix(MARK))


def _tools(folder: Path) -> Drive:
    """The tests and the small release, as a volume."""
    releases = [
        (name, small_release.make(folder / name, seed=seed))
        for seed, name in enumerate(("older", "newer"))
    ]
    content = {**fault_tests(), **dict(releases)}
    return iso_volume(folder / "tools.raw", name="tools", label="FAULTS", content=content)


def test_the_matrix_can_be_imported_from_what_the_machine_gets(tmp_path: Path) -> None:
    for place, source in fault_tests().items():
        copy = tmp_path / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    for name in ("installer", "backends"):
        (tmp_path / name).symlink_to(ROOT / name)
    argv = [sys.executable, "-m", "tests.faults.in_machine", "--help"]
    done = subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "--everything" in done.stdout
