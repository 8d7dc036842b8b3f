"""The scenario ``two-installers``: a second one finds the first, says so, and can watch it."""

import re

from tests.vm import booted_live, live
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.unattended import answers_at_shell


def two_installers(stage: Stage) -> None:
    """The second is refused with who and since when; attaching to the first shows its end."""
    hardware = booted_live.bring_back(stage)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        answers_at_shell(serial, url)
        command = "atomos-install run --answers /run/answers.yaml"
        first = f"{command} >/run/first.log 2>&1; echo $? >/run/first.status"
        serial.output_of(f"{{ {first}; }} & disown")
        serial.output_of("until grep -q '^\\[5/' /run/first.log; do sleep 1; done", within=120)
        before = serial.output_of("sfdisk --dump /dev/vdb")

        status, said = serial.run(f"{command} 2>&1", within=120)
        assert status == 3, f"the second ended with status {status}:\n{said}"
        words = " ".join(said.split())
        assert "Another installation is running on this machine" in words, words
        assert re.search(r"process \d+", words), f"it does not say who:\n{words}"
        assert re.search(r"since .*\d\d:\d\d", words), f"it does not say since when:\n{words}"
        assert "atomos-install attach" in words, words
        stage.say(f"the second is refused: {words}")

        said = serial.output_of("atomos-install attach 2>&1", within=600)
        assert "AtomOS is installed" in said, said
        stage.say("attached to the first, it is seen to its end")
        assert serial.output_of("sfdisk --dump /dev/vdb") == before
        serial.output_of("until [ -s /run/first.status ]; do sleep 1; done", within=60)
        assert serial.output_of("cat /run/first.status") == "0"
        stage.say("the first one never noticed")
