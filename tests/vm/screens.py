"""The installer's screens on the serial line, answered by key presses and read through pyte."""

import re
from typing import Final

from tests.vm import live
from tests.vm.installed import Person
from tests.vm.live import DOWN
from tests.vm.serial import NeverCame, Serial
from tests.vm.tongue import Tongue, english, german

SCREEN_WITHIN: Final = 60.0
"""Seconds from a key to the screen it leads to; 2 on an idle 2-core machine without KVM."""
KEY_WITHIN: Final = 20.0
"""Seconds from a key to what it changes on the same screen."""
UP: Final = "\x1b[A"
ERASE: Final = "\x15"
"""Ctrl+U: what stands in a line is gone."""
TO_ERASE: Final = "To erase this disk and install AtomOS on it, type its name: {name}"
TO_KEEP: Final = "To install AtomOS on this disk and keep what stays, type its name: {name}"
_RECOVERY_KEY: Final = re.compile(r"(?:[cbdefghijklnrtuv]{8}-){3}[cbdefghijklnrtuv]{8}")


def language(serial: Serial, say: Tongue = english) -> None:
    """The first screen, which is in English: the language, and the keyboard that goes with it."""
    serial.screen_with(live.FIRST, within=live.APP_WITHIN)
    if say is german:
        serial.type(DOWN)
        serial.screen_with("> ( ) Deutsch", within=KEY_WITHIN)
    serial.type("\r")
    serial.screen_with(f"> [ {say('Continue')} ]", within=SCREEN_WITHIN)
    serial.type("\r")


def release(serial: Serial, url: str, say: Tongue = english) -> None:
    """The first two screens: language, and where the release comes from."""
    language(serial, say)
    serial.screen_with(say("Install AtomOS on this machine"), within=live.APP_WITHIN)
    serial.type(ERASE + url)
    serial.screen_with(url, within=SCREEN_WITHIN)
    serial.type(DOWN)
    box = say("Take this release even if it is UNSIGNED")
    serial.screen_with(f"> [ ] {box}", within=SCREEN_WITHIN)
    serial.type(DOWN + "\r")


def disk(serial: Serial, path: str, say: Tongue = english) -> str:
    """The list of disks; answers with its picture. `path` is the only one, or the first."""
    picture = serial.screen_with(say("Which disk shall AtomOS be on?"), within=SCREEN_WITHIN)
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


def encrypt(serial: Serial, passphrase: str, say: Tongue = english) -> None:
    """A new passphrase, twice."""
    serial.screen_with(f"[x] {say('Encrypt this disk (recommended)')}", within=SCREEN_WITHIN)
    serial.type(passphrase)
    serial.screen_with("*" * len(passphrase), within=KEY_WITHIN)
    serial.type(DOWN + passphrase)
    serial.screen_with(f"[ ] {say('Show the passphrase')}", within=KEY_WITHIN)
    _press_continue(serial, say)


def take_recovery_key(serial: Serial, say: Tongue = english) -> str:
    """Read the key off the screen, say that it is written down, type a part of it back."""
    serial.screen_with(say("A recovery key for this disk"), within=SCREEN_WITHIN)
    # The page is painted from its top: what stands below the key comes after it.
    group = say("Type group {number} of {count}").partition("{")[0]
    picture = serial.screen_with(group, within=SCREEN_WITHIN)
    shown = _RECOVERY_KEY.search(picture)
    assert shown is not None, f"there is no recovery key on\n{picture}"
    asked = re.search(rf"{group}(\d)", picture)
    assert asked is not None, f"no group is asked for on\n{picture}"
    written = say("It is written down: hide it")
    _down_to(serial, f"> [ ] {written}")
    serial.type(" ")
    serial.screen_with(f"[x] {written}", within=KEY_WITHIN)
    picture = serial.screen_with(asked.group(), within=KEY_WITHIN)
    assert shown.group() not in picture, f"the key is still shown on\n{picture}"
    serial.type(DOWN + shown.group().split("-")[int(asked.group(1)) - 1])
    _press_continue(serial, say)
    return shown.group()


def user(
    serial: Serial, person: Person, full_name: str, hostname: str, say: Tongue = english
) -> None:
    """The first account, and the machine's name."""
    serial.screen_with(say("Who will use this machine?"), within=SCREEN_WITHIN)
    serial.type(f"{full_name}{DOWN}{person.name}{DOWN}")
    serial.screen_with(f"[{person.name} ", within=SCREEN_WITHIN)
    serial.type(ERASE + hostname)
    serial.screen_with(f"[{hostname} ", within=SCREEN_WITHIN)
    serial.type(f"{DOWN}{person.password}{DOWN}{person.password}")
    serial.screen_with("*" * len(person.password), within=SCREEN_WITHIN)
    _press_continue(serial, say)


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


def agree(serial: Serial, name: str, say: Tongue = english, *, message: str = TO_ERASE) -> None:
    """The plan: the disk's name, typed, starts the installation."""
    serial.screen_with(say(message).format(name=name), within=SCREEN_WITHIN)
    serial.type(f"{name}\r")
    serial.screen_with(say("Installing"), within=SCREEN_WITHIN)


def _press_continue(serial: Serial, say: Tongue = english) -> None:
    _down_to(serial, f"> [ {say('Continue')} ]")
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
