"""The scenario ``tui-serial``: a person answers on the serial console, and is read through pyte."""

from typing import Final

from tests.vm import booted_live, installed, live, screens
from tests.vm.installed import Person
from tests.vm.machine import Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

GRACE: Final = Person(name="grace", password="Nanosecond-Wire-9-Inch")
HOSTNAME: Final = "cobol"
SAMPLER: Final = (
    "while [ -e /run/sample ]; do"
    " cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null >/run/look;"
    " grep -aqFf /run/pattern /run/look && cat /run/look >>/run/hits;"
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
    screens.release(serial, url)
    picture = screens.disk(serial, "/dev/vdb")
    assert "/dev/vda" not in picture, f"the live medium is offered:\n{picture}"
    stage.say("the disk screen does not offer the live medium")
    screens.decline_encryption(serial)
    screens.user(serial, GRACE, "Grace Hopper", HOSTNAME)
    serial.screen_with("type its name: vdb", within=screens.SCREEN_WITHIN)
    serial.type("vda\r")
    serial.screen_with("vdb", within=screens.SCREEN_WITHIN)
    serial.type(screens.ERASE)
    screens.agree(serial, "vdb")
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
    serial.output_of("rm /run/sample")
    samples = int(serial.output_of("wc -l </run/samples"))
    assert samples > 100, f"only {samples} looks at the processes"
    around = "tr '\\0' ' ' </run/hits | grep -aoE \".{0,300}$(cat /run/pattern).{0,100}\""
    hits = serial.output_of(f"[ ! -e /run/hits ] || {{ {around}; }}")
    assert hits == "", f"the password was among the arguments:\n{hits}"
    serial.output_of("rm /run/pattern /run/look")
