"""The plain layouts, on loop devices of this machine."""

import functools
from collections.abc import Iterable
from typing import Final

import pytest

from tests.faults.chain import Chain
from tests.faults.choice import chosen, not_applicable
from tests.faults.conftest import say
from tests.faults.layouts import LAYOUTS, PLAIN, Layout
from tests.faults.matrix import Case, a_tenth
from tests.faults.results import Outcome, Result
from tests.faults.rig import Rig

# In one worker: they share the installations without faults.
pytestmark = pytest.mark.xdist_group("host")
HERE: Final = tuple(layout for layout in LAYOUTS if not layout.encrypted)
ALONE: Final = 30
"""Cases that are carried out each on a disk of its own; 3 of the chosen part."""


@pytest.mark.parametrize("layout", HERE, ids=str)
def test_chain(
    layout: Layout, rig: Rig, results: list[Result], everything: bool, seed: int
) -> None:
    """Every operation after every fault: told, cleaned up, retried, and the same disk."""
    reference = rig.reference(layout)
    if everything:
        results += not_applicable(reference)
    cases = chosen(layout, reference, everything=everything, seed=seed)
    failed = carried_out(rig, layout, cases, results, seed, alone=False)
    assert not failed, "\n".join(map(str, failed))


def test_each_alone(rig: Rig, results: list[Result], everything: bool, seed: int) -> None:
    """After one fault and nothing else, one retry makes the same disk."""
    for layout in HERE if everything else (PLAIN,):
        applicable = rig.reference(layout).applicable
        count = ALONE // len(HERE) if everything else 3
        cases = a_tenth(applicable, every=len(applicable) // count, seed=seed)
        failed = carried_out(rig, layout, cases, results, seed, alone=True)
        assert not failed, "\n".join(map(str, failed))


def carried_out(
    rig: Rig,
    layout: Layout,
    cases: Iterable[Case],
    results: list[Result],
    seed: int,
    *,
    alone: bool,
) -> list[Result]:
    """Those that failed."""
    made: list[Result] = []

    def tell(result: Result) -> None:
        made.append(result)
        say(result)

    Chain(
        make_bench=functools.partial(rig.bench, layout),
        reference=rig.reference(layout),
        look=rig.look,
        seed=seed,
        tell=tell,
        say=say,
        alone=alone,
    ).run(cases)
    results += made
    return [each for each in made if each.outcome is Outcome.FAILED]
