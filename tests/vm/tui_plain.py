"""The scenario ``tui-plain``: a dumb terminal, a line at a time, from the question to the login."""

import re
import string
from typing import Final

from installer.keymaps import LAYOUTS
from installer.languages import LANGUAGES
from tests.vm import booted_live, installed, live
from tests.vm.installed import Person
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

BETTY: Final = Person(name="betty", password="Snyder-Sort-Merge-51")
PASSPHRASE: Final = "abacus lantern thicket plum"
HOSTNAME: Final = "univac"
LINE_WITHIN: Final = 60.0
"""Seconds from a line to the next question; 1 on an idle 2-core machine without KVM."""
PLAN_WITHIN: Final = 180.0
RUN_WITHIN: Final = 900.0
_KEY: Final = r"(?:[cbdefghijklnrtuv]{8}-){3}[cbdefghijklnrtuv]{8}"
_NAMES: Final = "".join((*LAYOUTS.values(), *(each.name for each in LANGUAGES)))
_PAPER: Final = (set(string.printable) | set(_NAMES)) - set("\x0b\x0c")


def tui_plain(stage: Stage) -> None:
    """Encrypted, by answers of one line each; the line is cut meanwhile; then the disk starts."""
    hardware = booted_live.bring_back(stage)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        nobody_is_asked(stage, serial)
        mark = len(printed(stage))
        serial.type("stty cols 80; TERM=dumb atomos-install\r")
        answer(stage, serial, url)
        leave_and_come_back(stage, serial)
        serial.wait_for("AtomOS is installed", within=RUN_WITHIN, what="the end")
        serial.wait_for(r"Number: ", within=LINE_WITHIN, what="what to do next")
        for_paper(printed(stage)[mark:])
        stage.say("no escape sequence, no cursor movement, nothing drawn over")
        serial.type("log\r")
        serial.wait_for("What the tools printed", within=LINE_WITHIN, what="the log")
        serial.type("2\r")
        serial.wait_for(r"# ", within=LINE_WITHIN, what="the shell")
        serial.run("stty cols 500")
        echoes = serial.output_of("stty -a | grep -ow -e '-*echo'")
        assert echoes == "echo", f"the terminal was left with {echoes}"
        for secret in (BETTY.password, PASSPHRASE):
            live.found_nowhere(serial, secret)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    for secret in (BETTY.password, PASSPHRASE):
        # The shell's line that looks for it holds it in two halves.
        assert secret not in printed(stage), "a secret was shown on the serial line"
    stage.say("passphrase and password are on no line, in no log")

    installed.lets_in(stage, hardware, BETTY, HOSTNAME, PASSPHRASE)


def nobody_is_asked(stage: Stage, serial: Serial) -> None:
    """Without a terminal it says what to do, at once, and touches nothing."""
    status, said = serial.run("atomos-install --plain </dev/null 2>&1", within=LINE_WITHIN)
    assert status == 3, f"it ended with {status}: {said}"
    words = " ".join(said.split())
    assert "Standard input is no terminal" in words, words
    assert "atomos-install run --answers FILE" in words, words
    stage.say("without a terminal: " + words)


def answer(stage: Stage, serial: Serial, url: str) -> None:
    """Each question is waited for, and answered by one line."""

    def line(question: str, typed: str, *, within: float = LINE_WITHIN) -> str:
        match = serial.wait_for(question, within=within, what=question)
        serial.type(f"{typed}\r")
        return match.group()

    line(r"3\. Portugu.s \(Brasil\)\s+Number \[1\]: ", "", within=PLAN_WITHIN)
    line(r"Keyboard(?s:.*)Number \[1\]: ", "")
    shown = line(r"How does this machine(?s:.*)Number \[1\]: ", "", within=PLAN_WITHIN)
    assert "This machine is connected" in " ".join(shown.split()), shown
    line(r"Release \[[^\]]*\]: |Release: ", url, within=PLAN_WITHIN)
    line(r"UNSIGNED, yes or no \[no\]: ", "?")
    line(r"It must be signed(?s:.*)UNSIGNED, yes or no \[no\]: ", "")
    shown = line(r"Which version shall(?s:.*)Number \[1\]: ", "", within=PLAN_WITHIN)
    assert "Signed by" in shown, shown
    shown = line(r"Which disk shall(?s:.*)Number of the disk \[1\]: ", "1")
    assert "/dev/vdb" in shown, shown
    assert "/dev/vda" not in shown, f"the live medium is offered:\n{shown}"
    line(r"Recovery on this disk too, yes or no \[yes\]: ", "")
    line(r"Encrypt this disk [^:]*: ", "back")
    line(r"Number of the disk \[1\]: ", "")
    line(r"Recovery on this disk too, yes or no \[yes\]: ", "")
    line(r"Encrypt this disk [^:]*: ", "")
    line(r"Passphrase: ", PASSPHRASE)
    line(r"Passphrase again: ", PASSPHRASE)
    line(r"Make a recovery key, yes or no \[yes\]: ", "")
    shown = line(rf"{_KEY}(?s:.*)It is written down, yes or no \[no\]: ", "yes")
    key = re.search(_KEY, shown)
    assert key is not None, shown
    match = serial.wait_for(r"Type group (\d) of 4: ", within=LINE_WITHIN, what="the group")
    serial.type(key.group().split("-")[int(match.group(1)) - 1] + "\r")
    line(r"Number \[1\]: ", "")
    line(r"Full name, optional: ", "Betty Holberton")
    line(r"Login name, [^:]*: ", BETTY.name)
    line(r"Host name \[[^\]]*\]: ", HOSTNAME)
    line(r"Password: ", BETTY.password)
    line(r"Password again: ", BETTY.password)
    line(r"home-manager, yes or no \[yes\]: ", "")
    line(r"at the first login, yes or no \[no\]: ", "yes")
    line(r"Flake, optional: ", "")
    line(r"Flatpaks, optional: ", "")
    line(r"Time zone \[UTC\]: ", "tokyo")
    line(r"1\. Asia/Tokyo Japan\s+Time zone \[UTC\]: ", "1")
    plan = line(r"Read this before(?s:.*)Disk's name: ", "vda", within=PLAN_WITHIN)
    assert "WILL BE LOST" in plan, plan
    line(r"! That is not vdb. Nothing has been written.\s+Disk's name: ", "vdb")
    stage.say("the typed name of the disk starts the installation")


def leave_and_come_back(stage: Stage, serial: Serial) -> None:
    """Ctrl+C asks; the line is left; the run goes on, and is found again."""
    serial.wait_for(r"Step 2 of \d+: ", within=LINE_WITHIN, what="the second step")
    serial.type("\x03")
    serial.wait_for("goes on without this screen", within=LINE_WITHIN, what="the question")
    serial.type("yes\r")
    serial.wait_for(r"# ", within=LINE_WITHIN, what="the shell")
    serial.type("TERM=dumb atomos-install\r")
    serial.wait_for(
        r"Step 1 of \d+: (?s:.*)done after", within=LINE_WITHIN, what="the run from its start"
    )
    stage.say("left with Ctrl+C, the installation went on and was found again")


def for_paper(text: str) -> None:
    """Nothing but what a paper terminal prints; the kernel ends each line with CR LF."""
    odd = {character for character in text if character not in _PAPER}
    assert not odd, f"not for paper: {odd}"
    drawn_over = re.findall(r"[^\n]*\r(?!\n|\r)[^\n]*", text)
    assert not drawn_over, f"drawn over: {drawn_over[:3]}"


def printed(stage: Stage) -> str:
    """All that came over the line so far."""
    # As it came: universal newlines would hide a bare carriage return.
    return (stage.folder / "serial.log").read_bytes().decode("utf-8", "replace")
