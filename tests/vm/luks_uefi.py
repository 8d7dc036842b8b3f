"""The scenario ``luks-uefi``: the encrypted layout, its prompt answered on a German keyboard."""

import time
from typing import Final

from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import NeverCame, Serial
from tests.vm.unattended import (
    ADA,
    DISK_SIZE,
    HOSTNAME,
    PASSPHRASE,
    Order,
    check_recovery,
    install,
)

GERMAN: Final = {
    # What a person with a German keyboard presses, by the keys' names on an American one.
    **{letter: letter for letter in "abcdefghijklmnopqrstuvwx"},
    **{"y": "z", "z": "y", "-": "slash", ".": "dot", "#": "backslash"},
}

STILL_SECONDS: Final = 4.0
STILL_WITHIN: Final = 120.0


def luks_uefi(stage: Stage) -> None:
    """One passphrase, one prompt, in the keyboard layout of the answers; A, B and Recovery."""
    order = Order(
        firmware=Firmware.UEFI,
        disk=stage.disk("disk", DISK_SIZE),
        # Without a cursor that blinks, what changes on the screen is what was typed.
        more="keymap: de\nkernel_arguments: [vt.global_cursor_default=0]",
        encrypted=True,
    )
    before = install(stage, order)
    with VirtualMachine(before.without_stick, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.wait_for_prompt(serial)
        _wait_until_still(machine)
        for character in PASSPHRASE:
            _press_until_seen(machine, _german(character))
        machine.press("ret")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a", encrypted=True)
        stage.say("Root A was unlocked from a German keyboard")
        installed.become_root(serial, ADA)
        check_container(serial)
        stage.say("the container is LUKS2, argon2id, with discards")
        installed.reboot(serial)

        installed.start(serial, "b", PASSPHRASE)
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "b", encrypted=True)
        stage.say("Root B was unlocked from the serial line")
        installed.become_root(serial, ADA)
        installed.reboot(serial)
        installed.start(serial, "r")
        check_recovery(serial)
        stage.say("Recovery is the live system with the installer")


def _german(character: str) -> str:
    key = GERMAN[character.lower()]
    return f"shift-{key}" if character.isupper() else key


def _wait_until_still(machine: VirtualMachine) -> None:
    """The prompt comes on the serial line first: its paint was taken for what the first key does,
    which was lost."""
    seen, since = b"", time.monotonic()
    deadline = since + STILL_WITHIN
    while time.monotonic() - since < STILL_SECONDS:
        if time.monotonic() > deadline:
            raise NeverCame(f"the screen changed again and again for {STILL_WITHIN:.0f} s")
        now = machine.screenshot("prompt").read_bytes()
        if now != seen:
            seen, since = now, time.monotonic()


def _press_until_seen(machine: VirtualMachine, key: str) -> None:
    """Press a key until there is one more dot: a key that comes while the kernel is still finding
    its keyboard is lost, and a keyboard that is not read holds no more than 16 of them."""
    before = machine.screenshot("prompt").read_bytes()
    for _ in range(10):
        machine.press(key)
        # A loaded machine once took more than five: the letter came twice.
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if machine.screenshot("prompt").read_bytes() != before:
                return
    raise NeverCame(f"ten times {key}, and nothing more is on the screen")


def check_container(serial: Serial) -> None:
    """One LUKS2 container with one keyslot; one volume group in it with three volumes."""
    device = serial.output_of("blkid -t PARTLABEL=atomos-luks -o device")
    dump = serial.output_of(f"cryptsetup luksDump {device}", within=120)
    for words in ("Version:       \t2", "argon2id", "allow-discards"):
        assert words in dump, f"{words!r} is not in\n{dump}"
    assert dump.count("Priority:") == 1, f"not one keyslot:\n{dump}"
    discards = serial.output_of("lsblk -ndro DISC-MAX /dev/mapper/atomos")
    assert discards != "0B", "discards do not pass through LUKS"
    volumes = serial.output_of("lvs --noheadings -o vg_name,lv_name --separator /").split()
    assert volumes == ["atomos/a", "atomos/b", "atomos/data"], f"the volumes are {volumes}"
