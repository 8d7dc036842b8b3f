"""Every scenario as a test: ``./dev test vm`` runs what ``./dev vm NAME`` runs."""

import os
import time
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
def test_scenario(scenario: Scenario) -> None:
    """All that it promises holds; `run` raises otherwise, and what it said is shown."""
    if time.time() > float(os.environ.get("ATOMOS_LAST_BEGIN") or "inf"):
        pytest.skip("it would not end in time on a machine as slow as this one (.ci/run)")
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{scenario.name} {time.monotonic() - began:4.0f} s] {text}", flush=True)

    run(scenario, Path("build/vm"), say)
    assert not (Path("build/vm") / scenario.name).exists(), "a scenario that held leaves nothing"
