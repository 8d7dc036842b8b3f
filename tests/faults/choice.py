"""Which cases are carried out: all, or a chosen tenth."""

from typing import Final

from tests.faults.chain import Reference
from tests.faults.layouts import Layout
from tests.faults.matrix import Case, a_tenth, one_each
from tests.faults.results import Outcome, Result

ONE_OF: Final = 12
"""Of the cases of a layout that keeps something, in the chosen part."""


def chosen(
    layout: Layout, reference: Reference, *, everything: bool, seed: int
) -> tuple[Case, ...]:
    """All; or each operation and each fault once, and of layouts that keep something one in so
    many."""
    applicable = reference.applicable
    if everything:
        return applicable
    few = layout.keeps and not layout.is_update
    return a_tenth(applicable, every=ONE_OF, seed=seed) if few else one_each(applicable)


def not_applicable(reference: Reference) -> list[Result]:
    """Those that cannot happen, each with the reason."""
    return [
        Result(case=case, outcome=Outcome.NOT_APPLICABLE, why=reason, place=place)
        for place, case in enumerate(reference.cases)
        if (reason := reference.why_not(case))
    ]
