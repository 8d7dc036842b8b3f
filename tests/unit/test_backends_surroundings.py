"""Whether the network is metered, in the words of nmcli 1.52.1, and how full the battery is."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from backends.runner import Completed, Runner
from backends.surroundings import SurroundingsHere, battery_here
from installer.errors import ToolFailed


class Battery(NamedTuple):
    """As psutil has it."""

    percent: float
    power_plugged: bool | None


class Nmcli(Runner):
    """What it prints; None: it is not installed."""

    def __init__(self, said: str | None) -> None:
        super().__init__()
        self._said = said

    def run(self, argv: Sequence[str], **_how: object) -> Completed:
        assert argv == ["nmcli", "--terse", "--fields", "METERED", "general", "status"]
        if self._said is None:
            raise ToolFailed(tuple(argv), "is not installed", "")
        return Completed(stdout=self._said, stderr="", returncode=0)


@pytest.mark.parametrize(
    ("said", "metered"),
    [
        ("yes\n", True),
        ("yes (guessed)\n", True),
        ("no\n", False),
        ("no (guessed)\n", False),
        ("unknown\n", False),
        ("", False),
        (None, False),
    ],
)
def test_metered(said: str | None, metered: bool) -> None:
    assert SurroundingsHere(Nmcli(said), lambda: None).is_metered() is metered


@pytest.mark.parametrize(
    ("battery", "percent"),
    [
        (None, None),
        (Battery(12.0, True), None),
        (Battery(12.0, None), None),
        (Battery(29.9, False), 29),
        (Battery(0.0, False), 0),
    ],
)
def test_the_battery_counts_while_the_machine_runs_on_it(
    battery: Battery | None, percent: int | None
) -> None:
    assert SurroundingsHere(Nmcli(""), lambda: battery).battery_percent() == percent


def test_this_machine_s_battery_can_be_asked_for() -> None:
    found = battery_here()
    assert found is None or 0 <= found.percent <= 100
