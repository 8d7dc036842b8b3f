"""Which cases are carried out: all, or a chosen tenth."""

from typing import Final

from installer.answers import Keep
from installer.operations.boot import ReplaceMenu
from installer.operations.boot_state import SetBootState
from installer.operations.reset import FetchImage, KeepBoot, MakeLuksAnew
from tests.faults.chain import Reference
from tests.faults.layouts import Does, Layout
from tests.faults.matrix import Case, a_tenth, one_each
from tests.faults.results import Outcome, Result

ONE_OF: Final = 12
"""Of the cases of a layout that keeps something, in the chosen part."""
OF_A_RESET: Final = (FetchImage.id, KeepBoot.id, MakeLuksAnew.id, ReplaceMenu.id, SetBootState.id)
"""What a reset of everything does otherwise than an installation, or at another place."""


def chosen(
    layout: Layout, reference: Reference, *, everything: bool, seed: int
) -> tuple[Case, ...]:
    """All; or each operation and each fault once, of layouts that keep something one in so many,
    and of a reset its own operations, once."""
    applicable = reference.applicable
    if everything:
        return applicable
    if layout.keep is not Keep.NOTHING:
        return a_tenth(applicable, every=ONE_OF, seed=seed)
    if layout.does is Does.RESET:
        return one_each(case for case in applicable if case.operation in OF_A_RESET)
    return one_each(applicable)


def not_applicable(reference: Reference) -> list[Result]:
    """Those that cannot happen, each with the reason."""
    return [
        Result(case=case, outcome=Outcome.NOT_APPLICABLE, why=reason, place=place)
        for place, case in enumerate(reference.cases)
        if (reason := reference.why_not(case))
    ]
