"""Chains: a disk on which one operation after the other fails by every fault, then all is done."""

import contextlib
import difflib
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from installer.errors import ExitCode, InstallError
from installer.operations.free_disk import FreeDisk
from tests.faults.bench import Bench, Ended
from tests.faults.blows import blows_for
from tests.faults.checks import complaints
from tests.faults.matrix import WRITE_ERRORS, Case, Fault, why_not
from tests.faults.results import Outcome, Result
from tests.faults.trace import Trace
from tests.faults.watchers import Blow, Breaker, Bystander

BenchMaker = Callable[[], contextlib.AbstractContextManager[Bench]]
"""A bench with a disk on which nothing was begun yet."""
PROCESSES: Final = "processes on this machine"
MAY_GO_UNNOTICED: Final = (*WRITE_ERRORS, Fault.DISK_FULL)
DIFFERENCES: Final = 6
"""Lines of a disk that is another, which are told."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The installation without faults."""

    traces: Mapping[str, Trace]
    disk: tuple[str, ...]
    """Its disk in lines (`tests.faults.fingerprint`)."""
    cases: tuple[Case, ...]
    """All that there are, of the operations of its plan."""

    def why_not(self, case: Case) -> str:
        """Why a case cannot happen; empty where it can."""
        return why_not(case.fault, self.traces[case.operation])

    @property
    def applicable(self) -> tuple[Case, ...]:
        """Those that can happen."""
        return tuple(case for case in self.cases if not self.why_not(case))


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """A case that is to be carried out."""

    case: Case
    blow: int = 0
    """Which of the possible blows is dealt."""
    alone: bool = False
    """On a disk of its own: others shared one with it that came to no good end."""


@dataclass(frozen=True, kw_only=True)
class _Struck:
    """An attempt that was made, before its disk was looked at."""

    attempt: _Attempt
    blow: Blow
    met: bool
    ended: Ended
    why: str
    seconds: float


@dataclass(kw_only=True)
class Chain:
    """Cases of one layout, one after the other on as few disks as possible."""

    make_bench: BenchMaker
    reference: Reference
    look: Callable[[Bench], tuple[str, ...]]
    """The disk of a bench in lines."""
    seed: int
    tell: Callable[[Result], None]
    say: Callable[[str], None]
    """Told of each attempt when it was made: its result comes with its disk's last look."""
    alone: bool = False
    """Every case on a disk of its own."""

    def run(self, cases: Iterable[Case]) -> None:
        """Carry them out; each gets a result, which is told once its disk was looked at."""
        pending = deque(_Attempt(case=case, alone=self.alone) for case in cases)
        while pending:
            with self.make_bench() as bench:
                link = self._link(bench, pending)
                wrong = self._wrong(bench, link[-1])
                means = bench.ground.means
            for struck in link:
                self._settle(struck, struck is link[-1], wrong, means, pending)

    def _link(self, bench: Bench, pending: deque[_Attempt]) -> list[_Struck]:
        """Attempts on one disk, up to the first that does not end as it should."""
        link: list[_Struck] = []
        while pending:
            if link and (link[-1].attempt.alone or pending[0].alone):
                break
            if link and not bench.has_still(pending[0].case.operation):
                break
            struck = self._strike(bench, pending.popleft())
            self.say(f"{struck.attempt.case}: {struck.ended.words()}")
            link.append(struck)
            if struck.why or struck.ended.status == ExitCode.DONE:
                break
        return link

    def _strike(self, bench: Bench, attempt: _Attempt) -> _Struck:
        case, began = attempt.case, time.monotonic()
        trace = self.reference.traces[case.operation]
        blow = blows_for(case, trace, self.seed)[attempt.blow]
        filling = None
        if case.fault is Fault.DISK_FULL:
            filling = bench.filling_of(trace.file_systems[-1])
        if case.operation == FreeDisk.id:
            bench.use_again()
        breaker = Breaker(blow, bench.ground, filling)
        ended = bench.start(breaker)
        bench.ground.heal()
        met = breaker.met or ended.write_errors
        why = ""
        if not breaker.unnoticed:
            left = (*bench.remains(), *bench.amiss(ended))
            why = "; ".join(complaints(case, ended, bench.devices, left))
        elif met and case.fault not in MAY_GO_UNNOTICED:
            why = "the operation went on as if nothing had happened"
        elif ended.status != ExitCode.DONE:
            why = f"the operation went on, and then: {ended.words()}"
        return _Struck(
            attempt=attempt,
            blow=blow,
            met=met,
            ended=ended,
            why=why,
            seconds=time.monotonic() - began,
        )

    def _wrong(self, bench: Bench, last: _Struck) -> str:
        """What is wrong with the disk once nothing fails any more; empty where it is right."""
        ended = last.ended
        if ended.status != ExitCode.DONE:
            ended = bench.start(Bystander())
        if ended.status != ExitCode.DONE:
            return f"without the fault it does not go on: {ended.words()}"
        left = (*bench.remains(), *bench.amiss(ended))
        if left:
            return f"after its good end: {'; '.join(left)}"
        try:
            found = self.look(bench)
        except InstallError as error:
            return f"its disk cannot be looked at: {error} {error.tool_words}"
        return differences(self.reference.disk, found)

    def _settle(
        self, struck: _Struck, is_last: bool, wrong: str, means: str, pending: deque[_Attempt]
    ) -> None:
        """Tell the result of an attempt, or have it made again."""
        attempt = struck.attempt
        blows = blows_for(attempt.case, self.reference.traces[attempt.case.operation], self.seed)
        if wrong and not struck.why and not attempt.alone:
            # Whichever of them it was: alone, each shows it.
            pending.append(replace(attempt, alone=True))
            return
        if not struck.met and not struck.why and not wrong and attempt.blow + 1 < len(blows):
            pending.appendleft(replace(attempt, blow=attempt.blow + 1))
            return
        why = struck.why or wrong
        if not why and not struck.met:
            why = "the fault met nothing"
        good = Outcome.UNNOTICED if struck.ended.status == ExitCode.DONE else Outcome.PASSED
        self.tell(
            Result(
                case=attempt.case,
                outcome=Outcome.FAILED if why else good,
                means=means if struck.blow.place is not None else PROCESSES,
                blow=str(struck.blow),
                why=why,
                seconds=struck.seconds,
                alone=self.alone,
                place=self.reference.cases.index(attempt.case),
            )
        )


def differences(reference: tuple[str, ...], found: tuple[str, ...]) -> str:
    """The first lines in which two disks differ; empty when they are the same."""
    lines = [
        line
        for line in difflib.unified_diff(reference, found, "reference", "disk", n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    if not lines:
        return ""
    return f"the disk is another ({len(lines)} lines): " + " | ".join(lines[:DIFFERENCES])
