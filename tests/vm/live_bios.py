"""The scenario ``live-bios``: the live medium on a machine without UEFI."""

from tests.vm import live
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, ANSWERS, DISK_SIZE, HOSTNAME, PASSWORD_IN_FILE


def live_bios(stage: Stage) -> None:
    """The live medium comes up on a BIOS machine and refuses to install there, in words."""
    hardware = Hardware(
        firmware=Firmware.BIOS,
        drives=(stage.stick, stage.disk("disk", DISK_SIZE)),
        variables=stage.folder / "variables.qcow2",
    )
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.start_on_serial(serial)
        live.wait_for_app(serial)
        live.leave_to_shell(serial)
        live.no_failed_units(serial)
        stage.say("the live system is up, started by BIOS")
        answers = "/run/answers.yaml"
        text = ANSWERS.format(url="http://10.0.2.2:1", hostname=HOSTNAME, secret=PASSWORD_IN_FILE)
        lines = text.replace("\n", "\\n")
        serial.output_of(f"printf '{lines}' >{answers}; echo {ADA.password} >/run/password")
        status, said = serial.run(f"atomos-install check --answers {answers} 2>&1", within=120)
        assert status == 3, f"check ended with status {status}:\n{said}"
        assert "Not yet: installing on BIOS machines." in said, said
