"""The live system of a virtual machine, as a person at its serial console meets it."""

from typing import Final

from tests.vm.serial import Serial

SERIAL_ENTRY: Final = "Install AtomOS (serial console)"
WELCOME: Final = "Install AtomOS on this machine"
SHELL_HINT: Final = "This is a shell of the live system"
APP_WITHIN: Final = 300.0
"""Seconds from the boot menu to the app; 40 on an idle 2-core machine without KVM."""
DOWN: Final = "\x1b[B"
CTRL_L: Final = "\x0c"
CTRL_Q: Final = "\x11"


def start_on_serial(serial: Serial) -> None:
    """Choose the boot menu's serial entry."""
    serial.choose("s", SERIAL_ENTRY)


def leave_to_shell(serial: Serial) -> None:
    """From the app to the shell behind it."""
    serial.type(CTRL_Q)
    serial.wait_for(r"Leave to a shell\?", within=30, what="the question whether to leave")
    serial.type(DOWN)
    serial.wait_for(r"> \[ Leave", within=30, what="the answer that leaves")
    serial.type("\r")
    at_shell(serial)


def at_shell(serial: Serial) -> None:
    """Wait for the live system's shell and make it quiet."""
    serial.wait_for(SHELL_HINT, within=60, what="the shell of the live system")
    serial.wait_for(r"# ", within=30, what="its prompt")
    # A wide line: the shell must not wrap and redraw what a test types.
    serial.run("stty cols 500; bind 'set enable-bracketed-paste off' 2>/dev/null; PS1='# '")


def no_failed_units(serial: Serial) -> None:
    """Every service is well."""
    failed = serial.output_of("systemctl --failed --no-legend --plain")
    assert failed == "", f"failed units: {failed}"


def found_nowhere(serial: Serial, secret: str) -> None:
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
