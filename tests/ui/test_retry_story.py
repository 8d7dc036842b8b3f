"""A run that failed, or goes on with less than was thought: tried again, or started over."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from installer.answers import LayoutKind
from installer.errors import Problem, Refused, ToolFailed
from installer.question import QuestionId
from installer.secret import Secret
from tests.ui.fake_session import (
    BLANK,
    UNSIGNED,
    FakeSession,
    failed_run,
    plan_for,
)
from tests.ui.reading import (
    PASSPHRASE,
    RECOVERY_KEY,
    SIZE,
    again_to_user,
    agree,
    app_for,
    fill_passphrase,
    past_release,
    past_software,
    past_time_zone,
    shows,
    text_of,
    to_plan,
    until,
)
from tests.ui.resume_steps import (
    PASSWORD,
    PLAIN_ANSWERS,
    WANTED,
    WAYS,
    flat,
    give_passphrase,
    give_password,
    resume,
    session_with,
)
from tests.ui.unfinished_samples import (
    ANSWERS,
    ENDED,
    NO_SECRET,
    resumed_run,
    resuming,
    unfinished,
    wrong_passphrase_run,
)


async def fail_and_try_again(pilot: Pilot[None]) -> None:
    """From the first screen to a run that fails, and once more from there."""
    await to_plan(pilot)
    await agree(pilot)
    await shows(pilot, "> [ Try again ]")
    await pilot.press("enter")


async def test_a_wrong_passphrase_leads_back_to_its_question() -> None:
    session = session_with(ENDED, plans=[resuming(ENDED)])
    session.run, session.runs = wrong_passphrase_run(), [resumed_run()]
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot, "wrong")
        await give_password(pilot)
        await agree(pilot)
        page = await shows(pilot, "> [ Change: Unlock ]")
        assert "The passphrase is not the one that /dev/vda5 was encrypted with." in page
        assert "[ Try again ]" in page
        assert "[ Start over ]" in page
        await pilot.press("enter")
        await give_passphrase(pilot)
        await shows(pilot, "> Password ")
        await pilot.press("down", "down", "down", "enter")
        await agree(pilot)
        await shows(pilot, "AtomOS is installed")
    assert [answers.passphrase for answers, _ in session.started] == [
        Secret("wrong"),
        Secret(PASSPHRASE),
    ]
    assert session.started[1][0] == WANTED, "the password is still there"
    assert session.started_over == [False, False]


async def test_after_a_failure_trying_again_resumes_with_the_secrets_typed_before() -> None:
    end = unfinished(replace(ANSWERS, recovery_key=NO_SECRET))
    session = FakeSession(run=failed_run(), runs=[resumed_run()])
    session.plans = [plan_for(BLANK, UNSIGNED), resuming(end)]
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await fail_and_try_again(pilot)
        page = flat(await shows(pilot, "To go on with the installation"))
        assert "Resuming" in page
        await agree(pilot)
        await shows(pilot, "AtomOS is installed")
    assert session.started_over == [True, False]
    first, second = (answers for answers, _ in session.started)
    assert second == first
    assert second.passphrase == Secret(PASSPHRASE)
    assert second.recovery_key == Secret(RECOVERY_KEY)


async def test_after_a_failure_one_can_go_back_from_what_is_resumed() -> None:
    session = FakeSession(run=failed_run())
    session.plans = [plan_for(BLANK, UNSIGNED), resuming(ENDED)]
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await fail_and_try_again(pilot)
        await shows(pilot, "To go on with the installation")
        session.ends = (ENDED,)
        await pilot.press("escape")
        page = await shows(pilot, "> Password ")
        assert f"[{'*' * len(PASSWORD)} " in page
        assert "> Login name" not in page
        await pilot.press("escape")
        page = await shows(pilot, "> Passphrase ")
        assert f"[{'*' * len(PASSPHRASE)} " in page
        assert "Type the passphrase that you chose then." in page
        await pilot.press("escape")
        await shows(pilot, "How does this machine reach the network?")
        await pilot.press("escape")
        await shows(pilot, WAYS)


async def test_after_a_failure_all_can_be_started_over_with_what_was_typed() -> None:
    session = FakeSession(run=failed_run())
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Try again ]")
        await pilot.press("down", "enter")
        page = await shows(pilot, "> [ Continue ]")
        assert "[x] Take this release even if it is UNSIGNED" in page
        await pilot.press("enter")
        await past_release(pilot)
        await shows(pilot, "> /dev/vda")
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase ")
        assert f"[{'*' * len(PASSPHRASE)} " in page
        await again_to_user(pilot)
        assert "[Ada Lovelace" in text_of(app)
        await pilot.press(*["down"] * 6, "enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")
    assert session.started_over == [True, True]


async def test_after_a_failure_other_answers_are_another_installation() -> None:
    """The container has the passphrase of before."""
    refused = Refused((Problem(what="No.", way_out="Yes.", question=QuestionId.PASSPHRASE),))
    session = FakeSession(run=failed_run())
    session.plans = [plan_for(BLANK), refused, plan_for(BLANK)]
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await fail_and_try_again(pilot)
        await shows(pilot, "> [ Change: Encryption ]")
        await pilot.press("enter")
        await shows(pilot, "> Passphrase ")
        await pilot.press("x", "down", "x", "up")
        await again_to_user(pilot)
        await pilot.press(*["down"] * 6, "enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")
    assert session.started_over == [True, False, True]
    assert session.planned[2].passphrase == Secret(f"{PASSPHRASE}x")


async def test_a_run_of_somebody_else_that_failed_leads_to_the_three_ways() -> None:
    session = FakeSession(is_over=True, run=failed_run(), ends=(ENDED,))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "> [ Try again ]")
        assert "[ Start over ]" not in page, "there are no answers here to do it with"
        await pilot.press("enter")
        await resume(pilot)
        await shows(pilot, "> Passphrase ")


async def test_starting_over_after_a_resumed_run_failed_keeps_what_the_screens_never_asked() -> (
    None
):
    end = unfinished(replace(ANSWERS, keymap="de"))
    session = session_with(end, plans=[resuming(end)])
    session.run = wrong_passphrase_run()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot, "lost")
        await give_password(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Change: Unlock ]")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await past_release(pilot)
        await shows(pilot, "> /dev/vda")
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase ")
        assert "[*" not in page, "a passphrase that opened nothing is none to begin with"
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await shows(pilot, "> [ ] Make a recovery key")
        await pilot.press("down", "enter")
        await shows(pilot, "> Full name")
        await pilot.press(*["down"] * 6, "enter")
        await past_software(pilot)
        await shows(pilot, "> Europe/Berlin")
        await pilot.press("enter")
        session.plans = [plan_for(BLANK)]
        await until(pilot, lambda: len(session.planned) == 2, "the second plan")
    assert session.planned[1].keymap == "de"
    assert session.started_over == [False, True]


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (1, "The disk has to be encrypted anew, with a new passphrase."),
        (None, "The disk has to be encrypted anew, with a new passphrase."),
    ],
    ids=["with less", "with nothing"],
)
async def test_where_less_can_be_gone_on_with_a_new_passphrase_is_typed_twice(
    done: int | None, words: str
) -> None:
    """One typed once, unseen and with a slip, would become the passphrase of the new container."""
    plan = plan_for(BLANK) if done is None else resuming(unfinished(steps_done=done))
    session = session_with(ENDED, plans=[plan])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot)
        await give_password(pilot)
        page = await shows(pilot, words)
        assert "Passphrase again" in page
        assert ("[x] Encrypt this disk" in page) is (done is None), "a choice once more"
        await fill_passphrase(pilot)
        await pilot.press("enter")
        if done is None:
            await shows(pilot, "> [ ] Make a recovery key")
            await pilot.press("down", "enter")
            await shows(pilot, "> Full name")
            await pilot.press(*["down"] * 6, "enter")
            await past_time_zone(pilot)
        else:
            await shows(pilot, "> Password ")
            await pilot.press("down", "down", "down", "enter")
        await shows(pilot, "type its name: vda")
    zone = "UTC" if done is None else None  # asked only where all is done anew
    assert session.planned[-1] == replace(WANTED, timezone=zone)


async def test_what_cannot_go_on_after_all_is_told_where_it_is_agreed_to() -> None:
    end = unfinished(PLAIN_ANSWERS)
    why = "Everything is done from the beginning: the journal cannot be gone by: it is empty."
    plan = plan_for(BLANK, why, layout=LayoutKind.PLAIN)
    session = session_with(end, plans=[plan])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_password(pilot)
        page = flat(await shows(pilot, "It cannot go on where it ended"))
        assert why in page
        assert "WILL BE LOST" in page
        assert "To erase this disk and install AtomOS on it, type its name: vda" in page


async def test_a_plan_that_fails_may_be_tried_again_or_started_over() -> None:
    broken = ToolFailed(("lsblk", "-J"), "is missing", "no such file", device="/dev/vda")
    session = session_with(ENDED, plans=[broken, resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot)
        await give_password(pilot)
        page = await shows(pilot, "> [ Try again ]")
        assert "Nothing has been written." in page
        assert "[ Start over ]" in page
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
    assert session.planned == [WANTED, WANTED]


async def test_from_a_plan_that_goes_on_one_goes_back_to_what_is_asked_of_it() -> None:
    """The steps on offer were those of before the plan: the app ended with the choice of one."""
    end = unfinished(steps_done=6)
    session = FakeSession(plans=[plan_for(BLANK, UNSIGNED), resuming(end)], run=failed_run())
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await fail_and_try_again(pilot)
        await shows(pilot, "To go on with the installation")
        await pilot.press("f4")
        box = await shows(pilot, "Back to which step?")
        assert "Disk" not in box.partition("Back to which step?")[2]
        await pilot.press("up", "enter")
        await until(pilot, lambda: "Back to which step?" not in text_of(app), "a step")
        assert not app.unexpected
