"""The scenario ``update-stick``: a machine without a network is brought to a newer release."""

from dataclasses import replace
from typing import Final

from tests.vm import installed
from tests.vm.fallback import SOON
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.newer_image import VERSION, newer_release
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install
from tests.vm.update import UPDATE_WITHIN, WHAT_STARTS_A, Story
from tests.vm.volume import iso_volume

LABEL: Final = "NEWER"
FROM: Final = f"--from volume:{LABEL}/atomos"
SLOWLY: Final = 8 * 2**20
"""Bytes a second, so that there is a middle in which the stick can be pulled out."""


def update_stick(stage: Stage) -> None:
    """The stick is not there, is pulled out in the middle, and stays; then Root B runs."""
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=disk, more=SOON))
    newer = newer_release(stage.folder / "newer")
    path = stage.folder / "newer.raw"
    stick = iso_volume(path, name="newer", label=LABEL, content={"atomos": newer})
    alone = replace(machine.without_stick, network=False)
    with VirtualMachine(alone, stage.folder) as running:
        serial = running.serial
        story = Story(stage, serial, machine.passphrase)
        story.starts("a", ADA, HOSTNAME, by_itself=False)
        assert serial.output_of("ls /sys/class/net") == "lo"
        starts_a = serial.output_of(WHAT_STARTS_A)
        status, said = serial.run(f"atomos update {FROM} 2>&1", within=120)
        assert status == 3, said
        assert f"there is no volume with the label {LABEL}" in said, said
        stage.say("without the stick it is refused, and says which one")

        # What the kernel says of a stick that is gone would come between the lines that are read.
        serial.output_of("dmesg -n 1")
        running.plug_in(stick, bytes_per_second=SLOWLY)
        wait_for_stick(serial)
        serial.output_of(f"( (atomos update {FROM} >/run/said 2>&1; echo $? >/run/status) & )")
        serial.output_of("until grep -q ' %  ' /run/said; do sleep 1; done", within=UPDATE_WITHIN)
        running.pull_out(stick)
        ended = "until [ -s /run/status ]; do sleep 1; done; cat /run/status"
        status, said = (
            int(serial.output_of(ended, within=UPDATE_WITHIN)),
            serial.output_of("cat /run/said"),
        )
        assert status == 4, said
        assert "FAILED: Write the system image to Root B" in said, said
        assert "What runs is as it was" in said, said
        stage.say("pulled out in the middle, it says: " + said.split("FAILED: ")[1])
        found = story.status()
        assert (found["runs"], found["next"]) == ("a", "a"), found
        assert found["slots"]["b"]["whole"] is False, found
        assert serial.output_of(WHAT_STARTS_A) == starts_a

        running.plug_in(replace(stick, name="again"))
        wait_for_stick(serial)
        story.updates(FROM, to="b", version=VERSION)
        assert serial.output_of(WHAT_STARTS_A) == starts_a
        installed.reboot(serial)
        story.starts("b", ADA, HOSTNAME)
        assert story.status()["slots"]["b"]["version"] == VERSION
        stage.say("in again, it is written, and Root B runs and is good")


def wait_for_stick(serial: Serial) -> None:
    """Until it can be found by its label."""
    serial.output_of(f"until blkid -t LABEL={LABEL}; do sleep 1; done", within=60)
