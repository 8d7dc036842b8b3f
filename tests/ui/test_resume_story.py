"""An installation that came to no end: resumed, started over, left alone."""

from dataclasses import replace

import pytest

from installer.answers import Answers
from installer.errors import Refused
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Plan
from installer.unfinished import Unfinished
from screens.leave import Leave
from tests.ui.atomos_disks import ENCRYPTED, keeping_plan
from tests.ui.fake_session import (
    BLANK,
    STARTED,
    UNSIGNED,
    WINDOWS,
    FakeSession,
    machine,
    plan_for,
)
from tests.ui.reading import (
    PASSPHRASE,
    RECOVERY_KEY,
    SIZE,
    agree,
    app_for,
    fill_passphrase,
    fill_recovery_key,
    past_release,
    past_software,
    past_time_zone,
    shows,
    text_of,
    to_disk,
    type_in,
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
    BEFORE_LUKS,
    ENDED,
    KEPT,
    NO_SECRET,
    ON_WINDOWS,
    resuming,
    unfinished,
)

NETWORK = "How does this machine reach the network?"


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
        await shows(pilot, NETWORK)
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("escape")
        await shows(pilot, "> (x) English")
        await pilot.press("enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, WAYS)
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
        source=replace(ANSWERS.source, version="0.0.9"),
        timezone="Asia/Tokyo",
    )
    session = session_with(unfinished(then), plans=[plan_for(BLANK, UNSIGNED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, WAYS)
        await pilot.press("down", "enter")
        page = await shows(pilot, "> [ Continue ]")
        assert "[x] Take this release even if it is UNSIGNED" in page
        assert "Esc  Back" in page
        await pilot.press("enter")
        await shows(pilot, "> 0.0.9")
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
        await past_software(pilot)
        await shows(pilot, "> Asia/Tokyo")
        await pilot.press("enter")
        page = await shows(pilot, "To erase this disk and install AtomOS on it")
        assert "Step 9 of 9: Summary" in page
    (answers,) = session.planned
    # The language is that of now, which the first page asked for.
    assert answers == replace(
        then,
        locale=None,
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
        page = await shows(pilot, "[ ] Take this release even if it is UNSIGNED")
        assert "Step 1 of 9: Release" in page
        await pilot.press("up", "space", "escape")
        await shows(pilot, NETWORK)
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "[x] Take this release even if it is UNSIGNED")
        await pilot.press("escape")
        await shows(pilot, NETWORK)
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("down", "enter")
        await shows(pilot, "[x] Take this release even if it is UNSIGNED")
        await pilot.press("escape")
        await shows(pilot, NETWORK)
        await pilot.press("escape")
        await shows(pilot, WAYS)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "[ ] Take this release even if it is UNSIGNED")


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
        assert "Step 4 of 9: Encryption" in text_of(app), "there is nothing to be kept"
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
        await past_time_zone(pilot)
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
        await past_release(pilot)
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
        await shows(pilot, "[ ] Take this release even if it is UNSIGNED")
        await pilot.press("escape")
        await shows(pilot, NETWORK)
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
        await shows(pilot, NETWORK)
        await pilot.press("escape")
        await shows(pilot, "> QEMU HARDDISK (/dev/vda)")
        await pilot.press("down", "enter")
        await resume(pilot)
        page = await shows(pilot, "> Passphrase ")
        assert "OTHER (/dev/vdb)" in page
        assert "[*" not in page


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
