"""The scenario ``tui-kill``: the app is killed three times during an installation, then its line is
cut; each time another app finds the installation, which never noticed."""

from typing import Final

from tests.vm import booted_live, installed, live, screens, tui_serial
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.tongue import english

KILLS: Final = 3
BUTTON: Final = "ret"
"""The key on the machine's keyboard that kills the app of the serial line, by QEMU's name."""


def tui_kill(stage: Stage) -> None:
    """Killed without a warning, found again, and the machine starts in the end."""
    hardware = booted_live.bring_back(stage)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        lay_the_button(serial)
        serial.type("stty cols 80; exit\r")
        tui_serial.answer(stage, serial, url, english)
        installation = ""
        for count in range(1, KILLS + 1):
            serial.screen_with("Installing", within=screens.SCREEN_WITHIN)
            machine.press(BUTTON)
            live.at_shell(serial)
            installation = still_the_same(serial, installation)
            serial.forget_screen()
            serial.type("stty cols 80; exit\r")
            stage.say(f"killed {count} times, and the installation is process {installation} still")
        serial.screen_with("Installing", within=screens.SCREEN_WITHIN)
        tui_serial.drop_the_line(serial)
        serial.screen_with("AtomOS is installed", within=tui_serial.RUN_WITHIN)
        stage.say("the line was cut too; the installation came to its end, and the app shows it")
        live.leave_to_shell(serial)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)

    installed.lets_in(stage, hardware, tui_serial.GRACE, tui_serial.HOSTNAME, tui_serial.PASSPHRASE)


def lay_the_button(serial: Serial) -> None:
    """A key of the machine's own keyboard kills the app of the serial line from now on."""
    # A console of its own: on the first one the keys would be the app's that is there.
    kill = "while read -r _ </dev/tty9; do pkill -KILL -t ttyS0 python3; done"
    serial.output_of(f"systemd-run --quiet --unit=button sh -c '{kill}' && chvt 9")


def still_the_same(serial: Serial, before: str) -> str:
    """Number of the process that installs, which is one, and the one from before."""
    terminal = serial.output_of("stty -a | grep -ow -e '-*echo' -e '-*icanon' | xargs")
    assert terminal == "icanon echo", f"the terminal was left with {terminal}"
    # It says who it is once it has loaded itself, and the first kill comes before.
    serial.output_of("until grep -q pid /run/atomos/run/lock; do sleep 1; done")
    now = serial.output_of("grep -o '\"pid\": [0-9]*' /run/atomos/run/lock | tr -dc 0-9")
    serial.output_of(f"kill -0 {now}")
    assert before in ("", now), f"another process installs: {now} instead of {before}"
    return now
