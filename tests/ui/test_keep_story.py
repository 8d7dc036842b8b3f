"""A disk that holds AtomOS: kept or erased, unlocked or not, from Recovery or not."""

import asyncio
from dataclasses import replace

import pytest

from installer.answers import Keep, LayoutKind
from installer.errors import Problem, Refused, ToolFailed
from installer.hardware import Disk
from installer.question import QuestionId
from installer.secret import Secret
from tests.ui.atomos_disks import ENCRYPTED, PLAIN, in_recovery, keeping_plan
from tests.ui.fake_session import BLANK, FakeSession, machine, plan_for, wrong_passphrase
from tests.ui.reading import (
    PASSPHRASE,
    SIZE,
    agree,
    app_for,
    fill_user,
    past_time_zone,
    shows,
    text_of,
    to_disk,
    to_unlock,
    type_in,
    until,
)
from tests.ui.wanted import KEPT

DAMAGED = Refused.because("The file system on /dev/vda7 has errors.", "Erase the disk instead.")


def session_with(disk: Disk, *looks: Refused | ToolFailed | None) -> FakeSession:
    """A machine with this disk only."""
    return FakeSession(
        machine_now=machine(disk), looks=list(looks or (None,)), plans=[keeping_plan(disk)]
    )


async def test_keeping_an_encrypted_disk_asks_for_its_passphrase_and_for_no_user() -> None:
    session = session_with(ENCRYPTED)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        page = await shows(pilot, "> Keep home directories, Nix and snapshots")
        assert "QEMU HARDDISK (/dev/vda) holds an AtomOS, encrypted." in page
        assert "Step 4 of 6: Your data" in page
        for choice in ("Keep /var as well", "Erase everything"):
            assert choice in page
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase")
        assert "QEMU HARDDISK (/dev/vda)" in page
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter", "down", "enter")
        page = await shows(pilot, "and keep what stays, type its name: vda")
        assert PASSPHRASE not in page
        assert "Step 6 of 6: Summary" in page
        assert "- @home, @nix, @snapshots on /dev/atomos/data, as they are" in page
        assert "- all else of @var on /dev/atomos/data" in page
        assert "Will be ended first\n  - /dev/vda4 mounted on /mnt" in page
        assert "it goes too" not in page
        await agree(pilot)
        page = " ".join((await shows(pilot, "AtomOS is installed")).split())
        assert "The passphrase is asked for at every start. Then log in as before." in page
    assert session.looked == [KEPT]
    assert session.planned == [KEPT]


async def test_three_wrong_passphrases_lead_back_to_the_disks() -> None:
    session = session_with(ENCRYPTED, wrong_passphrase())
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_unlock(pilot)
        for left in ("2 tries are left", "1 try is left"):
            await type_in(pilot, "wrong")
            await pilot.press("enter", "down", "enter")
            page = await shows(pilot, left)
            assert "[    " in page, "what nobody can see is typed anew"
        await type_in(pilot, "wrong")
        await pilot.press("enter", "down", "enter")
        page = await shows(pilot, "! Three wrong passphrases for QEMU HARDDISK (/dev/vda)")
        assert "Which disk shall AtomOS be on?" in page
        await shows(pilot, "> /dev/vda")
        assert "! Three wrong passphrases" in text_of(app)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("down", "down", "enter")
        page = await shows(pilot, "> Passphrase ")
        assert "Step 5 of 10: Encryption" in page
    assert len(session.looked) == 3


async def test_a_wrong_passphrase_and_then_the_right_one() -> None:
    session = session_with(ENCRYPTED, wrong_passphrase(), None)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_unlock(pilot)
        await type_in(pilot, "wrong")
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "! That does not open it. 2 tries are left.")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "type its name: vda")
    assert [each.passphrase for each in session.looked] == [Secret("wrong"), Secret(PASSPHRASE)]


async def test_no_passphrase_is_not_tried() -> None:
    session = session_with(ENCRYPTED)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_unlock(pilot)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "! Type the passphrase of this disk.")
    assert session.looked == []


async def test_a_passphrase_that_opens_a_disk_whose_data_cannot_be_kept() -> None:
    session = session_with(ENCRYPTED, DAMAGED)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_unlock(pilot)
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter", "down", "enter")
        page = await shows(pilot, "! The file system on /dev/vda7 has errors.")
        assert "Erase the disk instead." in page
        assert "Change: User" not in page, "that was not asked"
        assert "Try again with the same answers" not in page, "nor was a plan"
        await pilot.press("up")
        await shows(pilot, "> [ Change: Your data ]")
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")


async def test_a_plain_disk_is_looked_into_before_one_goes_on() -> None:
    session = session_with(PLAIN, DAMAGED, None)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("enter")
        page = await shows(pilot, "! The file system on /dev/vda7 has errors.")
        assert "> [ Change: Your data ]" in page
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("down", "enter")
        await shows(pilot, "type its name: vda")
        await pilot.press("pagedown")
        await shows(pilot, "Accounts and host name as they were")
    wanted = replace(KEPT, layout=LayoutKind.PLAIN, passphrase=None)
    assert session.looked == [wanted, replace(wanted, keep=Keep.DATA_AND_VAR)]


async def test_a_look_whose_tool_fails_is_told_and_tried_again() -> None:
    failed = ToolFailed(("losetup", "--find"), "ended with 1", "no loop device", device="/dev/vda7")
    session = session_with(PLAIN, failed, None)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("enter")
        page = await shows(pilot, "no loop device")
        assert "Nothing has been written." in page
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")


async def test_erasing_an_atomos_is_a_new_installation_and_the_summary_says_so() -> None:
    session = FakeSession(
        machine_now=machine(PLAIN), plans=[plan_for(PLAIN, layout=LayoutKind.PLAIN)]
    )
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        assert "AtomOS, 4 partitions" in text_of(app)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> Passphrase ")
        await pilot.press("up", "space", "down", "enter")
        await shows(pilot, "> Full name")
        await fill_user(pilot)
        await pilot.press("enter")
        await past_time_zone(pilot)
        await shows(pilot, "This disk holds an AtomOS already, with its users and files")
    (answers,) = session.planned
    assert answers.reinstall
    assert answers.wipe
    assert answers.keep is Keep.NOTHING
    assert answers.user is not None
    assert session.looked == []


async def test_another_disk_forgets_what_was_said_of_the_first() -> None:
    other = replace(ENCRYPTED, path="/dev/vdb", model="OTHER")
    session = FakeSession(machine_now=machine(ENCRYPTED, other), plans=[keeping_plan(ENCRYPTED)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("down", "enter")
        await shows(pilot, "> Passphrase")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("escape")
        await shows(pilot, "> Keep /var as well")
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase")
        assert f"[{'*' * len(PASSPHRASE)} " in page, "going back and forth loses nothing"
        await pilot.press("escape")
        await shows(pilot, "> Keep /var as well")
        await pilot.press("escape")
        await shows(pilot, "> /dev/vda")
        await pilot.press("down", "enter")
        page = await shows(pilot, "> Keep home directories")
        assert "OTHER (/dev/vdb)" in page
        await pilot.press("enter")
        page = await shows(pilot, "> Passphrase")
        assert "[   " in page


async def test_a_new_disk_after_an_old_one_is_asked_nothing_about_data() -> None:
    session = FakeSession(machine_now=machine(PLAIN, replace(BLANK, path="/dev/vdb")))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("escape")
        await shows(pilot, "> /dev/vda")
        await pilot.press("down", "enter")
        page = await shows(pilot, "> Passphrase ")
        assert "Step 4 of 9: Encryption" in page


async def test_a_slow_look_may_be_given_up_and_never_runs_twice_at_once() -> None:
    session = session_with(ENCRYPTED, wrong_passphrase(), None)
    session.may_look.clear()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_unlock(pilot)
        await type_in(pilot, "wrong")
        await pilot.press("enter", "down", "enter", "enter")
        await shows(pilot, "Trying the passphrase. This takes some seconds ...")
        await pilot.press("escape")
        await shows(pilot, "> Keep home directories")
        await pilot.press("enter")
        await shows(pilot, "> Passphrase")
        await pilot.press("ctrl+u")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "Trying the passphrase.")
        await asyncio.to_thread(session.may_look.set)
        await shows(pilot, "type its name: vda")
    assert [each.passphrase for each in session.looked] == [Secret("wrong"), Secret(PASSPHRASE)]


@pytest.mark.parametrize("disk", [PLAIN, ENCRYPTED], ids=["plain", "encrypted"])
async def test_recovery_erases_its_own_disk_within_the_partitions_there_are(disk: Disk) -> None:
    session = FakeSession(machine_now=in_recovery(disk), plans=[plan_for(disk)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        page = " ".join((await shows(pilot, "> Keep home directories")).split())
        assert "This system is its Recovery: partitions and Recovery stay as they are." in page
        await pilot.press("down", "down", "enter")
        if disk is PLAIN:
            page = await shows(pilot, "> Full name")
            assert "Step 5 of 8: User" in page
        else:
            page = await shows(pilot, "> Passphrase ")
            assert "This disk stays encrypted" in page
            assert "Encrypt this disk" not in page


async def test_a_refusal_of_the_plan_leads_to_what_was_asked_only() -> None:
    problem = Problem(what="Too small.", way_out="Erase.", question=QuestionId.KEEP)
    session = session_with(PLAIN)
    session.plans = [Refused((problem,))]
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("enter")
        await shows(pilot, "> Keep home directories")
        await pilot.press("enter")
        page = await shows(pilot, "! Too small.")
        assert "> [ Change: Your data ]" in page
        assert "Change: User" not in page
        assert "Change: Encryption" not in page
        assert "[ Try again with the same answers ]" in page
        await until(pilot, lambda: "Step 5 of 5: Summary" in text_of(app), "the place")
