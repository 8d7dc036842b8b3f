"""The scenario ``prompt-off``: the machine is switched off while it asks for the passphrase."""

from typing import Final

from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, PASSPHRASE, Order, install

TIMES: Final = 10


def prompt_off(stage: Stage) -> None:
    """Ten times it is switched off at the prompt; then the same slot as ever starts."""
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=disk, encrypted=True))
    for number in range(TIMES):
        with VirtualMachine(machine.without_stick, stage.folder) as running:
            installed.wait_for_prompt(running.serial)
        stage.say(f"switched off at the prompt, {number + 1} of {TIMES}")
    with VirtualMachine(machine.without_stick, stage.folder) as running:
        serial = running.serial
        installed.wait_for_prompt(serial)
        serial.type(f"{PASSPHRASE}\r")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a", encrypted=True)
        installed.become_root(serial, ADA)
        state = installed.boot_state(serial)
        # The one start that went on has not been up for long enough to be vouched for.
        assert (state["atomos_a_tries"], state["atomos_started"]) == ("2", "a"), state
        stage.say("still Root A, and no try was lost")
