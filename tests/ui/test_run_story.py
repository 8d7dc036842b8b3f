"""What a person sees of a run: joined, watched, left, stopped, ended well or not."""

import threading
import time

import pytest

from installer.answers import Answers
from installer.errors import Problem, Refused
from installer.events import (
    DOWNLOAD,
    OutputLine,
    RunFailed,
    RunInterrupted,
    RunRefused,
    RunStarted,
    Step,
)
from installer.question import QuestionId
from installer.session import Plan
from screens.leave import Leave
from screens.wizard import AtomosApp
from tests.ui.fake_session import (
    PROBLEMS,
    STARTED,
    FakeSession,
    failed_run,
    half_a_run,
)
from tests.ui.picture import DEADLINE_SECONDS
from tests.ui.reading import (
    SIZE,
    agree,
    app_for,
    row_of,
    shows,
    to_disk,
    to_plan,
    until,
)

NO_NETWORK = RunRefused(
    time=STARTED,
    problems=("No network.",),
    ways_out=("Plug it in.",),
    questions=(QuestionId.WELCOME,),
)


async def test_a_failed_run_says_what_where_and_what_to_do_and_plans_anew() -> None:
    session = FakeSession(run=failed_run())
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        page = await shows(pilot, "The image could not be written to /dev/atomos/a.")
        assert "While doing: Write the system image into Root A on /dev/atomos/a" in page
        assert "On device:   /dev/atomos/a" in page
        assert "write: Input/output error" in page
        assert "Look at its health with smartctl" in page
        await pilot.press("f3")
        log = await shows(pilot, "What the tools printed")
        assert "dd: ?[31mdd: error writing: No space?" in log, "escape sequences are defused"
        await pilot.press("f3")
        await shows(pilot, "> [ Try again ]")
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
    assert len(session.planned) == 2
    assert len(session.started) == 1


async def test_a_lost_connection_is_told_while_it_runs() -> None:
    image = "http://10.0.2.2:8000/atomos_0.1.0_x86-64.squashfs"
    words = f"trying again in 0.4 s: {image} broke off after 41943040 of 154140672 bytes"
    run = (*half_a_run(), OutputLine(time=STARTED + 21, tool=DOWNLOAD, line=words))
    app = app_for(FakeSession(run=run, is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "trying again in 0.4 s")
        row = row_of(app, "trying again in 0.4 s")
        assert row.strip() == words[: len(row.strip())], "what comes next is before what was lost"


async def test_a_stopped_run_says_so() -> None:
    run = (*half_a_run(), RunInterrupted(time=STARTED + 21, id="slot-a"))
    app = app_for(FakeSession(run=run, is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "The installation was stopped.")
        assert "While doing: Write the system image into Root A" in page


async def test_a_run_that_was_refused_says_why() -> None:
    app = app_for(FakeSession(run=(NO_NETWORK,), is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "! No network.")
        assert "There is 1 reason. Nothing has been written." in page
        assert "Plug it in." in page


async def test_a_refused_run_of_the_person_s_own_leads_to_the_screen_it_is_about() -> None:
    app = app_for(FakeSession(run=(NO_NETWORK,)))
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Change: Release ]")
        await pilot.press("enter")
        await shows(pilot, "[x] Take this release even if it is UNSIGNED")


@pytest.mark.parametrize(
    ("question", "focus"),
    [
        (QuestionId.WELCOME, "> [ Change: Release ]"),
        (QuestionId.DISK, "> [ Change: Disk ]"),
        (QuestionId.USER, "> [ Change: User ]"),
        (None, "> [ Try again with the same answers ]"),
    ],
)
async def test_the_first_reason_that_an_answer_can_change_has_the_focus(
    question: QuestionId | None, focus: str
) -> None:
    problems = (
        Problem(what="Not root.", way_out="Use sudo."),
        Problem(what="This one.", way_out="Change it.", question=question),
        *PROBLEMS[: question is not None],
    )
    app = app_for(FakeSession(plans=[Refused(problems)]))
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        page = await shows(pilot, focus)
        assert "! Not root." in page
        assert "! This one." in page


async def test_a_run_that_is_over_is_told_and_another_begun_from_there() -> None:
    app = app_for(FakeSession(is_over=True))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "> [ Restart the machine ]")
        assert "QEMU HARDDISK (/dev/vda) was written and checked, in 1:35." in page
        assert "Then log in" not in page, "whose account it is was another's answer"
        await pilot.press("down", "down", "enter")
        await shows(pilot, "[ ] Take this release even if it is UNSIGNED")


async def test_a_run_that_failed_before_is_told_and_begun_anew_with_the_questions() -> None:
    app = app_for(FakeSession(is_over=True, run=failed_run()))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "The image could not be written to /dev/atomos/a.")
        assert "The disk may hold a part of the new system only." in page
        await pilot.press("enter")
        await shows(pilot, "[ ] Take this release even if it is UNSIGNED")


async def test_a_run_that_was_refused_elsewhere_offers_no_answers_that_nobody_gave() -> None:
    app = app_for(FakeSession(is_over=True, run=(NO_NETWORK,)))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "> [ Start over ]")
        assert "! No network." in page
        assert "Change:" not in page
        assert "Try again" not in page
        await pilot.press("enter")
        await shows(pilot, "[ ] Take this release even if it is UNSIGNED")


async def test_a_run_that_failed_before_its_first_step_wrote_nothing() -> None:
    end = RunFailed(time=STARTED, id="", what="A bug.", device="", tool_words="", way_out="")
    app = app_for(FakeSession(run=(end,), is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "A bug.")
        await shows(pilot, "Nothing has been written.")


@pytest.mark.parametrize("way", ["welcome", "disk with help", "summary", "done"])
async def test_a_run_that_starts_elsewhere_is_joined(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.wizard._LOOK_SECONDS", 0.02)
    session = FakeSession(is_over=way == "done")
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        match way:
            case "welcome":
                await shows(pilot, "[ ] Take this release even if it is UNSIGNED")
            case "disk with help":
                await to_disk(pilot)
                await pilot.press("f1")
                await shows(pilot, "F5 looks again")
            case "summary":
                await to_plan(pilot)
                await shows(pilot, "type its name: vda")
            case "done":
                await shows(pilot, "> [ Restart the machine ]")
        session.run = half_a_run()
        session.is_running = True
        await shows(pilot, "412 MiB of 690 MiB")
        listeners = session.listeners
        await pilot.press("f3")
        await shows(pilot, "sh: working on table")
        assert session.listeners == listeners, "joined once"
        session.end = failed_run()[-1]
        session.is_running = False
        session.over.set()
        await shows(pilot, "The image could not be written to /dev/atomos/a.")
    assert session.started == []


async def test_the_person_s_own_start_is_not_taken_for_somebody_else_s() -> None:
    may_go_on = threading.Event()

    class Slow(FakeSession):
        def start(self, answers: Answers, plan: Plan) -> None:
            super().start(answers, plan)
            may_go_on.wait()

    session = Slow()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await until(pilot, lambda: session.is_running, "the start")
        for _ in range(5):
            app.look_for_a_run()
        page = await shows(pilot, "Starting ...")
        assert "Installing" not in page
        assert session.listeners == 0
        may_go_on.set()
        await shows(pilot, "Then log in as ada.")
    assert session.listeners == 1


async def test_a_running_installation_is_joined_with_all_that_it_said() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "412 MiB of 690 MiB, 52 MiB/s, about 0:05 left")
        assert "Step 7 of 13: Write the system image into Root A on /dev/atomos/a" in page
        assert "0:21 so far" in page
        assert "done    Write a new partition table to /dev/vda" in page
        await pilot.press("f3")
        await shows(pilot, "sh: working on table")
    session.over.set()


async def test_leaving_while_it_runs_stops_nothing_and_a_second_screen_finds_it() -> None:
    session = FakeSession(run=half_a_run())
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "412 MiB of 690 MiB")
        await pilot.press("ctrl+q")
        page = await shows(pilot, "The installation goes on without this screen.")
        assert 'Type "exit" there to come back' in page
        await pilot.press("enter")
        await shows(pilot, "Step 7 of 13")
        await pilot.press("ctrl+q")
        await shows(pilot, "> [ Stay here ]")
        await pilot.press("down", "enter")
        left = time.monotonic()
    assert time.monotonic() - left < DEADLINE_SECONDS / 2, "events that block hold nobody back"
    assert app.return_code == Leave.SHELL
    assert session.stops == 0
    second = app_for(session)
    async with second.run_test(size=SIZE) as pilot:
        await shows(pilot, "done    Write a new partition table to /dev/vda")
    assert session.listeners == 2
    assert session.stops == 0
    session.over.set()


async def test_stopping_is_asked_twice() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Step 7 of 13")
        await pilot.press("f9")
        await shows(pilot, "> [ Go on installing ]")
        await pilot.press("enter")
        await shows(pilot, "Step 7 of 13")
        assert session.stops == 0
        await pilot.press("f9")
        await shows(pilot, "> [ Go on installing ]")
        await pilot.press("down", "enter")
        await until(pilot, lambda: session.stops == 1, "the session asked to stop")
    session.over.set()


async def test_a_quiet_run_says_how_long_it_has_been_quiet() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    app = AtomosApp(session, serial=True, clock=lambda: STARTED + 80)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "412 MiB of 690 MiB, nothing new for 1:00, still running")
    session.over.set()


async def test_a_run_that_ends_while_a_dialog_is_open_is_shown() -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Step 7 of 13")
        await pilot.press("f3")
        await shows(pilot, "What the tools printed")
        session.end = failed_run()[-1]
        session.over.set()
        await shows(pilot, "The image could not be written to /dev/atomos/a.")
        await pilot.press("down", "down", "enter")
    assert app.return_code == Leave.SHELL


async def test_a_sentence_that_does_not_fit_into_the_list_is_cut_where_one_sees_it() -> None:
    sentence = "Write the system image to Root A (/dev/nvme0n1p4) and Root B (/dev/nvme0n1p5)"
    started = RunStarted(
        time=STARTED,
        disk="ACME (/dev/nvme0n1)",
        steps=(Step(id="slots", sentence=sentence, writes_bytes=9),),
    )
    app = app_for(FakeSession(run=(started,), is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "Write the system image")
        assert "Write the system image to Root A (/dev/nvme0n1p4) and ...\n" in page


async def test_behind_the_log_too_a_run_goes_on_when_one_leaves() -> None:
    app = app_for(FakeSession(run=half_a_run(), is_running=True))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "412 MiB of 690 MiB")
        await pilot.press("f3")
        await shows(pilot, "What the tools printed")
        await pilot.press("ctrl+q")
        await shows(pilot, "The installation goes on without this screen.")
