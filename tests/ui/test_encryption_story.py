"""Whether to encrypt, the passphrase, the recovery key and the header's copy, key by key."""

import pytest
import segno

from installer.answers import LayoutKind
from installer.secret import Secret
from screens.drawn_key import DrawnKey
from screens.leave import Leave
from screens.qr_code import qr_rows
from screens.strength import strength_of
from tests.ui.atomos_disks import stick
from tests.ui.fake_session import BLANK, WINDOWS, FakeSession, machine
from tests.ui.reading import (
    GROUPS,
    PASSPHRASE,
    RECOVERY_KEY,
    SIZE,
    agree,
    app_for,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    past_time_zone,
    row_of,
    shows,
    text_of,
    to_passphrase,
    to_plan,
    to_recovery_key,
    type_in,
    until,
)


async def test_passphrases_that_differ_and_passphrases_shown() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await fill_passphrase(pilot)
        await pilot.press("up", "up", "x", "down", "down", "enter")
        page = await shows(pilot, "! The two passphrases differ; type both again.")
        assert PASSPHRASE not in page
        assert "> Passphrase again" in page
        await pilot.press("down", "space")
        shown = await shows(pilot, "[x] Show the passphrase")
        assert f"[{PASSPHRASE} " in shown
        assert f"[{PASSPHRASE}x" in shown


async def test_an_empty_passphrase_goes_nowhere() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await pilot.press("down", "down", "down", "enter")
        page = await shows(pilot, "! Type a passphrase.")
        assert "> Passphrase " in page
        assert "Strength" not in page


async def test_more_than_the_prompt_at_the_start_reads_is_told() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await fill_passphrase(pilot, "longer " * 73 + "x")
        await pilot.press("enter")
        page = await shows(pilot, "! A passphrase has at most 511 bytes")
        assert "[ Continue ]" in page
        await pilot.press("ctrl+u", *["right"] * 3)
        await shows(pilot, "> Passphrase ")


async def test_a_weak_passphrase_is_told_with_advice_and_allowed() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await fill_passphrase(pilot, "password")
        page = await shows(pilot, "very weak: guessed at once")
        assert "████░░░░░░░░░░░░░░░░" in page
        advice = "Add another word or two."
        await until(pilot, lambda: advice in " ".join(text_of(app).split()), advice)
        await pilot.press("enter")
        await shows(pilot, "> [x] Make a recovery key")


async def test_the_strength_follows_what_is_typed() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await type_in(pilot, PASSPHRASE)
        await shows(pilot, "████████████████████  very good")
        await pilot.press("ctrl+u")
        await until(pilot, lambda: "very good" not in text_of(app), "no strength of nothing")
        await pilot.press("a")
        await shows(pilot, "very weak")


async def test_what_may_not_be_typed_at_the_start_is_warned_about() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await fill_passphrase(pilot, "pässwort mit ümlaut")
        page = " ".join((await shows(pilot, "! The passphrase has characters outside")).split())
        assert "no input method" in page
        await pilot.press("enter")
        await shows(pilot, "> [x] Make a recovery key")


@pytest.mark.parametrize(
    ("passphrase", "words"),
    [
        ("qwertyuiop" * 5 + "ü", "! The passphrase has characters outside"),
        ("qwertyuiop" * 60 + "ü", "! A passphrase has at most 511 bytes"),
    ],
)
async def test_all_that_can_be_said_of_a_passphrase_leaves_the_button_in_sight(
    passphrase: str, words: str
) -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await type_in(pilot, passphrase)
        await pilot.press("down", "x", "down", "down", "enter")
        page = await shows(pilot, "! The two passphrases differ")
        assert words in page
        assert "[ Continue ]" in page


async def test_without_encryption_nothing_more_is_asked_of_it() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        assert "Step 4 of 9: Encryption" in text_of(app)
        await pilot.press("up", "space")
        await shows(pilot, "Whoever holds the disk in hand can read")
        await until(pilot, lambda: "Passphrase" not in text_of(app), "no lines for it")
        await pilot.press("down", "enter")
        await shows(pilot, "> Full name")
        assert "Step 5 of 8: User" in text_of(app)
        await fill_user(pilot)
        await pilot.press("enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")
        await pilot.press("pagedown")
        await shows(pilot, "Not encrypted: whoever has the disk can read it")
    (answers,) = session.planned
    assert answers.layout is LayoutKind.PLAIN
    given = (answers.passphrase, answers.recovery_key, answers.header_backup)
    assert given == (None, None, None)


async def test_the_summary_and_the_end_tell_of_the_passphrase() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "type its name: vda")
        await pilot.press("pagedown")
        await shows(pilot, "Encrypted, with your passphrase and a recovery key")
        await agree(pilot)
        page = " ".join((await shows(pilot, "AtomOS is installed")).split())
        assert "The passphrase is asked for at every start. Then log in as ada." in page
        assert app._walk.draft == app._walk.draft.without_secrets()
        await pilot.press("enter")
    assert app.return_code == Leave.REBOOT


async def test_the_recovery_key_is_shown_in_letters_and_as_a_code_then_typed_back() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        page = text_of(app)
        assert RECOVERY_KEY in page
        for row in qr_rows(RECOVERY_KEY):
            assert row.rstrip() in page
        await fill_recovery_key(pilot)
        for gone in (RECOVERY_KEY, "▀"):
            await until(pilot, lambda: gone not in text_of(app), f"no {gone}")  # noqa: B023
        await pilot.press("enter")
        await shows(pilot, "> Full name")


async def test_a_group_typed_wrong_or_a_key_not_written_down() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        await pilot.press("down", "down")
        await type_in(pilot, GROUPS[0])
        await pilot.press("down", "enter")
        page = await shows(pilot, "! That is not group 3 of the key.")
        assert "! Write the key down first, then tick the box with Space." in page
        assert "> [ ] It is written down" in page
        await pilot.press("space", "down", "ctrl+u")
        await type_in(pilot, GROUPS[2].upper())
        await pilot.press("enter", "enter")
        await shows(pilot, "> Full name")


async def test_a_recovery_key_may_be_declined() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        await pilot.press("space")
        await shows(pilot, "Without one, all is lost")
        for gone in (RECOVERY_KEY, "▀", "Type group"):
            await until(pilot, lambda: gone not in text_of(app), f"no {gone}")  # noqa: B023
        await pilot.press("down", "enter")
        await shows(pilot, "> Full name")
        await fill_user(pilot)
        await pilot.press("enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")
    assert session.planned[0].recovery_key is None
    assert session.planned[0].passphrase == Secret(PASSPHRASE)


async def test_a_key_that_was_left_is_never_shown_again() -> None:
    keys = iter(["-".join([letter * 8] * 4) for letter in "cbd"])
    app = app_for(FakeSession(), draw=lambda: DrawnKey(key=Secret(next(keys)), group=0))
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        assert "cccccccc-cccccccc" in text_of(app)
        await pilot.press("down", "space", "down")
        await type_in(pilot, "cccccccc")
        await pilot.press("enter", "enter")
        await shows(pilot, "> Full name")
        await pilot.press("escape")
        page = await shows(pilot, "bbbbbbbb-bbbbbbbb")
        assert "> [x] Make a recovery key" in page
        assert "[ ] It is written down" in page
        assert "cccccccc" not in page
        await pilot.press("escape")
        await shows(pilot, "> Passphrase ")
        await pilot.press("down", "down", "down", "enter")
        await shows(pilot, "dddddddd-dddddddd")


async def test_a_terminal_without_half_blocks_gets_letters_only() -> None:
    app = app_for(FakeSession(), draws_half_blocks=False)
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        page = text_of(app)
        assert RECOVERY_KEY in page
        assert not set("▀▄█") & set(page)


async def test_a_copy_of_the_header_goes_to_a_stick_plugged_in_late() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        session.machine_now = machine(
            BLANK, WINDOWS, stick("c", "KEYS"), stick("d", "HFS", "hfsplus")
        )
        await pilot.press("f5")
        page = await shows(pilot, "( ) /dev/sdc1 16 GiB")
        assert "(x) no copy" in page
        for no_place in ("/dev/sdd1", "/dev/nvme0n1p1", "/dev/vda", "/dev/sda"):
            assert no_place not in page, "no file system of ours, inside, the target, the medium"
        await fill_recovery_key(pilot)
        await pilot.press("down", "space")
        page = await shows(pilot, "(x) /dev/sdc1")
        assert "( ) no copy" in page
        assert "That copy and a passphrase of today will open this disk for ever" in page
        await pilot.press("down", "enter")
        await shows(pilot, "> Full name")
        await fill_user(pilot)
        await pilot.press("enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")
        await pilot.press("pagedown")
        await until(pilot, lambda: "a copy of its header on" in text_of(app), "the copy told")
    assert session.planned[0].header_backup == "/dev/sdc1"


async def test_a_stick_that_was_pulled_out_gets_no_copy() -> None:
    session = FakeSession(machine_now=machine(BLANK, stick("c", "KEYS")))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_passphrase(pilot)
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await shows(pilot, "( ) /dev/sdc1")
        await fill_recovery_key(pilot)
        await pilot.press("down", "space")
        await shows(pilot, "(x) /dev/sdc1")
        session.machine_now = machine(BLANK)
        await pilot.press("f5")
        await shows(pilot, "none: no stick is plugged in")
        await pilot.press("escape")
        await shows(pilot, "> Passphrase ")


async def test_every_key_of_the_page_is_in_sight() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_key(pilot)
        assert "Ctrl+Q  Shell" in row_of(app, "F1  Help")


def test_the_code_says_the_key() -> None:
    dark = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
    cells = [[dark[cell] for cell in row] for row in qr_rows(RECOVERY_KEY)]
    drawn = [[cell[half] for cell in row] for row in cells for half in (0, 1)]
    wanted = [list(row) for row in segno.make_qr(RECOVERY_KEY).matrix]
    border = 2
    assert [row[border:-border] for row in drawn[border : border + len(wanted)]] == wanted
    around = drawn[:border] + drawn[border + len(wanted) :]
    assert not any(any(row) for row in around), "light all around"
    assert len(cells) <= 18, "there are so many rows on the page"
    assert {len(row) for row in cells} == {33}


def test_the_strength_of_a_long_text_looks_at_its_beginning() -> None:
    assert strength_of("a" * 10_000).score == 0
    assert strength_of(PASSPHRASE).score == 4
    assert strength_of(PASSPHRASE).advice == ""
