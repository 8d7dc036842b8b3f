"""Recovery after `atomos reset everything`: it begins with what is known, and asks the rest."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from installer.answers import SLOT, Answers, Keep, Source
from installer.answers_file import read_incomplete
from installer.draft import Draft
from installer.secret import Secret
from tests.ui.atomos_disks import ENCRYPTED, PLAIN, in_recovery
from tests.ui.fake_session import SOURCE, FakeSession, plan_for, wrong_passphrase
from tests.ui.reading import (
    PASSPHRASE,
    SIZE,
    agree,
    app_for,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    read_on,
    shows,
    type_in,
)
from tests.ui.resume_steps import WAYS, flat, give_passphrase, give_password, session_with
from tests.ui.unfinished_samples import ANSWERS, BEFORE_LUKS, ENDED, resuming

ASKED = """\
version: 1
disk:
  path: "/dev/vda"
wipe: true
reinstall: true
layout: encrypted
passphrase_file: passphrase
source:
  url: "https://example.org/r"
"""
"""As live/medium/usr/lib/atomos/live/asked-reset leaves it."""


async def to_the_plan(pilot: Pilot[None]) -> None:
    """From the passphrase of the next owner on."""
    await fill_passphrase(pilot)
    await pilot.press("enter")
    await shows(pilot, "none: no stick is plugged in")
    await fill_recovery_key(pilot)
    await pilot.press("enter")
    await shows(pilot, "Who will use this machine?")
    await fill_user(pilot)
    await pilot.press("enter")
    await shows(pilot, "type its name: vda")


async def test_a_new_passphrase_and_a_first_user_are_asked_for_and_then_the_disk_s_name() -> None:
    session = FakeSession(machine_now=in_recovery(ENCRYPTED), plans=[plan_for(ENCRYPTED)])
    app = app_for(
        session, read=lambda: read_incomplete(ASKED.encode(), "answers.yaml", Path("/nowhere"))
    )
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "> Passphrase")
        assert "This disk stays encrypted" in page
        await to_the_plan(pilot)
        assert session.started == []
        answers = session.planned[-1]
        assert (answers.reinstall, answers.source.url) == (True, "https://example.org/r")
        await agree(pilot)
        await shows(pilot, "AtomOS is installed")


OLD = "of the old owner"
DRAFT = Draft(
    source_url=SLOT,
    disk_path="/dev/vda",
    disk_name="a disk (/dev/vda)",
    reinstall=True,
    encrypted_already=True,
    table_stays=True,
    keep=Keep.NOTHING,
    disk_passphrase=Secret(OLD),
    passphrase=Secret(PASSPHRASE),
    passphrase_again=Secret(PASSPHRASE),
)
LOST = replace(ENDED, answers=replace(ANSWERS, source=Source(url=SLOT)))
"""The keys of the disk are dead."""


def from_slot(text: str = ASKED) -> Answers:
    text = text.replace("https://example.org/r", SLOT)
    return read_incomplete(text.encode(), "answers.yaml", Path("/nowhere"))


async def test_the_system_on_the_disk_is_unlocked_with_the_passphrase_that_it_has() -> None:
    session = FakeSession(
        machine_now=in_recovery(ENCRYPTED),
        plans=[plan_for(ENCRYPTED)],
        looks=[wrong_passphrase(), None],
    )
    app = app_for(session, read=from_slot)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "Unlock the system on this disk")
        assert "The system on this disk is encrypted:" in page
        await type_in(pilot, "wrong")
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "2 tries are left")
        await type_in(pilot, OLD)
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "This disk stays encrypted")
        await to_the_plan(pilot)
        await pilot.press("pageup")
    answers = session.planned[-1]
    assert answers.source.url == SLOT
    assert (answers.disk_passphrase, answers.passphrase) == (Secret(OLD), Secret(PASSPHRASE))
    # Nobody was asked for a version of it.
    assert session.asked_for == []


async def test_without_the_passphrase_a_release_can_be_named() -> None:
    session = FakeSession(machine_now=in_recovery(ENCRYPTED), looks=[wrong_passphrase()])
    app = app_for(session, read=from_slot)
    async with app.run_test(size=SIZE) as pilot:
        for left in ("2 tries are", "1 try is", "Three wrong"):
            await shows(pilot, "> Passphrase")
            await type_in(pilot, "wrong")
            await pilot.press("enter", "down", "enter")
            page = await shows(pilot, left)
        assert "nothing on it has changed" in flat(page)
        assert "> Release" in page or "[ Continue ]" in page
        await pilot.press("up", "up")
        await pilot.press("ctrl+u")
        await type_in(pilot, SOURCE)
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "Which version shall be installed?")


async def test_a_plain_disk_asks_for_no_passphrase() -> None:
    session = FakeSession(machine_now=in_recovery(PLAIN), plans=[plan_for(PLAIN)])
    plain = ASKED.replace("layout: encrypted\npassphrase_file: passphrase\n", "")
    app = app_for(session, read=lambda: from_slot(plain))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Who will use this machine?")
        await fill_user(pilot)
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
        assert session.planned[-1].disk_passphrase is None
        page = await read_on(pilot)
        assert "will be written, from the system that is on it now" in page
        assert SLOT not in page


async def test_when_that_system_is_gone_a_release_is_asked_for() -> None:
    session = session_with(LOST, plans=[resuming(LOST)])
    session.source = None
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = flat(await shows(pilot, WAYS))
        assert "You are asked for a release, since the system that was on the disk is gone" in page
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")
        await type_in(pilot, SOURCE)
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "Which version shall be installed?")
        await pilot.press("enter")
        page = await shows(pilot, "Type the passphrase that you chose then.")
        await give_passphrase(pilot)
        await give_password(pilot)
        await shows(pilot, "To go on with the installation")
    answers = session.planned[-1]
    assert answers.source.url == SOURCE
    assert (answers.passphrase, answers.disk_passphrase) == (Secret(PASSPHRASE), None)


async def test_while_the_keys_live_the_old_passphrase_is_asked_for_once_more() -> None:
    end = replace(BEFORE_LUKS, answers=LOST.answers, begun=None, touched=BEFORE_LUKS.done_ids)
    session = session_with(end, plans=[resuming(end)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        page = flat(await shows(pilot, WAYS))
        assert "asked for the passphrase that the disk has so far, a new passphrase" in page
        await pilot.press("enter")
        await shows(pilot, "Unlock the system on this disk")
        await type_in(pilot, OLD)
        await pilot.press("enter", "down", "enter")
        await shows(pilot, "This disk will be encrypted, as was chosen then.")
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await give_password(pilot)
        await shows(pilot, "To go on with the installation")
    answers = session.planned[-1]
    assert (answers.source.url, answers.disk_passphrase) == (SLOT, Secret(OLD))
    assert answers.passphrase == Secret(PASSPHRASE)


@pytest.mark.parametrize("is_lost", [False, True])
async def test_a_run_that_failed_is_planned_again_with_what_was_typed(*, is_lost: bool) -> None:
    """The keys are dead and the image is in memory: the passphrase of now is the new one."""
    end = LOST if is_lost else replace(LOST, touched=("partition-table",), done=LOST.done[:1])
    draft = DRAFT.as_planned(resuming(end))
    answers = draft.answers()
    assert answers.source.url == SLOT
    assert answers.passphrase == Secret(PASSPHRASE)
    assert answers.disk_passphrase == (None if is_lost else Secret(OLD))
