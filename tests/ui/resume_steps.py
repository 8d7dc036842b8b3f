"""The steps of a person who resumes an installation, for several stories."""

from dataclasses import replace

from textual.pilot import Pilot

from installer.answers import LayoutKind
from installer.errors import Refused, ToolFailed
from installer.secret import Secret
from installer.session import Plan
from installer.unfinished import Unfinished
from tests.ui.fake_session import (
    FakeSession,
)
from tests.ui.reading import (
    PASSPHRASE,
    shows,
    type_in,
)
from tests.ui.unfinished_samples import (
    ANSWERS,
    resumed_run,
)

PASSWORD = "correct horse"
WANTED = replace(
    ANSWERS,
    passphrase=Secret(PASSPHRASE),
    user=replace(ANSWERS.user, password=Secret(PASSWORD)) if ANSWERS.user else None,
)
WAYS = "> [ Resume ]"
PLAIN_ANSWERS = replace(ANSWERS, layout=LayoutKind.PLAIN, passphrase=None)


def session_with(*ends: Unfinished, plans: list[Plan | Refused | ToolFailed]) -> FakeSession:
    """A machine with /dev/vda, on which the first of `ends` is."""
    return FakeSession(ends=ends, plans=list(plans), run=resumed_run())


async def resume(pilot: Pilot[None]) -> None:
    """Choose it."""
    await shows(pilot, WAYS)
    await pilot.press("enter")


async def give_passphrase(pilot: Pilot[None], passphrase: str = PASSPHRASE) -> None:
    """The one of then."""
    await shows(pilot, "> Passphrase ")
    await pilot.press("ctrl+u")
    await type_in(pilot, passphrase)
    await pilot.press("enter", "down", "enter")


async def give_password(pilot: Pilot[None]) -> None:
    """Twice."""
    await shows(pilot, "> Password ")
    for _ in range(2):
        await type_in(pilot, PASSWORD)
        await pilot.press("enter")
    await pilot.press("down", "enter")


def flat(page: str) -> str:
    """Without line ends."""
    return " ".join(page.split())
