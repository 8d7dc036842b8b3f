"""Machines written down as JSON: for tests, and for a person to send with a report."""

import dataclasses
import json
from pathlib import Path

from backends.scrub import Scrubber
from installer.hardware import Machine
from installer.strict import read_json


class RecordedHardware:
    """The machine in a file that `record` wrote."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def machine(self) -> Machine:
        """The facts as they were written down.

        Raises OSError when the file cannot be read, ValueError when it is not such a recording.
        """
        return read_json(Machine, self._path.read_bytes())


def record(machine: Machine) -> str:
    """`machine` as JSON, with serial numbers, addresses, UUIDs and its own labels replaced."""
    return to_json(Scrubber().machine(machine))


def to_json(machine: Machine) -> str:
    """`machine` as JSON as it is, for `RecordedHardware`; ends with a newline."""
    return json.dumps(dataclasses.asdict(machine), indent=2, ensure_ascii=False) + "\n"
