"""The scenario ``verity-flip``: a bit of slot A changes, and nobody but dm-verity notices.

Secure Boot is on, so GRUB counts with what is built into the signed one.
"""

import struct
import subprocess
from pathlib import Path
from typing import Final

from installer.release import image_name, roothash_name
from installer.roothash import BLOCK, parse_roothash
from tests.vm import installed
from tests.vm.fallback import SOON, START_WITHIN, TRIES, offsets, started_by_itself, wait_until_good
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

_BYTES_USED: Final = 40
"""Offset of the length of a SquashFS in its superblock, eight bytes."""
_BIT: Final = 0x10
_CHECK_WITHIN: Final = 300.0
"""Seconds to read and hash all of an image in the background."""


def verity_flip(stage: Stage) -> None:
    """A's three tries end in a panic, B comes up by itself and says why; then B's tree is gone."""
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.SECURE_BOOT, disk=disk, more=SOON)
    machine = install(stage, order).without_stick
    slots = offsets(disk.path, ("atomos-a", "atomos-b"), stage.folder)
    place = place_to_flip(image_of(stage.release))
    flip(disk.path, slots["atomos-a"] + place, image_of(stage.release), place)
    stage.say(f"a bit of slot A is flipped, at byte {place}")

    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        for number in range(TRIES):
            started_by_itself(serial, "Root A")
            stopped_by_verity(serial, place // BLOCK)
            stage.say(f"try {number + 1} of Root A: dm-verity stops the kernel")
        started_by_itself(serial, "Root B")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "b")
        stage.say("then Root B runs and is well, by itself")
        installed.become_root(serial, ADA)
        wait_until_good(serial)
        state = installed.boot_state(serial)
        assert (state["atomos_a_tries"], state["atomos_b_tries"]) == ("0", "3"), state
        says_why(serial, place)
        stage.say("and says why, in the journal and at the login")
        installed.become_root(serial, ADA)
        serial.type("systemctl poweroff\r")
        running.wait_until_off(within=120)

    tree = hash_offset_of(image_of(stage.release))
    flip(disk.path, slots["atomos-b"] + tree, image_of(stage.release), tree)
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        started_by_itself(serial, "Root B")
        failed = r"Failed to start \S*systemd-veritysetu"
        serial.wait_for(failed, within=START_WITHIN, what="systemd's word of dm-verity")
        # At once: dracut would wait for the root for three minutes, and then restart as well.
        serial.wait_for("reboot: Restarting system", within=60, what="the restart")
        started_by_itself(serial, "Root B")
        stage.say("a slot whose hash tree is none starts the machine again")


def image_of(release: Path) -> Path:
    """The system image of a release."""
    return next(release.glob(image_name("*", "*")))


def hash_offset_of(image: Path) -> int:
    """Where the hash tree of an image begins, in bytes."""
    beside = image.with_name(roothash_name(image.name))
    return parse_roothash(beside.read_text(), beside.name).hash_offset_bytes


def place_to_flip(image: Path) -> int:
    """A byte of the image that means nothing, in a block that every start reads.

    The last block holds the end of a table that the kernel reads when it mounts, and what the image
    was filled up with to the end of the block. Without dm-verity the system would start as before.
    """
    with image.open("rb") as opened:
        (used,) = struct.unpack_from("<Q", opened.read(96), _BYTES_USED)
    # Where nothing had to be filled up: a byte of the time that the image was made, at its start.
    return int(used) if used % BLOCK else 8


def flip(disk: Path, offset: int, image: Path, place: int) -> None:
    """Flip a bit on a qcow2 disk where a slot's image has the byte at `place`."""
    with image.open("rb") as opened:
        opened.seek(place)
        byte = opened.read(1)[0]
    commands = [f"read -P {byte:#x} {offset} 1", f"write -P {byte ^ _BIT:#x} {offset} 1"]
    argv = ["qemu-io", "-f", "qcow2", *(word for each in commands for word in ("-c", each))]
    done = subprocess.run([*argv, str(disk)], check=True, capture_output=True, text=True)
    assert "Pattern verification failed" not in done.stdout, done.stdout


def stopped_by_verity(serial: Serial, block: int) -> None:
    """The kernel names the block, and panics."""
    words = rf"device-mapper: verity: \S+ data block {block} is corrupted"
    serial.wait_for(words, within=START_WITHIN, what="dm-verity's word of the block")
    panic = r"Kernel panic - not syncing: dm-verity device corrupted"
    serial.wait_for(panic, within=60, what="the kernel's panic")


def says_why(serial: Serial, place: int) -> None:
    """From root's prompt: in the journal, and to whoever logs in. Ends at ADA's prompt."""
    status, said = serial.run(
        f"timeout {_CHECK_WITHIN:.0f} sh -c 'while systemctl -q is-active atomos-passed-over;"
        " do sleep 1; done'",
        within=_CHECK_WITHIN + 30,
    )
    assert status == 0, f"the check of slot A came to no end: {said}"
    passed = "Root A was passed over: its last three starts failed. Root B runs instead."
    damaged = f"The image in Root A is damaged, at byte {place // BLOCK * BLOCK} of /dev/vda4."
    journal = serial.output_of("journalctl -q --no-pager -o cat -u atomos-passed-over.service")
    for words in (passed, damaged):
        assert words in journal, journal
    serial.type("exit\r")
    serial.wait_for(r"\$ ", within=60, what="ADA's prompt")
    serial.type("exit\r")
    serial.wait_for(rf"{HOSTNAME} login: ", within=60, what="the login prompt")
    serial.type(f"{ADA.name}\r")
    serial.wait_for("Password: ", within=60, what="the question for the password")
    serial.type(f"{ADA.password}\r")
    for words in (passed, damaged):
        serial.wait_for(words.replace(".", r"\."), within=60, what=f"{words!r} at the login")
    serial.wait_for(r"\$ ", within=60, what="the prompt of ada")
