"""The scenario ``tui-serial``: a person answers on the serial console in German, and is read
through pyte."""

from typing import Final

from tests.vm import booted_live, installed, live, screens
from tests.vm.installed import Person
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.tongue import Tongue, english, german

GRACE: Final = Person(name="grace", password="Nanosecond-Wire-9-Inch")
PASSPHRASE: Final = "Käfer Drossel Ginster Heu"
HOSTNAME: Final = "cobol"
SECRETS: Final = (GRACE.password, PASSPHRASE)
RUN_WITHIN: Final = 900.0
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
        key = answer(stage, serial, url, german)
        drop_the_line(serial, german)
        serial.screen_with("AtomOS ist installiert", within=RUN_WITHIN)
        stage.say("the line was dropped, the installation went on, the new app shows it in German")
        machine.screenshot("done")
        stage.say("installed by key presses")
        live.leave_to_shell(serial, german)
        check_arguments(serial)
        for secret in (*SECRETS, key):
            live.found_nowhere(serial, secret)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    typed = (stage.folder / "serial.log").read_text(errors="replace")
    for secret in SECRETS:
        assert secret not in typed, "a secret was shown on the serial line"
    stage.say("the secrets were in no argument, log or picture")

    with installed.logged_in(stage, hardware, GRACE, HOSTNAME, PASSPHRASE) as serial:
        locale = serial.output_of("cat /etc/locale.conf /etc/vconsole.conf")
        assert "LANG=de_DE.UTF-8" in locale, locale
        assert "KEYMAP=de" in locale, locale
        zone = serial.output_of("readlink /etc/localtime; date +%Z")
        assert "Europe/Berlin" in zone, zone
        assert "CE" in zone, f"neither CET nor CEST: {zone}"
    stage.say("Root A speaks German, and its clock is that of Berlin")


def answer(
    stage: Stage, serial: Serial, url: str, say: Tongue, passphrase: str = PASSPHRASE
) -> str:
    """Through the screens, each waited for and read as a person sees it, until the installation
    runs; gives the recovery key."""
    screens.release(serial, url, say)
    picture = screens.disk(serial, "/dev/vdb", say)
    assert "/dev/vda" not in picture, f"the live medium is offered:\n{picture}"
    stage.say("the disk screen does not offer the live medium")
    screens.encrypt(serial, passphrase, say)
    key = screens.take_recovery_key(serial, say)
    screens.user(serial, GRACE, "Grace Hopper", HOSTNAME, say)
    screens.software(serial, say)
    screens.time_zone(serial, say, zone="Europe/Berlin" if say is german else "UTC")
    screens.page(serial, say(screens.TO_ERASE).format(name="vdb"))
    serial.type("vda\r")
    refused = say("That is not {name}. Nothing has been written.").format(name="vdb")
    serial.screen_with(refused, within=screens.SCREEN_WITHIN)
    serial.type(screens.ERASE)
    screens.agree(serial, "vdb", say)
    stage.say("the typed name of the disk starts the installation")
    return key


def drop_the_line(serial: Serial, say: Tongue = english) -> None:
    """End everything that the line's getty started, as when a modem hangs up or a cable is pulled.

    The installation was started from there too, and is in the same control group.
    """
    live.leave_to_shell(serial, say)
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
