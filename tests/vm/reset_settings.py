"""The scenario ``reset-settings``: /etc goes by command, then /var and /nix too, by the start menu.

On an encrypted disk, with Secure Boot: the menu has only what the signed GRUB has built in.
"""

from typing import Final

from tests.vm import installed
from tests.vm.accounts import CHANGED, SETTLES_IN, do, identity_of
from tests.vm.belongings import GRACE
from tests.vm.fallback import SOON, started_by_itself, wait_until_good
from tests.vm.installed import Person
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

ANY_NAME: Final = r"[a-z0-9.-]+"
RESET_WITHIN: Final = 300.0
"""Seconds from the passphrase to the last word of a reset; 30 on an idle 2-core machine."""
DOWN: Final = "\x1b[B"
LIVED_IN: Final = (
    "mkdir -p /var/lib/mine /nix/like-a-store /home/ada/letters",
    "echo data >/var/lib/mine/data; echo dear >/home/ada/letters/one; echo 1 >/nix/like-a-store/1",
    # A line that keeps a machine from coming up is what somebody resets the settings for.
    "echo 'LABEL=gone /gone ext4 defaults 0 0' >>/etc/fstab",
    "sync",
)

NOTHING_IS_ASKED: Final = (
    "mount -o ro /dev/disk/by-partlabel/atomos-boot /mnt",
    "! test -e /mnt/atomos/reset",
    "umount /mnt",
)


def reset_settings(stage: Stage) -> None:
    """A person settles in; the settings go, then the system, and they log in as before."""
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.SECURE_BOOT, disk=disk, more=SOON, encrypted=True)
    machine = install(stage, order)
    passphrase = machine.passphrase
    assert passphrase is not None
    with VirtualMachine(machine.without_stick, stage.folder) as running:
        serial = running.serial
        starts(serial, passphrase, ADA, HOSTNAME)
        identity = identity_of(serial)
        do(serial, (*SETTLES_IN, *LIVED_IN))
        asks_for_settings(serial)
        stage.say(serial.output_of("atomos status | grep 'next start resets'", within=120))
        installed.reboot(serial)

        started_by_itself(serial, "Root A")
        unlocks(serial, passphrase)
        told(serial, "the settings have been reset")
        comes_up(serial, CHANGED, ANY_NAME)
        assert identity_of(serial) == identity
        # The image's own nanorc speaks of how to determine a syntax.
        gone = "! grep -qx '# mine' /etc/nanorc && ! grep -q LABEL=gone /etc/fstab"
        do(serial, ("! test -s /etc/hostname",))
        stays = "getent passwd grace && id -Gn grace | grep sudo && test -s /var/lib/mine/data"
        do(serial, (gone, stays, "test -e /nix/like-a-store/1 && test -s /home/ada/letters/one"))
        do(serial, ('test -z "$(nmcli -g NAME connection show | grep Home)"',))
        do(
            serial,
            ("mount -o ro /dev/disk/by-partlabel/atomos-boot /mnt; ! test -e /mnt/atomos/reset",),
        )
        do(serial, ("umount /mnt",))
        state = installed.boot_state(serial)
        assert (state["atomos_a_tries"], state["atomos_a_good"]) == ("3", "1"), state
        stage.say("the settings are gone, and people, data and tries are there")
        installed.reboot(serial)

        chosen_in_menu(serial, "system", passphrase, "no")
        told(serial, "nothing is reset")
        comes_up(serial, GRACE, ANY_NAME)
        do(serial, ("test -s /var/lib/mine/data",))
        stage.say("chosen in the menu, another word typed: nothing has changed")
        installed.reboot(serial)

        chosen_in_menu(serial, "system", passphrase, "system")
        told(serial, "the system has been reset")
        comes_up(serial, GRACE, ANY_NAME)
        assert identity_of(serial) == identity
        do(serial, ("! test -e /var/lib/mine && ! test -e /nix/like-a-store",))
        do(serial, ("test -s /home/ada/letters/one && getent passwd ada",))
        assert installed.boot_state(serial)["atomos_a_tries"] == "3"
        stage.say("/var and /nix are as the image has them, and people log in as before")


def starts(serial: Serial, passphrase: str, person: Person, hostname: str) -> None:
    installed.start(serial, "a", passphrase)
    comes_up(serial, person, hostname)


def comes_up(serial: Serial, person: Person, hostname: str) -> None:
    """To root's prompt of a start that was marked good."""
    installed.log_in(serial, person, hostname)
    installed.check_slot(serial, "a", encrypted=True)
    installed.become_root(serial, person)
    wait_until_good(serial)


def unlocks(serial: Serial, passphrase: str) -> None:
    installed.wait_for_prompt(serial)
    serial.type(f"{passphrase}\r")


def told(serial: Serial, words: str) -> None:
    serial.wait_for(words, within=RESET_WITHIN, what=f"the words {words!r}")


def asks_for_settings(serial: Serial) -> None:
    """In the wrong ways first."""
    for command, expected, words in (
        ("atomos reset all", 2, "invalid choice"),
        ("atomos reset settings </dev/null", 2, "--yes=settings"),
        ("atomos reset settings --yes=yes", 3, "nothing is reset"),
        ("atomos reset settings --yes=settings", 0, "It is done by the next start."),
    ):
        status, said = serial.run(command, within=120)
        assert (status, words in said) == (expected, True), (command, status, said)


def chosen_in_menu(serial: Serial, level: str, passphrase: str, word: str) -> None:
    """The entry of the start menu, and then the question of the initramfs."""
    serial.choose("x", "Reset ... (key X)")
    serial.type("\r" if level == "settings" else f"{DOWN}\r")
    unlocks(serial, passphrase)
    told(serial, f"Type {level} and Enter for it")
    serial.wait_for_silence()
    serial.type(f"{word}\r")
