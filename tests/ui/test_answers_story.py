"""Answers saved at the end of the questions, and given at their beginning, key by key."""

from collections.abc import Callable

from textual.pilot import Pilot

from installer.answers import Answers
from installer.answers_file import read_incomplete
from installer.errors import InstallError
from screens.save_places import SavePage
from tests.ui.atomos_disks import PLAIN, stick
from tests.ui.fake_session import BLANK, WINDOWS, FakeSession, machine, plan_for
from tests.ui.fake_store import HASH, FakeStore
from tests.ui.reading import (
    PASSPHRASE,
    RECOVERY_KEY,
    SIZE,
    agree,
    app_for,
    fill_passphrase,
    fill_recovery_key,
    shows,
    text_of,
    to_plan,
    until,
)

WHOLE = f"""\
version: 1
disk:
  path: /dev/vda
wipe: true
source:
  url: https://example.org/atomos
user:
  name: ada
  password_hash: {HASH}
"""


def reading(text: str) -> Callable[[], Answers]:
    """As from a file."""
    return lambda: read_incomplete(text.encode(), "answers.yaml", None)


async def to_saving(pilot: Pilot[None], session: FakeSession) -> str:
    """From the summary, where a stick is plugged in, to the places."""
    await to_plan(pilot)
    await shows(pilot, "type its name: vda")
    session.machine_now = machine(BLANK, WINDOWS, stick("c", "KEYS"))
    await pilot.press("down", "down", "enter")
    return await shows(pilot, "> /dev/sdc1")


async def test_the_summary_saves_the_answers_without_secrets_and_stays() -> None:
    session, store = FakeSession(), FakeStore()
    app = app_for(session, store=store)
    async with app.run_test(size=SIZE) as pilot:
        page = await to_saving(pilot, session)
        assert "this machine's memory, gone after a restart" in page
        assert "[x] With a hash of the password" in page
        await pilot.press("enter")
        await shows(pilot, "Saved as answers.yaml")
        # What is not in the file comes a frame after where it is.
        page = await shows(pilot, "- The recovery key")
        assert "- The passphrase of the disk." in page
        await pilot.press("escape")
        await shows(pilot, "> [ Save the answers ]")
    text = store.files["/dev/sdc1"]
    for secret in (PASSPHRASE, RECOVERY_KEY, "correct horse"):
        assert secret not in text
    assert f"password_hash: {HASH}" in text
    assert "layout: encrypted" in text
    assert session.started == []


async def test_a_look_at_the_sticks_that_ends_when_the_page_is_left_ends_nothing_else() -> None:
    """Esc in the same moment ended the app: what is being left takes no rows any more."""
    session = FakeSession()
    app = app_for(session, store=FakeStore())
    async with app.run_test(size=SIZE) as pilot:
        await to_saving(pilot, session)
        page = app.screen
        assert isinstance(page, SavePage)
        assert page.machine is not None
        page.dismiss()
        await page.on_save_page_looked(SavePage.Looked(page.machine))
        await shows(pilot, "> [ Save the answers ]")


async def test_without_the_hash_the_password_is_left_out() -> None:
    session = FakeSession()
    store = FakeStore()
    app = app_for(session, store=store)
    async with app.run_test(size=SIZE) as pilot:
        await to_saving(pilot, session)
        await pilot.press("down", "down", "space", "up", "enter")
        await shows(pilot, "Saved as /run/atomos/saved/answers.yaml")
        await shows(pilot, "- The password of ada")
    assert "password_hash" not in store.files[None]
    assert "password_file: password" in store.files[None]


async def test_a_file_that_is_there_is_replaced_only_when_that_is_said() -> None:
    session = FakeSession()
    store = FakeStore(files={"/dev/sdc1": "another"})
    app = app_for(session, store=store)
    async with app.run_test(size=SIZE) as pilot:
        await to_saving(pilot, session)
        await pilot.press("enter")
        await shows(pilot, "> [ Leave it ]")
        await pilot.press("enter")
        await shows(pilot, "> /dev/sdc1")
        assert store.files == {"/dev/sdc1": "another"}
        await pilot.press("enter")
        await shows(pilot, "> [ Leave it ]")
        await pilot.press("down", "enter")
        await shows(pilot, "Saved as answers.yaml")
    assert "ada" in store.files["/dev/sdc1"]


async def test_a_stick_that_cannot_be_written_is_told_and_another_place_taken() -> None:
    session = FakeSession()
    store = FakeStore(error=InstallError("/dev/sdc1 is full.", way_out="Choose another place."))
    app = app_for(session, store=store)
    async with app.run_test(size=SIZE) as pilot:
        await to_saving(pilot, session)
        await pilot.press("enter")
        await shows(pilot, "! /dev/sdc1 is full. Choose another place.")
        store.error = None
        await pilot.press("down", "enter")
        await shows(pilot, "Saved as /run/atomos/saved")


async def test_the_end_saves_what_was_carried_out() -> None:
    session = FakeSession()
    store = FakeStore()
    app = app_for(session, store=store)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await agree(pilot)
        await shows(pilot, "> [ Restart the machine ]")
        session.machine_now = machine(BLANK, WINDOWS, stick("c", "KEYS"))
        await pilot.press("down", "enter")
        await shows(pilot, "> /dev/sdc1")
        await pilot.press("enter")
        await shows(pilot, "Saved as answers.yaml")
        await pilot.press("escape")
        await shows(pilot, "> [ Save the answers ]")
    text = store.files["/dev/sdc1"]
    assert "correct horse" not in text
    assert f"password_hash: {HASH}" in text
    user = read_incomplete(text.encode(), "answers.yaml", None).user
    assert user is not None
    assert user.name == "ada"


async def test_a_whole_file_leads_to_the_summary_and_back_to_any_step() -> None:
    session = FakeSession()
    app = app_for(session, read=reading(WHOLE))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "type its name: vda")
        await pilot.press("escape")
        await shows(pilot, "> UTC")
        await pilot.press("escape")
        await shows(pilot, "with home-manager")
        await pilot.press("escape")
        page = await shows(pilot, "Who will use this machine?")
        assert "[ada" in page
        await pilot.press("escape")
        await shows(pilot, "Shall this disk be encrypted?")
        await pilot.press("escape")
        await shows(pilot, "> /dev/vda")
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
        assert session.started == []
        user = session.planned[-1].user
        assert user is not None
        assert user.password_hash is not None
        await agree(pilot)
        await shows(pilot, "AtomOS is installed")


async def test_an_incomplete_file_asks_what_is_missing_and_nothing_else() -> None:
    session = FakeSession()
    text = WHOLE.replace("wipe: true", "layout: encrypted\nlocale: de_DE.UTF-8")
    app = app_for(session, read=reading(text))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Shall this disk be encrypted?")
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await shows(pilot, "none: no stick is plugged in")
        await fill_recovery_key(pilot)
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
    assert session.planned[-1].locale == "de_DE.UTF-8"


async def test_a_disk_that_is_not_here_is_asked_for_in_words() -> None:
    app = app_for(FakeSession(), read=reading(WHOLE.replace("/dev/vda", "/dev/vdz")))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "! There is no disk /dev/vdz.")
        await shows(pilot, "> /dev/nvme0n1")
        await pilot.press("down", "enter")
        await shows(pilot, "type its name: vda")


async def test_a_file_that_does_not_say_reinstall_asks_before_an_atomos_goes() -> None:
    session = FakeSession(machine_now=machine(PLAIN), plans=[plan_for(PLAIN)])
    app = app_for(session, read=reading(WHOLE))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> Keep home directories")


async def test_errors_are_told_with_line_and_column_and_the_file_is_read_again() -> None:
    texts = [WHOLE.replace("wipe: true", "wipe: maybe\nwype: true"), WHOLE]
    app = app_for(FakeSession(), read=lambda: reading(texts.pop(0))())
    async with app.run_test(size=SIZE) as pilot:
        page = " ".join((await shows(pilot, "2 things are wrong in it.")).split())
        assert "! answers.yaml:4:7: 'wipe' cannot be the text 'maybe'" in page
        assert "! answers.yaml:5:1: there is no key 'wype'" in page
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")


async def test_without_the_wrong_file_all_is_asked() -> None:
    app = app_for(FakeSession(), read=reading("wipe: maybe\n"))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "1 thing is wrong in it.")
        await pilot.press("down", "enter")
        await shows(pilot, "> [ Continue ]")
        await until(pilot, lambda: "Step 1 of 9: Release" in text_of(app), "the first question")
