"""The screens of an installed system on a real pty, as the kernel's console and a VT220 show it."""

import re

import pytest

from screens.leave import Leave
from tests.ui.terminal import console
from tests.ui.test_console_screens import KEYS, TERMS, assert_sixteen_colours, looks_like

CHILD = "tests.ui.upkeep_child"


@pytest.mark.parametrize("term", TERMS)
def test_an_update_from_the_status_to_its_end(term: str) -> None:
    up, down = KEYS[term]["up"], KEYS[term]["down"]
    with console("update", term=term, module=CHILD) as terminal:
        terminal.shows("> [ Update Root B ]")
        looks_like(terminal, "upkeep-status")
        terminal.until(lambda: terminal.cursor_row().startswith("> [ Update"), "the cursor there")
        terminal.press("\r")
        terminal.shows("> [ Look for it ]")
        looks_like(terminal, "upkeep-wish")
        terminal.press("\r")
        terminal.shows("> [ Do it ]")
        looks_like(terminal, "upkeep-plan")
        terminal.press("\r")
        terminal.shows("> [ Back to the status ]")
        looks_like(terminal, "upkeep-done")
        terminal.press(f"{down}{up}\r")
        terminal.shows("> [ Update Root B ]")
        terminal.press(f"{up}\r")
        terminal.shows("Restart the machine?")
        terminal.press(f"{down}\r")
        assert terminal.ends() == Leave.REBOOT
        assert_sixteen_colours(terminal.sent)


@pytest.mark.parametrize("term", TERMS)
def test_out_to_a_shell(term: str) -> None:
    with console("update", term=term, module=CHILD) as terminal:
        terminal.shows("> [ Update Root B ]")
        terminal.press("\x11")
        terminal.shows("`atomos` brings these screens back.")
        terminal.press(KEYS[term]["down"] + "\r")
        assert terminal.ends() == Leave.SHELL
        assert not re.search(rb"Traceback", terminal.sent)


def test_a_terminal_that_goes_away() -> None:
    with console("update", term="vt220", ignore_sighup=True, module=CHILD) as terminal:
        terminal.shows("> [ Update Root B ]")
        assert terminal.hangs_up() == Leave.HUNG_UP
