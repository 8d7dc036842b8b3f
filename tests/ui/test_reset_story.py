"""Recovery after `atomos reset everything`: it begins with what is known, and asks the rest."""

from pathlib import Path

from installer.answers_file import read_incomplete
from tests.ui.atomos_disks import ENCRYPTED, in_recovery
from tests.ui.fake_session import FakeSession, plan_for
from tests.ui.reading import (
    SIZE,
    agree,
    app_for,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    shows,
)

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


async def test_a_new_passphrase_and_a_first_user_are_asked_for_and_then_the_disk_s_name() -> None:
    session = FakeSession(machine_now=in_recovery(ENCRYPTED), plans=[plan_for(ENCRYPTED)])
    app = app_for(
        session, read=lambda: read_incomplete(ASKED.encode(), "answers.yaml", Path("/nowhere"))
    )
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "> Passphrase")
        assert "This disk stays encrypted" in page
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await shows(pilot, "none: no stick is plugged in")
        await fill_recovery_key(pilot)
        await pilot.press("enter")
        await shows(pilot, "Who will use this machine?")
        await fill_user(pilot)
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
        assert session.started == []
        answers = session.planned[-1]
        assert (answers.reinstall, answers.source.url) == (True, "https://example.org/r")
        await agree(pilot)
        await shows(pilot, "AtomOS is installed")
