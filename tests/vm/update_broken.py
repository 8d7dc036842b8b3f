"""The scenario ``update-broken``: three images that do not come up, each in another way; with
ATOMOS_BREAKS=hang that one alone."""

import os
from dataclasses import dataclass, replace
from typing import Final

from tests.vm import installed
from tests.vm.fallback import TRIES, started_by_itself
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.newer_image import broken_release
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install
from tests.vm.update import UPDATE_WITHIN, Story

MORE: Final = "kernel_arguments: [atomos.good_after=5, systemd.watchdog_sec=30]"
"""Seconds until a start is good, and until the hardware watchdog bites; 60 as delivered."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An image, and what has to be said of it when it has failed."""

    breaks: str
    version: str
    why: str
    log: str
    """What it wrote itself."""


IMAGES: Final = (
    Broken(
        breaks="login",
        version="9.0.1",
        why="It came to no login. Failed: atomos-broken.service.",
        log="This image is about to login.",
    ),
    Broken(
        breaks="panic",
        version="9.0.2",
        why="Its kernel panicked: sysrq triggered crash.",
        log="sysrq triggered crash",
    ),
    Broken(
        breaks="hang",
        version="9.0.3",
        why="It stopped without a word, as where it hangs.",
        log="This image is about to hang.",
    ),
)


def update_broken(stage: Stage) -> None:
    """Each is started three times; then the old slot runs by itself, and says why."""
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=disk, more=MORE))
    images = [
        each for each in IMAGES if each.breaks in os.environ.get("ATOMOS_BREAKS", each.breaks)
    ]
    releases = [
        broken_release(stage.folder / each.breaks, each.version, each.breaks) for each in images
    ]
    hardware = replace(machine.without_stick, watchdog=True)
    with VirtualMachine(hardware, stage.folder) as running:
        serial = running.serial
        story = Story(stage, serial, machine.passphrase)
        story.starts("a", ADA, HOSTNAME, by_itself=False)
        for image, release in zip(images, releases, strict=True):
            with serving(release) as url:
                story.updates(f"--from {url}", to="b", version=image.version)
                installed.reboot(serial)
                for number in range(TRIES):
                    started_by_itself(serial, "Root B")
                    stage.say(f"{image.breaks}: try {number + 1} of Root B")
                story.starts("a", ADA, HOSTNAME)
                check_told(serial, story, image)
                check_not_again(serial, url, image)
            stage.say(f"{image.breaks}: back in Root A by itself, and it says why")


def check_told(serial: Serial, story: Story, image: Broken) -> None:
    """At the login, in the status, and in the log."""
    told = serial.output_of("cat /run/motd.d/atomos-passed-over")
    assert "Root B was passed over: its last three starts failed. Root A runs instead." in told, (
        told
    )
    assert f"Version {image.version} did not come up. {image.why}" in told, told
    whole = "until grep -q 'as it was installed' /run/motd.d/atomos-passed-over; do sleep 1; done"
    serial.output_of(whole, within=300)
    found = story.status()
    assert (found["runs"], found["next"]) == ("a", "a"), found
    failed = found["slots"]["b"]["failed"]
    assert failed["version"] == image.version, failed
    assert failed["why"].startswith(image.why), failed
    log = serial.output_of("atomos log --failed", within=120)
    assert f"Root B ({image.version}) did not come up three times." in log, log
    assert image.log in log, log[-4000:]
    assert "as it was installed" in serial.output_of("journalctl -b -q -u atomos-passed-over")


def check_not_again(serial: Serial, url: str, image: Broken) -> None:
    """The timer does not write that version once more."""
    policy = "printf 'policy: install\\ndelay: 0\\n' >/etc/atomos/update.yaml"
    serial.output_of(f"mkdir -p /etc/atomos; {policy}")
    said = serial.output_of(f"atomos update --scheduled --from {url}", within=UPDATE_WITHIN)
    assert f"{image.version} did not come up, and is not tried again by itself" in said, said
