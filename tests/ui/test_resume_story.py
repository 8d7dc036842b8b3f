"""An installation that came to no end: resumed, started over, left alone, retried."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from installer.answers import Answers, LayoutKind
from installer.errors import Problem, Refused, ToolFailed
from installer.hardware import Machine, Medium
from installer.holder import Holder, Starter
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Plan
from installer.unfinished import Unfinished
from screens.leave import Leave
from screens.progress import ProgressPage
from tests.ui.atomos_disks import ENCRYPTED, keeping_plan
from tests.ui.fake_session import (
    BLANK,
    STARTED,
    UNSIGNED,
    WINDOWS,
    FakeSession,
    failed_run,
    half_a_run,
    machine,
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
    fill_recovery_key,
    row_of,
    shows,
    text_of,
    to_disk,
    to_plan,
    type_in,
    until,
)
from tests.ui.unfinished_samples import (
    ANSWERS,
    BEFORE_LUKS,
    ENDED,
    KEPT,
    NO_SECRET,
    ON_WINDOWS,
    looked_at,
    resumed_run,
    resuming,
    unfinished,
    wrong_passphrase_run,
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


async def test_what_was_not_finished_is_told_and_resumed_to_its_end() -> None:
    session = session_with(ENDED, plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = flat(await shows(pilot, WAYS))
        for words in (
            "QEMU HARDDISK (/dev/vda)",
            "AtomOS Debian 0.1.0 for x86-64",
            "Begun 1970-01-12 12:46 UTC by the clock of then 6 of 13 steps are done",
            "In work was: Write the system image into Root A on /dev/atomos/a",
            "You are asked for the passphrase and the password of ada.",
            "[ Start over ]",
            "[ Another installation ]",
        ):
            assert words in page
        for words in ("The clock says", "in memory", "kept"):
            assert words not in page
        await pilot.press("enter")
        page = await shows(pilot, "Type the passphrase that you chose then.")
        assert "Step 1 of 3: Unlock" in page
        await give_passphrase(pilot)
        page = await shows(pilot, "> Password ")
        assert "Step 2 of 3: User" in page
        for words in ("Ada Lovelace", "ada", "engine"):
            assert words in page
        await give_password(pilot)
        page = flat(await shows(pilot, "To go on with the installation"))
        assert "Resuming the installation of AtomOS Debian 0.1.0 for x86-64" in page
        assert "6 of 13 steps are done" in page
        assert "Nothing more will be lost on QEMU HARDDISK (/dev/vda), 16 GiB" in page
        assert "WILL BE LOST" not in page
        assert session.started == []
        await agree(pilot)
        page = await shows(pilot, "AtomOS is installed")
        assert "Then log in as ada." in flat(page)
        await pilot.press("enter")
    assert app.return_code == Leave.REBOOT
    assert session.planned == [WANTED]
    assert session.started_over == [False]
    assert session.started == [(WANTED, session.plans[0])]


async def test_the_summary_marks_what_is_done_and_counts_what_is_left() -> None:
    session = session_with(ENDED, plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot)
        await give_password(pilot)
        await shows(pilot, "type its name: vda")
        await pilot.press("pagedown", "pagedown")
        page = await shows(pilot, "done   6  Make the file system for your files")
        assert "       7  Write the system image into Root A" in page
        await pilot.press("pageup")
        await shows(pilot, "2.2 GiB will be written, from http://10.0.2.2:8000/release")


async def test_what_will_still_be_lost_is_told() -> None:
    """The steps that lose something were not reached."""
    early = unfinished(steps_done=0)
    session = session_with(early, plans=[resuming(early)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await give_password(pilot)
        page = await shows(pilot, "WILL BE LOST, for good")
        assert "- everything on QEMU HARDDISK (/dev/vda)" in page


async def test_before_the_disk_was_encrypted_a_new_passphrase_is_chosen() -> None:
    session = session_with(BEFORE_LUKS, plans=[resuming(BEFORE_LUKS)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = flat(await shows(pilot, WAYS))
        assert "You are asked for a new passphrase and the password of ada." in page
        await pilot.press("enter")
        page = await shows(pilot, "This disk will be encrypted, as was chosen then.")
        assert "Encrypt this disk" not in page
        assert "> Passphrase " in page
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await give_password(pilot)
        await shows(pilot, "type its name: vda")
    assert session.planned == [WANTED]


async def test_a_recovery_key_that_is_not_on_the_disk_yet_is_another_one() -> None:
    end = unfinished(replace(ANSWERS, recovery_key=NO_SECRET))
    session = session_with(end, plans=[resuming(end)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = flat(await shows(pilot, WAYS))
        assert "the passphrase, a new recovery key and the password of ada" in page
        await pilot.press("enter")
        await give_passphrase(pilot)
        page = await shows(pilot, RECOVERY_KEY)
        assert "The key that was shown before opens" in page
        for words in ("Make a recovery key", "Copy of the LUKS header", "F5"):
            assert words not in page, "that was said then"
        assert "> [ ] It is written down" in page
        await pilot.press("up")
        await fill_recovery_key(pilot)
        await pilot.press("enter")
        await give_password(pilot)
        await shows(pilot, "type its name: vda")
    assert session.planned == [replace(WANTED, recovery_key=Secret(RECOVERY_KEY))]


async def test_a_recovery_key_that_is_on_the_disk_is_not_asked_for() -> None:
    end = unfinished(replace(ANSWERS, recovery_key=NO_SECRET))
    end = replace(end, done=(*end.done, replace(end.done[-1], id="recovery-key")))
    session = session_with(end, plans=[resuming(end)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot)
        await shows(pilot, "> Password ")


async def test_without_secrets_only_the_disk_s_name_is_asked_for() -> None:
    end = unfinished(replace(PLAIN_ANSWERS, user=None))
    session = session_with(end, plans=[resuming(end)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, WAYS)
        assert "You are asked" not in page
        await pilot.press("enter")
        page = await shows(pilot, "type its name: vda")
        assert "Step 1 of 1: Summary" in page


async def test_esc_leads_back_to_the_three_ways() -> None:
    session = session_with(ENDED, plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await give_passphrase(pilot)
        await shows(pilot, "> Password ")
        await pilot.press("escape")
        page = await shows(pilot, "> Passphrase ")
        assert f"[{'*' * len(PASSPHRASE)} " in page
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("escape")
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase ")
        assert f"[{'*' * len(PASSPHRASE)} " in page, "typed for this disk"


async def test_passwords_that_differ_and_none_at_all() -> None:
    session = session_with(ENDED, plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        await shows(pilot, "> Passphrase ")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "! Type the passphrase of this disk.")
        await give_passphrase(pilot)
        await shows(pilot, "> Password ")
        await pilot.press("down", "x", "down", "down", "enter")
        page = await shows(pilot, "! Type a password.")
        assert "! The two passwords differ; type both again." in page
        await pilot.press("down", "down", "space")
        await shows(pilot, "[x ")
    assert session.planned == []


async def test_starting_over_asks_everything_with_the_answers_of_then() -> None:
    then = replace(
        ANSWERS,
        locale="de_DE.UTF-8",
        recovery=False,
        user=replace(ANSWERS.user, groups=("video",)) if ANSWERS.user else None,
        source=replace(ANSWERS.source, version="0.1"),
    )
    session = session_with(unfinished(then), plans=[plan_for(BLANK, UNSIGNED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, WAYS)
        await pilot.press("down", "enter")
        page = await shows(pilot, "> [ Continue ]")
        assert "[x] Take this release UNSIGNED" in page
        assert "Esc  Back" in page
        await pilot.press("enter")
        page = await shows(pilot, "> /dev/vda")
        assert "[ ] Recovery on this disk too" in page
        await pilot.press("enter")
        await shows(pilot, "> Passphrase ")
        await fill_passphrase(pilot)
        await pilot.press("enter")
        page = await shows(pilot, "> [ ] Make a recovery key")
        await pilot.press("down", "enter")
        page = await shows(pilot, "> Full name")
        assert "[Ada Lovelace" in page
        assert "[engine" in page
        await pilot.press("down", "down", "down")
        await give_password(pilot)
        page = await shows(pilot, "To erase this disk and install AtomOS on it")
        assert "Step 6 of 6: Summary" in page
    (answers,) = session.planned
    assert answers == replace(
        then,
        passphrase=Secret(PASSPHRASE),
        user=replace(then.user, password=Secret(PASSWORD)) if then.user else None,
    )
    assert session.started_over == [True]


async def test_another_installation_has_no_answers_yet_and_leaves_the_way_back() -> None:
    session = session_with(ENDED, plans=[plan_for(BLANK, UNSIGNED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, WAYS)
        await pilot.press("down", "down", "enter")
        page = await shows(pilot, "> [ ] Take this release UNSIGNED")
        assert "Step 1 of 6: Release" in page
        await pilot.press("space", "escape")
        await shows(pilot, WAYS)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "[x] Take this release UNSIGNED")
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("down", "enter")
        await shows(pilot, "[x] Take this release UNSIGNED")
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> [ ] Take this release UNSIGNED")


async def test_another_installation_onto_the_same_disk_begins_anew() -> None:
    """It would else go on with a container that has another passphrase."""
    half_made = replace(ENCRYPTED, partitions=ENCRYPTED.partitions[1:])
    session = session_with(ENDED, plans=[plan_for(half_made, UNSIGNED)])
    session.machine_now = machine(half_made)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, WAYS)
        await pilot.press("down", "down", "enter")
        await to_disk(pilot)
        page = text_of(app)
        assert "an installation that was not finished: 6 of 13 steps are done" in page
        await pilot.press("enter")
        await shows(pilot, "> Passphrase ")
        assert "Step 3 of 6: Encryption" in text_of(app), "there is nothing to be kept"
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await shows(pilot, "none: no stick is plugged in")
        await fill_recovery_key(pilot)
        await pilot.press("enter")
        await shows(pilot, "> Full name")
        await pilot.press("down")
        await type_in(pilot, "ada")
        await pilot.press("down", "down")
        await give_password(pilot)
        await shows(pilot, "type its name: vda")
    assert session.started_over == [True]
    assert not session.planned[0].reinstall


@pytest.mark.parametrize("end", [KEPT, replace(ENDED, touched=("boot-loader",))])
async def test_where_data_may_be_on_the_disk_starting_over_asks_about_them(
    end: Unfinished,
) -> None:
    session = session_with(end, plans=[keeping_plan(ENCRYPTED)])
    session.machine_now = machine(ENCRYPTED)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = flat(await shows(pilot, WAYS))
        assert "What of the data on the disk is kept is asked again too." in page
        assert ("Your data stay, as was chosen then." in page) is end.keeps
        await pilot.press("down", "enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, "> /dev/vda")
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")


async def test_an_installation_that_keeps_data_is_resumed_with_the_disk_s_passphrase() -> None:
    wrong = Refused.because("The passphrase does not open it.", "Type it.", QuestionId.UNLOCK)
    session = session_with(KEPT, plans=[wrong, resuming(KEPT, keeping_plan(ENCRYPTED))])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await resume(pilot)
        page = await shows(pilot, "Type the passphrase that AtomOS asked for")
        assert "Step 1 of 2: Unlock" in page
        await give_passphrase(pilot, "wrong")
        page = await shows(pilot, "> [ Change: Unlock ]")
        assert "Change: Unfinished installation" in page
        assert "Change: Release" not in page
        await pilot.press("enter")
        await give_passphrase(pilot)
        page = flat(await shows(pilot, "To go on with the installation"))
        assert "Resuming" in page
    wanted = replace(KEPT.answers, passphrase=Secret(PASSPHRASE))
    assert session.planned == [replace(wanted, passphrase=Secret("wrong")), wanted]


async def test_a_clock_that_went_back_is_no_riddle() -> None:
    session = session_with(replace(ENDED, began=STARTED + 86400 * 365), plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, WAYS)
        assert "Begun 1971-01-12 13:46 UTC by the clock of then" in page
        assert "The clock says 1970-01-12 13:47 UTC now: it was set since, or is wrong" in page


async def test_what_is_in_memory_only_is_told_and_that_it_ended_between_two_steps() -> None:
    session = session_with(replace(ENDED, place=None, begun=None), plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, WAYS)
        assert "Known in memory only" in page
        assert "In work was" not in page


async def test_of_several_one_is_chosen() -> None:
    session = session_with(ENDED, ON_WINDOWS, plans=[resuming(ON_WINDOWS, plan_for(WINDOWS))])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "> QEMU HARDDISK (/dev/vda)")
        assert "ACME SSD [fast] 1TB (/dev/nvme0n1)" in page
        assert "[ Another installation ]" in page
        await pilot.press("down", "enter")
        page = await shows(pilot, WAYS)
        assert "ACME SSD [fast] 1TB (/dev/nvme0n1)" in page
        assert "QEMU" not in page
        await pilot.press("escape")
        await shows(pilot, "> QEMU HARDDISK (/dev/vda)")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> [ ] Take this release UNSIGNED")
        await pilot.press("escape")
        await shows(pilot, "> QEMU HARDDISK (/dev/vda)")
        await pilot.press("down", "enter")
        await resume(pilot)
        await give_password(pilot)
        await shows(pilot, "type its name: nvme0n1")
    assert session.planned[0].disk.path == "/dev/nvme0n1"


async def test_secrets_of_one_disk_are_not_tried_on_another() -> None:
    other = replace(ENDED, disk="/dev/vdb", disk_name="OTHER (/dev/vdb)")
    session = session_with(ENDED, other, plans=[resuming(ENDED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> QEMU HARDDISK (/dev/vda)")
        await pilot.press("enter")
        await resume(pilot)
        await give_passphrase(pilot)
        await shows(pilot, "> Password ")
        await pilot.press("escape")
        await shows(pilot, "> Passphrase ")
        await pilot.press("escape")
        await shows(pilot, "> QEMU HARDDISK (/dev/vda)")
        await pilot.press("down", "enter")
        await resume(pilot)
        page = await shows(pilot, "> Passphrase ")
        assert "OTHER (/dev/vdb)" in page
        assert "[*" not in page


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
        assert "the passphrase is not the one that /dev/vda5 was encrypted with" in page
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
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Try again ]")
        await pilot.press("enter")
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
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Try again ]")
        await pilot.press("enter")
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
        assert "[x] Take this release UNSIGNED" in page
        await pilot.press("enter")
        await shows(pilot, "> /dev/vda")
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase ")
        assert f"[{'*' * len(PASSPHRASE)} " in page
        await again_to_user(pilot)
        assert "[Ada Lovelace" in text_of(app)
        await pilot.press(*["down"] * 6, "enter")
        await shows(pilot, "type its name: vda")
    assert session.started_over == [True, True]


async def test_after_a_failure_other_answers_are_another_installation() -> None:
    """The container has the passphrase of before."""
    refused = Refused((Problem(what="No.", way_out="Yes.", question=QuestionId.PASSPHRASE),))
    session = FakeSession(run=failed_run())
    session.plans = [plan_for(BLANK), refused, plan_for(BLANK)]
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Try again ]")
        await pilot.press("enter")
        await shows(pilot, "> [ Change: Encryption ]")
        await pilot.press("enter")
        await shows(pilot, "> Passphrase ")
        await pilot.press("x", "down", "x", "up")
        await again_to_user(pilot)
        await pilot.press(*["down"] * 6, "enter")
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
        else:
            await shows(pilot, "> Password ")
            await pilot.press("down", "down", "down", "enter")
        await shows(pilot, "type its name: vda")
    assert session.planned[-1] == WANTED


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
        await shows(pilot, "> [ ] Take this release UNSIGNED")
        await pilot.press("space", "down", "enter")
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
        await pilot.pause()
        page = flat(text_of(app))
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
        page = await shows(pilot, "> [ ] Take this release UNSIGNED")
        assert ("leave the medium in until the end." in page) is told
        assert "[ Continue ]" in page


async def test_a_resumed_run_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    class Crashing(FakeSession):
        def start(self, answers: Answers, plan: Plan) -> None:
            raise RuntimeError("not expected by anybody")

    app = app_for(Crashing(ends=(ENDED,), plans=[resuming(ENDED)]))

    async def crash() -> None:
        async with app.run_test(size=SIZE) as pilot:
            await resume(pilot)
            await give_passphrase(pilot)
            await give_password(pilot)
            await agree(pilot)
            await until(pilot, lambda: app.unexpected, "the crash")

    with pytest.raises(RuntimeError, match="not expected by anybody"):
        await crash()
    printed = capsys.readouterr()
    for secret in (PASSPHRASE, PASSWORD):
        assert secret not in printed.out + printed.err
