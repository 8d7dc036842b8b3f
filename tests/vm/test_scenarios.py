"""Every scenario as a test: ``./dev test vm`` runs what ``./dev vm NAME`` runs."""

from pathlib import Path

import pytest

from tests.vm.scenario import Scenario, run
from tests.vm.scenarios import SCENARIOS


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            scenario,
            id=scenario.name,
            marks=[] if scenario.everyday else [pytest.mark.extended],
        )
        for scenario in SCENARIOS
    ],
)
def test_scenario(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """All that it promises holds; `run` raises otherwise."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"[{scenario.name}] {text}", flush=True)

    run(scenario, Path("build/vm"), say)
    assert not (Path("build/vm") / scenario.name).exists(), "a scenario that held leaves nothing"
