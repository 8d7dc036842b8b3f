"""The scenario ``tui-serial``: a person answers on the serial console, and is read through pyte."""

from typing import Final

from tests.vm import booted_live, installed, live
from tests.vm.installed import Person
from tests.vm.machine import Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

GRACE: Final = Person(name="grace", password="Nanosecond-Wire-9-Inch")
HOSTNAME: Final = "cobol"
SCREEN_WITHIN: Final = 60.0
"""Seconds from a key to the screen it leads to; 2 on an idle 2-core machine without KVM."""
SAMPLER: Final = (
    "while [ -e /run/sample ]; do"
    " cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null |"
    " grep -aqFf /run/pattern && echo hit >>/run/hits;"
    " echo >>/run/samples;"
    " done"
)


def tui_serial(stage: Stage) -> None:
    """Keys only, from the first screen to the login; what was typed secretly stays secret."""
    hardware = booted_live.bring_back(stage)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        watch_arguments(serial, GRACE.password)
        serial.type("stty cols 80; exit\r")
        answer(stage, serial, url)
        drop_the_line(serial)
        serial.screen_with("AtomOS is installed", within=600)
        stage.say("the line was dropped, the installation went on, the new app shows it")
        machine.screenshot("done")
        stage.say("installed by key presses")
        live.leave_to_shell(serial)
        check_arguments(serial)
        live.found_nowhere(serial, GRACE.password)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    typed = (stage.folder / "serial.log").read_text(errors="replace")
    assert GRACE.password not in typed, "the password was shown on the serial line"
    stage.say("the password was in no argument, log or picture")

    disk_alone = Hardware(
        firmware=hardware.firmware, drives=hardware.drives[1:2], variables=hardware.variables
    )
    with VirtualMachine(disk_alone, stage.folder) as machine:
        installed.start(machine.serial, "a")
        installed.log_in(machine.serial, GRACE, HOSTNAME)
        installed.check_slot(machine.serial, "a")
    stage.say("Root A lets the person in")


def answer(stage: Stage, serial: Serial, url: str) -> None:
    """Through the screens; each is waited for, and read as a person sees it."""
    serial.screen_with(live.WELCOME, within=live.APP_WITHIN)
    serial.type(url)
    serial.screen_with(url, within=SCREEN_WITHIN)
    serial.type(live.DOWN + " ")
    serial.screen_with("[x] Take this release UNSIGNED", within=SCREEN_WITHIN)
    serial.type(live.DOWN + "\r")

    picture = serial.screen_with("Which disk shall AtomOS be on?", within=SCREEN_WITHIN)
    assert "/dev/vda" not in picture, f"the live medium is offered:\n{picture}"
    serial.screen_with("> /dev/vdb", within=SCREEN_WITHIN)
    stage.say("the disk screen does not offer the live medium")
    serial.type("\r")

    serial.screen_with("Who will use this machine?", within=SCREEN_WITHIN)
    serial.type(f"Grace Hopper{live.DOWN}{GRACE.name}{live.DOWN}")
    serial.screen_with(f"[{GRACE.name} ", within=SCREEN_WITHIN)
    serial.type("\x15" + HOSTNAME)
    serial.screen_with(f"[{HOSTNAME} ", within=SCREEN_WITHIN)
    serial.type(f"{live.DOWN}{GRACE.password}{live.DOWN}{GRACE.password}")
    serial.screen_with("*" * len(GRACE.password), within=SCREEN_WITHIN)
    serial.type(live.DOWN + live.DOWN)
    serial.screen_with("> [ Continue ]", within=SCREEN_WITHIN)
    serial.type("\r")

    serial.screen_with("type its name: vdb", within=SCREEN_WITHIN)
    serial.type("vda\r")
    serial.screen_with("vdb", within=SCREEN_WITHIN)
    serial.type("\x15vdb\r")
    serial.screen_with("Installing", within=SCREEN_WITHIN)
    stage.say("the typed name of the disk starts the installation")


def drop_the_line(serial: Serial) -> None:
    """End everything that the line's getty started, as when a modem hangs up or a cable is pulled.

    The installation was started from there too, and is in the same control group.
    """
    live.leave_to_shell(serial)
    serial.type("systemctl restart --no-block serial-getty@ttyS0.service\r")


def watch_arguments(serial: Serial, secret: str) -> None:
    """From now on look for `secret` among all processes' arguments and environments."""
    middle = len(secret) // 2
    # In two halves, so that neither this shell's history nor printf's arguments hold it whole.
    serial.output_of(f"printf %s%s\\\\n '{secret[:middle]}' '{secret[middle:]}' >/run/pattern")
    serial.output_of(f"touch /run/sample; ({SAMPLER}) & disown")


def check_arguments(serial: Serial) -> None:
    """Whoever was watching has looked often, and seen nothing."""
    serial.output_of("rm /run/sample /run/pattern")
    samples = int(serial.output_of("wc -l </run/samples"))
    assert samples > 100, f"only {samples} looks at the processes"
    assert serial.run("test -e /run/hits")[0] == 1, "the password was among the arguments"
