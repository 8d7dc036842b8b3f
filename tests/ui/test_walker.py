"""20,000 keys at random over the whole app: nothing breaks, nobody is caught, nothing is written.

ATOMOS_WALK_SEED=N walks other ways than those of every day; ATOMOS_WALK_KEYS=N further ones.
"""

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import pytest

from installer.languages import Speech
from installer.text import ENGLISH, speak
from tests.ui.atomos_disks import ENCRYPTED, in_recovery
from tests.ui.choosing import Somebody
from tests.ui.fake_session import BLANK, half_a_run, machine
from tests.ui.network_samples import AROUND, no_address, wrong_passphrase
from tests.ui.unfinished_samples import ENDED, ON_WINDOWS
from tests.ui.walking import (
    MACHINES,
    Outcome,
    WalkedSession,
    Writes,
    at,
    recorded,
    shortest,
    walk,
)

# One process, which comes everywhere.
pytestmark = pytest.mark.xdist_group("walker")

SEED: Final = int(os.environ.get("ATOMOS_WALK_SEED", "7"))
KEYS: Final = int(os.environ.get("ATOMOS_WALK_KEYS", "20000"))
LONGEST: Final = 1200
"""Keys of one walk; then the way out is tried, and another app begins."""


def _running() -> WalkedSession:
    session = at(machine(BLANK))
    session.run, session.is_running = half_a_run(), True
    return session


def _unfinished() -> WalkedSession:
    session = at(machine(BLANK))
    session.ends = (ENDED, ON_WINDOWS)
    return session


def _by_a_file() -> WalkedSession:
    session = at(machine(BLANK))
    whole = "disk:\n  only: true\nlayout: encrypted\nsource:\n  url: medium:/r\n"
    session.files = [f"{whole}wipe: maybe\n", whole]
    return session


def _nothing_chosen() -> WalkedSession:
    session = at(machine(BLANK))
    session.spoken = Speech()
    return session


def _around() -> WalkedSession:
    session = at(machine(BLANK))
    session.network, session.network_states = None, [AROUND]
    session.no_network = [wrong_passphrase(), None, no_address()] * 100
    return session


SESSIONS: Final[dict[str, Callable[[], WalkedSession]]] = {
    **{path.stem: partial(recorded, path.stem) for path in sorted(MACHINES.glob("*.json"))},
    "recovery-encrypted": lambda: at(in_recovery(ENCRYPTED)),
    "unfinished": _unfinished,
    "running": _running,
    "answers-file": _by_a_file,
    "language": _nothing_chosen,
    "network": _around,
}

EVERYWHERE: Final = frozenset(
    {
        "AddressPage",
        "Dialog",
        "DiskPage",
        "DonePage",
        "FailedPage",
        "Help",
        "KeepPage",
        "LanguagePage",
        "LogScreen",
        "NetworkPage",
        "OpenAgainPage",
        "PassphrasePage",
        "ProgressPage",
        "RecoveryKeyPage",
        "RefusedPage",
        "ReleasePage",
        "SaveAnswers",
        "StepList",
        "Summary",
        "SoftwarePage",
        "TimeZonePage",
        "UnfinishedList",
        "UnfinishedPage",
        "UnlockPage",
        "UserPage",
        "Welcome",
        "WifiPage",
        "WrongAnswersPage",
    }
)


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """Whoever presses keys at random chooses a language too."""
    yield
    speak(ENGLISH)


@pytest.fixture(scope="module")
def writes() -> Writes:
    return Writes()


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Kinds of screens that the walks came to, all together."""
    return set()


@pytest.fixture(scope="module")
def walked() -> set[str]:
    """The sessions whose walks came to their end."""
    return set()


@pytest.mark.parametrize("name", SESSIONS)
def test_keys_at_random_break_nothing(
    name: str, writes: Writes, seen: set[str], walked: set[str]
) -> None:
    budget, number = KEYS // len(SESSIONS), 0
    while budget > 0:
        seed = f"{SEED}/{name}/{number}"
        outcome = _walked(SESSIONS[name], writes, random.Random(seed), budget)
        if outcome.broken:
            pytest.fail(_report(seed, outcome, shortest(SESSIONS[name], writes, outcome.pressed)))
        seen |= outcome.seen
        budget, number = budget - outcome.keys, number + 1
    walked.add(name)
    print(f"{name}: seeds {SEED}/{name}/0 to {number - 1}")


def test_the_walks_came_everywhere(seen: set[str], walked: set[str]) -> None:
    """Walks that never come to a screen show nothing about it."""
    if KEYS < 20000:
        pytest.skip("too few keys to come everywhere")
    if walked != set(SESSIONS):
        pytest.skip("others of the walks are in another part of ./dev test-all, or broke")
    assert EVERYWHERE - seen == set()


def _walked(
    make: Callable[[], WalkedSession], writes: Writes, chance: random.Random, budget: int
) -> Outcome:
    session, length = make(), min(budget, chance.randint(1, LONGEST))
    somebody = Somebody(chance=chance)
    outcome = asyncio.run(
        walk(
            session,
            writes,
            lambda app, count: somebody.press(app) if count < length else None,
        )
    )
    session.over.set()
    return outcome


def _report(seed: str, outcome: Outcome, short: Outcome | None) -> str:
    told = short or outcome
    keys = " ".join("".join(each) if len(each) > 1 else each[0] for each in told.pressed)
    how = "shortest found" if short is not None else "as pressed; it did not break a second time"
    return f"seed {seed}: {told.broken}\n{len(told.pressed)} presses ({how}): {keys}"
