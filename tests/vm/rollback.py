"""The scenario ``rollback``: what an update brought is taken back, for good and for one start."""

import json

from tests.vm import installed
from tests.vm.accounts import CHANGED, ELSEWHERE, check_newer, check_older, do
from tests.vm.belongings import GRACE
from tests.vm.fallback import SOON
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.newer_image import VERSION, newer_release
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install
from tests.vm.update import Story


def rollback(stage: Stage) -> None:
    """Back before B ever ran; B for one start, then for good, then back: people stay theirs."""
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.BIOS, disk=disk, more=SOON))
    newer = newer_release(stage.folder / "newer")
    with serving(newer) as url, VirtualMachine(machine.without_stick, stage.folder) as running:
        serial = running.serial
        story = Story(stage, serial, None)
        story.starts("a", ADA, HOSTNAME, by_itself=False)
        before = story.settles_in()
        story.updates(f"--from {url}", to="b", version=VERSION)
        assert _rolls_back(serial) == "a"
        status, said = serial.run("atomos rollback", within=120)
        assert (status, "is not known good" in said) == (3, True), (status, said)
        stage.say("taken back before it ever ran; further than that there is nothing to go by")
        serial.output_of("atomos boot-next b", within=120)
        assert (story.status()["next"], story.status()["once"]) == ("b", "b")
        installed.reboot(serial)

        story.starts("b", GRACE, ELSEWHERE)
        check_newer(serial)
        story.check(before)
        assert (story.status()["next"], story.status()["once"]) == ("a", None)
        stage.say("Root B for one start, which makes it known good; Root A is still first")
        do(serial, ("useradd -m -s /bin/bash bob && echo dear >/home/bob/letter",))
        assert _rolls_back(serial) == "b"
        installed.reboot(serial)

        story.starts("b", GRACE, ELSEWHERE)
        assert _rolls_back(serial) == "a"
        installed.reboot(serial)

        story.starts("a", CHANGED, ELSEWHERE)
        check_older(serial)
        story.check(before)
        do(serial, ("getent passwd bob && test -s /home/bob/letter",))
        stage.say("Root B was first, and Root A is again; whoever was made in B is there")


def _rolls_back(serial: Serial) -> str:
    """What starts next then."""
    said = json.loads(serial.output_of("atomos rollback --json", within=120))
    return str(said["next"])
