"""What is looked at and told before and beside the questions: unfinished ones, other runs."""

from dataclasses import replace

import pytest

from installer.errors import ToolFailed
from installer.hardware import Machine, Medium
from installer.holder import Holder, Starter
from installer.unfinished import Unfinished
from screens.looking import LookingPage
from screens.progress import ProgressPage
from tests.ui.fake_session import (
    BLANK,
    STARTED,
    FakeSession,
    half_a_run,
    machine,
)
from tests.ui.reading import (
    SIZE,
    agree,
    app_for,
    at_rest,
    past_release,
    row_of,
    shows,
    text_of,
    to_plan,
)
from tests.ui.resume_steps import (
    WAYS,
    flat,
    session_with,
)
from tests.ui.unfinished_samples import (
    ENDED,
    looked_at,
    resuming,
)


async def test_while_it_is_looked_the_keys_work() -> None:
    session = session_with(ENDED, plans=[resuming(ENDED)])
    session.may_find.clear()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Looking for an installation that was not finished ...")
        await pilot.press("f1")
        await shows(pilot, "Nothing is changed on any of them.")
        session.may_find.set()
        await shows(pilot, WAYS)


async def test_help_opened_before_the_page_was_painted_does_not_keep_it_from_looking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys at random: it began when the help was closed again, and who reads waited for nothing."""
    monkeypatch.setattr(LookingPage, "call_after_refresh", lambda *_: True)  # no paint comes
    app = app_for(session_with(ENDED, plans=[resuming(ENDED)]))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Looking for an installation that was not finished ...")
        await pilot.press("f1")
        await shows(pilot, WAYS)


async def test_a_run_that_starts_elsewhere_while_it_is_looked_is_what_is_shown() -> None:
    session = session_with(ENDED, plans=[])
    session.may_find.clear()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Looking for an installation that was not finished ...")
        session.run, session.is_running = half_a_run(), True
        app.look_for_a_run()
        await shows(pilot, "412 MiB of 690 MiB")
        session.may_find.set()
        await pilot.pause()
        assert "Resume" not in text_of(app)
    session.over.set()


async def test_a_machine_that_cannot_be_looked_at_gets_to_the_questions() -> None:
    class Broken(FakeSession):
        def unfinished(self, _machine: Machine) -> tuple[Unfinished, ...]:
            raise ToolFailed(("lsblk", "-J"), "is missing", "no such file")

    app = app_for(Broken())
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await past_release(pilot)
        await shows(pilot, "lsblk is missing")


async def test_done_steps_of_a_resumed_run_are_done_already() -> None:
    app = app_for(FakeSession(run=looked_at(), is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "412 MiB of 690 MiB")
        row = row_of(app, "Write a new partition table")
        assert row.startswith("  done    Write a new partition table to /dev/vda  ")
        assert row.endswith(" already")


@pytest.mark.parametrize("own", [False, True])
async def test_a_run_that_was_started_elsewhere_says_by_whom(own: bool) -> None:
    starter = Starter(command="atomos-install run", terminal="/dev/ttyS0")
    session = FakeSession(run=half_a_run(), holder_now=Holder(pid=0))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        if own:
            await to_plan(pilot)
            await agree(pilot)
        else:
            await shows(pilot, "UNSIGNED")
            session.is_running = True
            app.look_for_a_run()
        page = await shows(pilot, "412 MiB of 690 MiB")
        assert "process" not in page, "it has not said so yet"
        session.holder_now = Holder(pid=812, since=STARTED, starter=starter)
        assert isinstance(app.screen, ProgressPage)
        app.screen.paint()
        page = flat(await at_rest(pilot))
        words = "process 812 since 1970-01-12 13:46 UTC, started by `atomos-install run` on"
        assert (words in page) is not own
    session.over.set()


@pytest.mark.parametrize(
    ("medium", "told"),
    [
        (Medium(device="/dev/sda", in_ram=False, is_recovery=False, length_bytes=None), True),
        (Medium(device="/dev/sda", in_ram=True, is_recovery=False, length_bytes=None), False),
        (Medium(device="/dev/sda4", in_ram=False, is_recovery=True, length_bytes=None), False),
        (None, False),
    ],
)
async def test_where_memory_is_too_small_the_medium_stays_in(
    medium: Medium | None, told: bool
) -> None:
    app = app_for(FakeSession(machine_now=replace(machine(BLANK), medium=medium)))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "[ ] Take this release even if it is UNSIGNED")
        assert ("leave the medium in until the end." in page) is told
        assert "[ Continue ]" in page
