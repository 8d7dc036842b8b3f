"""The installer's screens on the serial line, answered by key presses and read through pyte."""

import re
from typing import Final

from tests.vm import live
from tests.vm.installed import Person
from tests.vm.live import DOWN
from tests.vm.serial import NeverCame, Serial

SCREEN_WITHIN: Final = 60.0
"""Seconds from a key to the screen it leads to; 2 on an idle 2-core machine without KVM."""
KEY_WITHIN: Final = 20.0
"""Seconds from a key to what it changes on the same screen."""
UP: Final = "\x1b[A"
ERASE: Final = "\x15"
"""Ctrl+U: what stands in a line is gone."""
_RECOVERY_KEY: Final = re.compile(r"(?:[cbdefghijklnrtuv]{8}-){3}[cbdefghijklnrtuv]{8}")


def language(serial: Serial) -> None:
    """The first screen: English, and the keyboard that is there."""
    serial.screen_with(live.FIRST, within=live.APP_WITHIN)
    serial.type("\r")
    serial.screen_with("> [ Continue ]", within=SCREEN_WITHIN)
    serial.type("\r")


def release(serial: Serial, url: str) -> None:
    """The first two screens: language, and where the release comes from."""
    language(serial)
    serial.screen_with(live.WELCOME, within=live.APP_WITHIN)
    serial.type(ERASE + url)
    serial.screen_with(url, within=SCREEN_WITHIN)
    serial.type(DOWN)
    serial.screen_with("> [ ] Take this release even if it is UNSIGNED", within=SCREEN_WITHIN)
    serial.type(DOWN + "\r")


def disk(serial: Serial, path: str) -> str:
    """The list of disks; answers with its picture. `path` is the only one, or the first."""
    picture = serial.screen_with("Which disk shall AtomOS be on?", within=SCREEN_WITHIN)
    serial.screen_with(f"> {path}", within=SCREEN_WITHIN)
    serial.type("\r")
    return picture


def decline_encryption(serial: Serial) -> None:
    """The box is ticked until somebody takes the tick away."""
    serial.screen_with("[x] Encrypt this disk", within=SCREEN_WITHIN)
    serial.type(UP)
    serial.screen_with("> [x] Encrypt this disk", within=KEY_WITHIN)
    serial.type(" ")
    serial.screen_with("[ ] Encrypt this disk", within=KEY_WITHIN)
    _press_continue(serial)


def encrypt(serial: Serial, passphrase: str) -> None:
    """A new passphrase, twice."""
    serial.screen_with("[x] Encrypt this disk", within=SCREEN_WITHIN)
    serial.type(passphrase)
    serial.screen_with("*" * len(passphrase), within=KEY_WITHIN)
    serial.type(DOWN + passphrase)
    serial.screen_with("[ ] Show the passphrase", within=KEY_WITHIN)
    _press_continue(serial)


def take_recovery_key(serial: Serial) -> str:
    """Read the key off the screen, say that it is written down, type a part of it back."""
    serial.screen_with("A recovery key for this disk", within=SCREEN_WITHIN)
    # The page is painted from its top: what stands below the key comes after it.
    picture = serial.screen_with("Type group", within=SCREEN_WITHIN)
    shown = _RECOVERY_KEY.search(picture)
    assert shown is not None, f"there is no recovery key on\n{picture}"
    asked = re.search(r"Type group (\d)", picture)
    assert asked is not None, f"no group is asked for on\n{picture}"
    _down_to(serial, "> [ ] It is written down")
    serial.type(" ")
    serial.screen_with("[x] It is written down", within=KEY_WITHIN)
    picture = serial.screen_with(asked.group(), within=KEY_WITHIN)
    assert shown.group() not in picture, f"the key is still shown on\n{picture}"
    serial.type(DOWN + shown.group().split("-")[int(asked.group(1)) - 1])
    _press_continue(serial)
    return shown.group()


def user(serial: Serial, person: Person, full_name: str, hostname: str) -> None:
    """The first account, and the machine's name."""
    serial.screen_with("Who will use this machine?", within=SCREEN_WITHIN)
    serial.type(f"{full_name}{DOWN}{person.name}{DOWN}")
    serial.screen_with(f"[{person.name} ", within=SCREEN_WITHIN)
    serial.type(ERASE + hostname)
    serial.screen_with(f"[{hostname} ", within=SCREEN_WITHIN)
    serial.type(f"{DOWN}{person.password}{DOWN}{person.password}")
    serial.screen_with("*" * len(person.password), within=SCREEN_WITHIN)
    _press_continue(serial)


def keep_data(serial: Serial) -> None:
    """The disk holds an AtomOS: its data stay, which is the first of the choices."""
    serial.screen_with("> Keep home directories", within=SCREEN_WITHIN)
    serial.type("\r")


def unlock(serial: Serial, passphrase: str) -> None:
    """The passphrase of the disk whose data stay."""
    serial.screen_with("Unlock the data that are kept", within=SCREEN_WITHIN)
    serial.type(passphrase)
    serial.screen_with("*" * len(passphrase), within=KEY_WITHIN)
    _down_to(serial, "> [ Unlock ]")
    serial.type("\r")


def agree(serial: Serial, name: str) -> None:
    """The plan: the disk's name, typed, starts the installation."""
    serial.screen_with(f"type its name: {name}", within=SCREEN_WITHIN)
    serial.type(f"{name}\r")
    serial.screen_with("Installing", within=SCREEN_WITHIN)


def _press_continue(serial: Serial) -> None:
    _down_to(serial, "> [ Continue ]")
    serial.type("\r")


def _down_to(serial: Serial, text: str) -> None:
    for _ in range(12):
        try:
            serial.screen_with(text, within=2)
        except NeverCame:
            serial.type(DOWN)
        else:
            return
    serial.screen_with(text, within=KEY_WITHIN)
