"""What a person does with the screens, key by key, and what they see."""

import threading
from dataclasses import replace

import pytest

from installer.answers import Answers
from installer.errors import Refused, ToolFailed
from screens.leave import Leave
from screens.widgets import Push
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    PROBLEMS,
    READ_ONLY,
    SIGNER,
    UNSIGNED,
    FakeSession,
    machine,
    plan_for,
    refused,
)
from tests.ui.reading import (
    RECOVERY_KEY,
    SIZE,
    again_to_user,
    agree,
    app_for,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    past_release,
    past_time_zone,
    read_on,
    row_of,
    shows,
    text_of,
    to_disk,
    to_passphrase,
    to_plan,
    to_user,
    until,
)
from tests.ui.wanted import WANTED


async def test_from_the_first_screen_to_the_restart() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        summary = await shows(pilot, "type its name: vda")
        assert "WILL BE LOST, for good, on QEMU HARDDISK (/dev/vda), 16 GiB:" in summary
        assert f"- {UNSIGNED}" in " ".join(summary.split())
        assert "After  [12" in summary
        assert session.started == []
        await agree(pilot)
        done = await shows(pilot, "AtomOS is installed")
        assert "QEMU HARDDISK (/dev/vda) was written and checked, in 1:35." in done
        assert "Then log in as ada." in done
        await pilot.press("enter")
    assert app.return_code == Leave.REBOOT
    assert [answers for answers, _ in session.started] == [WANTED]
    assert session.started[0][1] is session.plans[0], "what was shown is what is carried out"


async def test_the_summary_tells_bytes_source_user_and_steps_on_the_next_page() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "PgDn: more below")
        page = await read_on(pilot)
        assert "atomos-luks" in page
        assert "AtomOS Debian 0.1.0 for x86-64 will be installed" in page
        assert "2.2 GiB will be written, from http://10.0.2.2:8000/release" in page
        assert "User ada, host name engine" in page
        assert " 7  Write the system image into Root A on /dev/atomos/a" in page


async def test_a_slow_plan_has_words_and_keeps_the_keys_alive() -> None:
    session = FakeSession()
    session.may_plan.clear()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        waiting = await shows(pilot, "Looking at the disk and at the release")
        assert "Install ]" not in waiting
        await pilot.press("escape")
        await shows(pilot, "Which time zone is this machine in?")
        session.may_plan.set()


async def test_a_wrong_confirmation_starts_nothing() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "type its name: vda")
        await pilot.press(*"vdb", "enter")
        await shows(pilot, "! That is not vda. Nothing has been written.")
        await pilot.press("down", "enter")
        await shows(pilot, "> Disk's name")
        assert session.started == []


async def test_enter_alone_never_confirms() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "type its name: vda")
        await pilot.press("enter", "enter", "enter")
        await shows(pilot, "! That is not vda.")
        assert session.started == []


async def test_passwords_that_differ_and_passwords_shown() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        await fill_user(pilot, "first")
        await pilot.press("up", "up", "up", "x", "down", "down", "down", "enter")
        page = await shows(pilot, "! The two passwords differ; type both again.")
        assert "first" not in page
        assert "[firstx" not in page
        assert "[*****" in row_of(app, "Password  ")
        await pilot.press("down", "space")
        shown = await shows(pilot, "[x] Show the password")
        assert "[firstx" in shown
        assert "> Password again" not in shown


async def test_every_wrong_name_is_told_at_once_below_its_line() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        await pilot.press("down", *"root", "down", *"-", "down", "down", "down", "down", "enter")
        page = await shows(pilot, "! The system itself uses the name root; choose another.")
        assert "! Use letters, digits and -, with no - at either end." in page
        assert "! Type a password." in page
        assert "> Login name" in page


async def test_back_keeps_what_was_typed() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        await fill_user(pilot)
        await pilot.press("f2")
        await shows(pilot, "> [x] Make a recovery key")
        await pilot.press("f2")
        await shows(pilot, "> Passphrase")
        await pilot.press("f2")
        await shows(pilot, "> /dev/vda")
        await pilot.press("down", "space")
        await shows(pilot, "> [ ] Recovery on this disk too")
        await pilot.press("escape")
        await shows(pilot, "> 0.1.0")
        await pilot.press("escape")
        await shows(pilot, "[x] Take this release even if it is UNSIGNED")
        await pilot.press("enter")
        await past_release(pilot)
        page = await shows(pilot, "> /dev/vda")
        assert "[ ] Recovery on this disk too" in page
        await pilot.press("enter")
        await again_to_user(pilot)
        page = text_of(app)
        assert "[Ada Lovelace" in page
        assert "[engine" in page
        await pilot.press(*["down"] * 6, "enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")


async def test_the_summary_says_who_signed_the_release() -> None:
    session = FakeSession(plans=[replace(plan_for(BLANK), signed_by=SIGNER)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "type its name: vda")
        summary = await read_on(pilot)
        assert f"Signed by {SIGNER}" in " ".join(summary.split())
        assert "UNSIGNED" not in summary


async def test_without_a_source_one_is_typed() -> None:
    app = app_for(FakeSession(source=None))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> Release")
        await pilot.press(*"ftp:", "down", "down", "enter")
        await shows(pilot, "! Begin with https://, http://, file://, medium: or")
        await pilot.press("ctrl+u", *"file:///mnt", "down", "down", "enter")
        await past_release(pilot)
        await shows(pilot, "Which disk")


async def test_the_medium_is_not_offered_and_others_say_what_is_with_them() -> None:
    app = app_for(FakeSession(machine_now=machine(BLANK, IN_USE, READ_ONLY)))
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        page = text_of(app)
        assert "USB Stick" not in page
        assert "cannot be used: it is read-only" in page
        assert "in use: /dev/sdb1 mounted on /mnt" in page
        assert "> /dev/sdb" in page, "the read-only disk takes no focus"
        await pilot.press("up", "up")
        assert "> /dev/mmcblk0boot0" not in text_of(app)


async def test_a_machine_without_a_disk_says_so_and_looks_again() -> None:
    session = FakeSession(machine_now=machine())
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await past_release(pilot)
        await shows(pilot, "There is no disk in this machine.")
        await shows(pilot, "Plug one in and press F5")
        session.machine_now = machine(BLANK)
        await pilot.press("f5")
        await shows(pilot, "> /dev/vda")


async def test_a_refused_plan_tells_all_problems_and_leads_back() -> None:
    session = FakeSession(plans=[refused(), plan_for(BLANK)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        page = await shows(pilot, "There are 2 reasons. Nothing has been written.")
        flat = " ".join(page.split())
        for problem in PROBLEMS:
            assert f"! {problem.what}" in flat
            assert problem.way_out in flat
        assert "> [ Change: Disk ]" in page, "what the first reason is about"
        await pilot.press("enter")
        await shows(pilot, "> /dev/vda")
        await pilot.press("enter")
        await again_to_user(pilot)
        assert "[Ada Lovelace" in text_of(app)
        await pilot.press(*["down"] * 6, "enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")


async def test_many_problems_can_all_be_read() -> None:
    session = FakeSession(plans=[Refused(PROBLEMS * 5)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "There are 10 reasons.")
        await shows(pilot, "PgDn: more below")
        await until(pilot, lambda: "Change: Disk" in text_of(app), "the ways back in sight")
        await pilot.press(*["pagedown"] * 6)
        page = await shows(pilot, "PgUp: above")
        assert "PgDn: more below" not in page


async def test_a_plan_that_fails_shows_the_tools_words() -> None:
    error = ToolFailed(("lsblk", "-J"), "is missing", "no such file", device="/dev/vda")
    app = app_for(FakeSession(plans=[error]))
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        page = await shows(pilot, "lsblk is missing")
        assert "no such file" in page
        assert "Nothing has been written." in page


async def test_another_installation_that_is_running_is_told() -> None:
    another = Refused.because("Another installation is running.", "Wait for it.")
    session = FakeSession(start_error=another)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "! Another installation is running.")


async def test_f1_explains_each_screen_and_closes() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "UNSIGNED")
        await pilot.press("f1")
        await shows(pilot, "The release is a directory")
        await pilot.press("enter")
        await to_disk(pilot)
        await pilot.press("f1")
        await shows(pilot, "F5 looks again")
        await pilot.press("escape")
        await shows(pilot, "> /dev/nvme0n1")


async def test_the_hardware_cursor_is_on_what_has_the_focus() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)

        def row_under_cursor() -> str:
            return text_of(app).splitlines()[app.cursor_position.y].strip()

        await until(pilot, lambda: row_under_cursor().startswith("> /dev/nvme0n1"), "first disk")
        await pilot.press("down")
        await until(pilot, lambda: row_under_cursor().startswith("> /dev/vda"), "second disk")
        await pilot.press("down")
        await until(pilot, lambda: row_under_cursor().startswith("> [x] Recovery"), "the box")


async def test_a_crash_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    secret, passphrase = "hunter2hunter2", "a passphrase nobody has"

    class Broken(FakeSession):
        def start(self, answers: Answers, plan: object) -> None:
            password, key = secret, RECOVERY_KEY
            raise RuntimeError(f"not expected by anybody, {len(password)}, {len(key)}")

    app = app_for(Broken())

    async def crash() -> None:
        async with app.run_test(size=SIZE) as pilot:
            await to_passphrase(pilot)
            await fill_passphrase(pilot, passphrase)
            await pilot.press("enter")
            await shows(pilot, "none: no stick is plugged in")
            await fill_recovery_key(pilot)
            await pilot.press("enter")
            await fill_user(pilot, secret)
            await pilot.press("enter")
            await past_time_zone(pilot)
            await agree(pilot)
            await until(pilot, lambda: app.unexpected, "the crash")

    with pytest.raises(RuntimeError, match="not expected by anybody"):
        await crash()
    assert app.return_code == 1
    printed = capsys.readouterr()
    for hidden in (secret, passphrase, RECOVERY_KEY):
        assert hidden not in printed.out + printed.err


async def test_a_second_enter_pressed_too_soon_skips_no_question() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        button = app.screen.query_one(Push)
        for _ in range(3):
            button.action_choose()
        await shows(pilot, "> 0.1.0")
        assert "Step 2 of 9: Version" in text_of(app)


async def test_nothing_blocks_the_app_when_it_ends() -> None:
    session = FakeSession()
    session.may_plan.clear()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "Looking at the disk and at the release")
    threads = [each for each in threading.enumerate() if not each.daemon]
    assert threads == [threading.main_thread()]
    session.may_plan.set()
