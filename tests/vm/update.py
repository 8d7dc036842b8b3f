"""``update``, ``update-encrypted``, ``update-delta``: the system is kept by what installed it."""

import json
import re
from pathlib import Path
from typing import Any, Final

from installer.quantity import MIB
from installer.release import index_name
from tests.vm import installed
from tests.vm.accounts import (
    CHANGED,
    ELSEWHERE,
    SETTLES_IN,
    check_newer,
    check_older,
    check_settled,
    do,
    identity_of,
)
from tests.vm.belongings import GRACE
from tests.vm.fallback import SOON, started_by_itself, wait_until_good
from tests.vm.installed import Person
from tests.vm.machine import Drive, Firmware, VirtualMachine
from tests.vm.newer_image import VERSION, newer_release
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install
from tests.vm.unsteady_server import Line, serving_over

UPDATE_WITHIN: Final = 1200.0
"""Seconds for an image of 200 MB from the network, read back; 60 on an idle 2-core machine."""
DROPS_AT: Final = 300_000
"""Bytes of the image sent; a delta of it has a few millions."""
MOST_OF_IT: Final = 0.05
"""Of the image may be fetched: accounts and a few files of /etc differ, and what tells where all
files are."""
STORE: Final = "/nix/like-a-store"
FILLS_STORE: Final = (
    f"mkdir -p {STORE} && for n in $(seq 200); do echo $n >{STORE}/$n; done",
    f"ln -s {STORE}/7 {STORE}/link && chmod 444 {STORE}/7",
)
WHAT_STARTS_A: Final = (
    "mount -o ro /dev/disk/by-partlabel/atomos-boot /mnt"
    " && sha256sum /mnt/a/vmlinuz /mnt/a/initrd && grep ' (.*)/a/vmlinuz ' /mnt/grub/grub.cfg"
    "; umount /mnt"
)


def update(stage: Stage) -> None:
    """A runs and B is written; B runs and A is written; people and their things stay."""
    _update(stage, Order(firmware=Firmware.SECURE_BOOT, disk=_disk(stage), more=SOON))


def update_encrypted(stage: Stage) -> None:
    """The same where both slots are volumes in a container, on a BIOS machine."""
    _update(stage, Order(firmware=Firmware.BIOS, disk=_disk(stage), more=SOON, encrypted=True))


def update_delta(stage: Stage) -> None:
    """Only what differs crosses the network: to B from A; of A, which holds its release, nothing.

    The server counts, and hangs up once in the middle.
    """
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=_disk(stage), more=SOON))
    newer = newer_release(stage.folder / "newer")
    there, back = Line(drops=(DROPS_AT,)), Line()
    with (
        serving_over(there, newer) as newer_url,
        serving_over(back, stage.release) as url,
        VirtualMachine(machine.without_stick, stage.folder) as running,
    ):
        story = Story(stage, running.serial, machine.passphrase)
        story.starts("a", ADA, HOSTNAME, by_itself=False)
        story.updates(f"--from {newer_url}", to="b", version=VERSION)
        assert there.failures_left == 0
        _check_fetched(stage, running.serial, there, newer)
        installed.reboot(running.serial)

        story.starts("b", ADA, HOSTNAME)
        story.updates(f"--from {url} --older", to="a", version=None)
        assert back.sent == 0, f"{back.sent} bytes of an image that is there were sent"
        stage.say("Root A holds the older image still: none of its bytes crossed the network")


def _check_fetched(stage: Stage, serial: Serial, line: Line, release: Path) -> None:
    """What the server has sent is what the log says, and little of the image."""
    image = next(release.glob("atomos_*.squashfs"))
    whole, index = image.stat().st_size, image.with_name(index_name(image.name)).stat().st_size
    log = serial.output_of("atomos log", within=120)
    said = re.search(r"to fetch \((\d+) bytes\)", log)
    assert said is not None, log
    sent = line.sent + index
    # What was on its way when the connection was cut is sent twice.
    assert int(said[1]) <= sent <= int(said[1]) + 2 * MIB, (said[1], sent)
    assert sent <= MOST_OF_IT * whole, (sent, whole)
    stage.say(f"{sent} of {whole} bytes came from the server ({sent / whole:.1%}), index included")


def _disk(stage: Stage) -> Drive:
    return stage.disk("disk", DISK_SIZE)


def _update(stage: Stage, order: Order) -> None:
    machine = install(stage, order)
    newer = newer_release(stage.folder / "newer")
    with (
        serving(newer) as newer_url,
        serving(stage.release) as url,
        VirtualMachine(machine.without_stick, stage.folder) as running,
    ):
        story = Story(stage, running.serial, machine.passphrase)
        story.starts("a", ADA, HOSTNAME, by_itself=False)
        before = story.settles_in()
        story.updates(f"--from {newer_url}", to="b", version=VERSION)
        assert running.serial.output_of(WHAT_STARTS_A) == before.starts_a
        stage.say(f"Root B has {VERSION}; nothing that starts A has changed")
        installed.reboot(running.serial)

        story.starts("b", GRACE, ELSEWHERE)
        check_newer(running.serial)
        story.check(before)
        do(running.serial, ("useradd -m -s /bin/bash bob",))
        stage.say("Root B came by itself and is good: the newer image, and all that is theirs")
        story.updates(f"--from {url} --older", to="a", version=None)
        installed.reboot(running.serial)

        story.starts("a", CHANGED, ELSEWHERE)
        check_older(running.serial)
        story.check(before)
        stage.say("Root A, written from B, is the older image again, with the same people")


class Before:
    """What has to be the same after each start."""

    def __init__(self, serial: Serial) -> None:
        self.identity = identity_of(serial)
        self.store = serial.output_of(f"ls -lR {STORE} | sha256sum")
        self.starts_a = serial.output_of(WHAT_STARTS_A)


class Story:
    """A machine that somebody keeps at its serial console, as root."""

    def __init__(self, stage: Stage, serial: Serial, passphrase: str | None) -> None:
        self._stage, self._serial, self._passphrase = stage, serial, passphrase

    def starts(self, slot: str, person: Person, hostname: str, *, by_itself: bool = True) -> None:
        """The slot starts, by itself or by its key, is well, and is marked good; ends as root."""
        serial = self._serial
        if by_itself:
            started_by_itself(serial, f"Root {slot.upper()}")
            if self._passphrase is not None:
                installed.wait_for_prompt(serial)
                serial.type(f"{self._passphrase}\r")
        else:
            installed.start(serial, slot, self._passphrase)
        installed.log_in(serial, person, hostname)
        installed.check_slot(serial, slot, encrypted=self._passphrase is not None)
        installed.become_root(serial, person)
        wait_until_good(serial)
        status = self.status()
        assert (status["runs"], status["slots"][slot]["good"]) == (slot, True), status

    def settles_in(self) -> Before:
        """A person makes it theirs."""
        do(self._serial, (*SETTLES_IN, *FILLS_STORE))
        status, said = self._serial.run("atomos update")
        assert status == 3, said
        assert "Nothing says where newer releases are." in said, said
        return Before(self._serial)

    def check(self, before: Before) -> None:
        """All of it is there, whatever image runs."""
        check_settled(self._serial)
        assert identity_of(self._serial) == before.identity
        assert self._serial.output_of(f"ls -lR {STORE} | sha256sum") == before.store

    def updates(self, options: str, *, to: str, version: str | None) -> None:
        """`atomos update`, to its end; the restart that brings it is the caller's."""
        serial = self._serial
        offered = json.loads(
            serial.output_of(f"atomos update --check --json {options}", within=300)
        )
        assert offered["newer"] is (version is not None), offered
        started = serial.output_of(f"atomos update {options}", within=UPDATE_WITHIN)
        assert "It starts with the next restart." in started, started
        status = self.status()
        slot = status["slots"][to]
        assert (status["next"], slot["tries"], slot["good"]) == (to, 3, False), status
        assert slot["version"] == (version or offered["offered"]), status
        assert "TEST" in slot["signed_by"], status
        if version is not None:
            again = serial.output_of(f"atomos update {options}", within=300)
            assert "is here already" in again, again
        self._stage.say(serial.output_of("atomos status").replace("\n", "\n    "))

    def status(self) -> dict[str, Any]:
        """What `atomos status --json` says."""
        found: dict[str, Any] = json.loads(
            self._serial.output_of("atomos status --json", within=120)
        )
        return found
