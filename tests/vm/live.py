"""The live system of a virtual machine, as a person at its serial console meets it."""

import base64
import re
from collections.abc import Callable
from typing import Final

from tests.vm.serial import Line, NeverCame
from tests.vm.tongue import Tongue, english

SERIAL_ENTRY: Final = "Install AtomOS on a serial console (key T)"
FIRST: Final = "Language and keyboard"
"""The first screen after a start of the machine, in English."""
WELCOME: Final = "Install AtomOS on this machine"
SHELL_HINT: Final = "This is a shell of the live system"
APP_WITHIN: Final = 300.0
"""Seconds from the boot menu to the app; 40 on an idle 2-core machine without KVM."""
STEP_WITHIN: Final = 300.0
"""Seconds for one step of an installation, the start of the live system included."""
DOWN: Final = "\x1b[B"
CTRL_L: Final = "\x0c"
CTRL_Q: Final = "\x11"


def start_on_serial(serial: Line) -> None:
    """Choose the boot menu's serial entry."""
    serial.choose("t", SERIAL_ENTRY)


def wait_for_app(serial: Line, *, within: float = APP_WITHIN) -> None:
    """Wait for the app's first screen, painted to its last line; `within` is in seconds."""
    serial.wait_for(FIRST, within=within, what="the app")
    serial.wait_for(r"Ctrl\+Q", within=60, what="the last line of the app's first screen")


def wake(serial: Line) -> None:
    """Have the app paint again after its machine was brought back from a snapshot.

    Asked more than once: a key that comes while the machine finds its time again can be lost.
    """
    for _ in range(12):
        serial.type(CTRL_L)
        try:
            serial.wait_for(FIRST, within=5, what="the app to paint again")
        except NeverCame:
            continue
        return
    raise NeverCame("the app did not paint again within 60 s of Ctrl+L")


def follow_installation(
    serial: Line, say: Callable[[str], None], *, step_within: float = STEP_WITHIN
) -> None:
    """Read an unattended installation to its good end, and say each of its steps, none of which
    may take longer than `step_within` seconds.

    Raises AssertionError with its words when it is refused, fails, or is stopped.
    """
    patterns = (
        r"\[\d+/\d+\] [^\r\n]+(?=\r)",
        r"AtomOS is installed, [^\r\n]+(?=\r)",
        r"Refused[.,][^\r\n]*(?=\r)|FAILED: [^\r\n]+(?=\r)|Stopped, as asked\.",
        r"answers\.yaml:\d+:\d+: [^\r\n]+(?=\r)",
        # The line belongs to the app by then.
        r"It cannot be installed like this",
    )
    while True:
        line = serial.wait_for(
            "|".join(patterns), within=step_within, what="the next step of the installation"
        ).group()
        say(line)
        if line.startswith("AtomOS is installed"):
            return
        if not line.startswith("["):
            raise AssertionError(f"{line}\n{serial.what_comes(within=5)}")


def leave_to_shell(serial: Line, say: Tongue = english) -> None:
    """From the app to the shell behind it."""
    serial.type(CTRL_Q)
    question = re.escape(say("Leave to a shell?"))
    serial.wait_for(question, within=30, what="the question whether to leave")
    serial.type(DOWN)
    answer = re.escape(f"> [ {say('Leave to a shell')} ]")
    serial.wait_for(answer, within=30, what="the answer that leaves")
    serial.type("\r")
    at_shell(serial)


def at_shell(serial: Line) -> None:
    """Wait for the live system's shell and make it quiet."""
    serial.wait_for(SHELL_HINT, within=60, what="the shell of the live system")
    serial.wait_for(r"# ", within=30, what="its prompt")
    # A wide line: the shell must not wrap and redraw what a test types.
    serial.run("stty cols 500; bind 'set enable-bracketed-paste off' 2>/dev/null; PS1='# '")


def write_file(serial: Line, path: str, content: str | bytes) -> None:
    """Make a file at a shell; encoded, so that the line's echo does not show it."""
    data = content.encode() if isinstance(content, str) else content
    encoded = base64.b64encode(data).decode()
    serial.output_of(f"umask 077; : >{path}")
    # A line of a terminal has at most 4095 characters (termios(3), canonical mode).
    for start in range(0, len(encoded), 2000):
        serial.output_of(f"echo {encoded[start : start + 2000]} | base64 -d >>{path}")


def no_failed_units(serial: Line) -> None:
    """Every service is well."""
    failed = serial.output_of("systemctl --failed --no-legend --plain")
    assert failed == "", f"failed units: {failed}"


def found_nowhere(serial: Line, secret: str) -> None:
    """`secret` stands in no file of the run, no log and no journal of the live system."""
    # In two halves, so that the command line which looks for it is not what is found. The answers
    # themselves lie in /run/atomos/answers, for root alone, until the machine is switched off.
    middle = len(secret) // 2
    found = serial.output_of(
        f"grep -raslF '{secret[:middle]}''{secret[middle:]}' /run /var/log /tmp /root"
        " --exclude-dir=answers || true",
        within=120,
    )
    assert found == "", f"the secret stands in {found}"
    journal = serial.run(
        f"journalctl -q --no-pager | grep -cF '{secret[:middle]}''{secret[middle:]}'"
    )
    assert journal[1] == "0", "the secret stands in the journal"
