"""The app on a real pty, as the kernel's console and a VT220 on a serial line show it."""

import os
import re
import string
from pathlib import Path

import pytest

from screens.leave import Leave
from tests.ui.reading import GROUP, GROUPS, PASSPHRASE
from tests.ui.terminal import Terminal, console

GOLDENS = Path(__file__).parent / "goldens"
SAFE = set(string.printable) | set("─│┌┐└┘├┤┼═║█░")
HALF_BLOCKS = set("▀▄")
"""Used where the console says that its font has them (screens.console.draws)."""
RECOVERY_KEY_PICTURES = {"linux": "recovery-key", "vt220": "recovery-key-letters"}
TERMS = ("linux", "vt220")
KEYS = {
    "linux": {"up": "\x1b[A", "down": "\x1b[B", "f1": "\x1b[[A", "f2": "\x1b[[B"},
    "vt220": {"up": "\x1b[A", "down": "\x1b[B", "f1": "\x1bOP", "f2": "\x1bOQ"},
}


def looks_like(terminal: Terminal, name: str) -> None:
    """Compare with the golden text; ``ATOMOS_UPDATE_GOLDENS=1`` writes it instead."""
    golden = GOLDENS / f"{name}.txt"
    if os.environ.get("ATOMOS_UPDATE_GOLDENS"):
        GOLDENS.mkdir(exist_ok=True)
        terminal.comes_to_rest()
        golden.write_text(terminal.text())
    wanted = golden.read_text()
    terminal.until(lambda: terminal.text() == wanted, f"the picture in {golden}:\n{wanted}")
    glyphs = SAFE | HALF_BLOCKS if name == RECOVERY_KEY_PICTURES["linux"] else SAFE
    assert set(wanted) <= glyphs, "the kernel's fonts have these glyphs only"


@pytest.mark.parametrize("term", TERMS)
def test_each_screen_to_the_end(term: str) -> None:
    down = KEYS[term]["down"]
    with console("fresh", term=term) as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        looks_like(terminal, "welcome")
        terminal.press(KEYS[term]["f1"])
        terminal.shows("> [ Close ]")
        looks_like(terminal, "help")
        terminal.press("\r")
        terminal.shows("Ctrl+Q  Shell")
        terminal.press(KEYS[term]["up"] + " " + down + "\r")
        terminal.shows("> 0.1.0")
        looks_like(terminal, "release")
        terminal.press("\r")
        terminal.shows("> /dev/nvme0n1")
        looks_like(terminal, "disk")
        terminal.until(lambda: terminal.cursor_row().startswith("> /dev/nvme0n1"), "cursor")
        terminal.press(KEYS[term]["f2"])
        terminal.shows("> 0.1.0")
        terminal.press(KEYS[term]["f2"])
        terminal.shows("[x] Take this release even if it is UNSIGNED")
        terminal.press("\r")
        terminal.shows("> 0.1.0")
        terminal.press("\r")
        choose_disk(terminal, down)
        type_passphrase(terminal, down)
        looks_like(terminal, "passphrase")
        terminal.press("\r")
        terminal.shows("none: no stick is plugged in")
        looks_like(terminal, RECOVERY_KEY_PICTURES[term])
        terminal.press(f"{down} {down}{GROUPS[GROUP]}\r\r")
        type_user(terminal, down)
        looks_like(terminal, "summary")
        terminal.press("vda\r")
        terminal.shows("> [ Restart the machine ]")
        looks_like(terminal, "done")
        terminal.press("\r")
        assert terminal.ends() == Leave.REBOOT
        assert b"secret" not in terminal.sent
        assert PASSPHRASE.encode() not in terminal.sent
        assert_sixteen_colours(terminal.sent)


@pytest.mark.parametrize("term", TERMS)
def test_keeping_the_data_of_an_encrypted_disk(term: str) -> None:
    down = KEYS[term]["down"]
    with console("kept", term=term) as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        terminal.press("\r")
        terminal.shows("> 0.1.0")
        terminal.press("\r")
        terminal.shows("> /dev/vda")
        terminal.press("\r")
        terminal.shows("> Keep home directories")
        looks_like(terminal, "keep")
        terminal.press("\r")
        terminal.shows("> Passphrase")
        terminal.press(f"{PASSPHRASE}\r{down}\r")
        terminal.shows("2 tries are left")
        looks_like(terminal, "unlock")
        terminal.press(f"{PASSPHRASE}\r{down}\r")
        terminal.shows("type its name: vda")
        looks_like(terminal, "summary-keep")
        assert PASSPHRASE.encode() not in terminal.sent
        assert_sixteen_colours(terminal.sent)


@pytest.mark.parametrize("term", TERMS)
def test_resuming_an_installation(term: str) -> None:
    down = KEYS[term]["down"]
    with console("unfinished", term=term) as terminal:
        terminal.shows("> QEMU HARDDISK (/dev/vda)")
        looks_like(terminal, "unfinished-two")
        terminal.press("\r")
        terminal.shows("> [ Resume ]")
        looks_like(terminal, "unfinished")
        terminal.until(lambda: terminal.cursor_row().startswith("> [ Resume ]"), "cursor")
        terminal.press("\r")
        terminal.shows("> Passphrase")
        looks_like(terminal, "open-again")
        terminal.press(f"{PASSPHRASE}\r{down}\r")
        terminal.shows("> Password")
        looks_like(terminal, "password")
        terminal.press(f"secret\rsecret\r{down}\r")
        terminal.shows("type its name: vda")
        looks_like(terminal, "summary-resumed")
        terminal.press("vda\r")
        terminal.shows("412 MiB of 690 MiB, 52 MiB/s, about 0:05 left")
        looks_like(terminal, "progress-resumed")
        assert b"secret" not in terminal.sent
        assert PASSPHRASE.encode() not in terminal.sent
        assert_sixteen_colours(terminal.sent)


@pytest.mark.parametrize("term", TERMS)
def test_joining_a_run_and_leaving_it(term: str) -> None:
    with console("joined", term=term) as terminal:
        terminal.shows("412 MiB of 690 MiB, 52 MiB/s, about 0:05 left")
        looks_like(terminal, "progress")
        terminal.press("\x11")
        terminal.shows("> [ Stay here ]")
        looks_like(terminal, "leave")
        terminal.press(KEYS[term]["down"])
        terminal.shows("> [ Leave to a shell ]")
        terminal.press("\r")
        assert terminal.ends() == Leave.SHELL
        assert_sixteen_colours(terminal.sent)


def test_bytes_that_are_no_text_do_not_end_it() -> None:
    with console("fresh", term="linux") as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        terminal.press(b"\xff\xfe\xc3")
        terminal.press(KEYS["linux"]["up"] + " ")
        terminal.shows("> [x] Take this release even if it is UNSIGNED")


def test_a_serial_line_without_a_size_gets_80x24_and_is_painted_again_on_request() -> None:
    with console("serial", term="vt220", size=(0, 0)) as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        looks_like(terminal, "welcome")
        first = terminal.text()
        assert len(terminal.rows()) == 24
        assert "Step 1 of 9: Release" in terminal.rows()[0]
        terminal.screen.reset()  # the terminal was unplugged, and another one plugged in
        assert terminal.text() != first
        terminal.press("\x0c")
        terminal.until(lambda: terminal.text() == first, "the same picture again")


def test_control_characters_of_a_shell_end_nothing() -> None:
    with console("joined", term="vt220") as terminal:
        terminal.shows("Step 7 of 13")
        terminal.press("\x04\x1a\x1c\x13")  # Ctrl+D, Ctrl+Z, Ctrl+\\, Ctrl+S
        terminal.press("\x03")
        terminal.shows("> [ Stay here ]")


def test_a_line_that_is_hung_up_ends_the_screens() -> None:
    with console("joined", term="vt220", ignore_sighup=True) as terminal:
        terminal.shows("Step 7 of 13")
        assert terminal.hangs_up() == Leave.HUNG_UP


def assert_sixteen_colours(sent: bytes) -> None:
    """No true colour, no 256 colours, no bright background: the console has none of these."""
    for parameters in re.findall(rb"\x1b\[([0-9;]*)m", sent):
        codes = [int(code or 0) for code in parameters.split(b";")]
        assert not {38, 48} & set(codes), parameters
        assert not {*range(100, 108)} & set(codes), parameters


def choose_disk(terminal: Terminal, down: str) -> None:
    """From the list of disks to the passphrase."""
    for disk in ("> /dev/nvme0n1", "> /dev/sdb", "> /dev/vda"):
        terminal.until(lambda: terminal.cursor_row().startswith(disk), disk)  # noqa: B023
        if disk != "> /dev/vda":
            terminal.press(down)
    terminal.press("\r")
    terminal.shows("> Passphrase")


def type_passphrase(terminal: Terminal, down: str) -> None:
    """Up to the button."""
    terminal.press(f"{PASSPHRASE}\r{PASSPHRASE}\r")
    terminal.shows("> [ ] Show the passphrase")
    terminal.shows("very good")
    terminal.press(down)
    terminal.shows("> [ Continue ]")


def type_user(terminal: Terminal, down: str) -> None:
    """To the plan."""
    terminal.shows("> Full name")
    terminal.press("Ada Lovelace\rada\r\rsecret\rsecret\r")
    terminal.shows("> [ ] Show the password")
    terminal.press(down + "\r")
    terminal.shows("Your programs and settings")
    terminal.shows("> [ Continue ]")
    looks_like(terminal, "software")
    terminal.press("\r")
    terminal.shows("> UTC")
    looks_like(terminal, "time-zone")
    terminal.press("\r")
    terminal.shows("type its name: vda")
