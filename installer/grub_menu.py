"""GRUB's two configurations, as text: the stub on the ESP and the menu on /boot. Pure.

Only commands that Debian's signed GRUB has built in are used: with Secure Boot on it loads no
modules (FIELD-NOTES, "Boot"). Syntax: GRUB manual 2.12, "Writing full configuration files
directly" and "regexp", "search".
"""

import re
from dataclasses import dataclass
from typing import Final

from installer.grub_state import boot_state

TIMEOUT_SECONDS: Final = 5
_BARE_WORD: Final = re.compile(r"[A-Za-z0-9_./:=,@%+-]+")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_SERIAL: Final = re.compile(r"ttyS([0-9]+)(?:,([0-9]+).*)?")
SPEECH: Final = "atomos.speech"
"""Has the live system read aloud, and shown in braille, what its consoles say."""
RESET_WORD: Final = "$atomos_reset"
"""In a slot's kernel command line: nothing, or what was chosen in the menu (docs/reset.md)."""
RESETS: Final = {
    "settings": "Reset settings (/etc)",
    "system": "Reset the system (/etc, /var, /nix)",
}
"""Of ``atomos.reset=``: the title of its entry."""
DEFAULT_SPEED: Final = "9600"
"""What the kernel itself takes for a ``console=ttyS0`` without a speed (serial-console.rst)."""


@dataclass(frozen=True, kw_only=True)
class RecoveryEntry:
    """Recovery in the menu; `kernel` and `initrd` are paths in the recovery partition's ISO."""

    partition_number: int
    kernel: str
    initrd: str
    command_line: str


def word(text: str) -> str:
    """`text` as one word of GRUB's language: nothing in it is expanded or ends it.

    Raises ValueError for what no quoting carries through GRUB to the kernel unchanged: blanks,
    control characters, quotation marks and backslashes, which GRUB escapes once more.
    """
    if not _PRINTABLE.fullmatch(text) or any(mark in text for mark in "'\"\\"):
        raise ValueError(f"{text!r} cannot be a word of a kernel command line")
    return text if _BARE_WORD.fullmatch(text) else f"'{text}'"


def stub(*, boot_uuid: str, boot_number: int) -> str:
    """GRUB's first configuration, beside it on the ESP.

    It goes on with the menu of the boot partition with `boot_uuid`; where two disks have one (a
    disk and its clone), the disk that GRUB was loaded from wins.
    """
    return f"""\
# AtomOS: the start menu is on the boot partition of the disk that GRUB was loaded from.
if regexp --set=1:atomos_disk '^\\(([^,)]*)' "$cmdpath"; then
  search --no-floppy --fs-uuid --set=root --hint="$atomos_disk,gpt{boot_number}" {word(boot_uuid)}
else
  search --no-floppy --fs-uuid --set=root {word(boot_uuid)}
fi
configfile "($root)/grub/grub.cfg"
"""


def menu(*, a: str, b: str, recovery: RecoveryEntry | None, serial_console: str | None) -> str:
    """The start menu, of the slots' kernel command lines and Recovery, where there is one.

    What starts by itself is said by the boot state (docs/boot-state.md).

    ``$root`` is the boot partition when the menu is read. It is remembered, since an entry that
    failed may have changed it.
    """
    parts = [
        f"""\
# AtomOS: written by the installer. Kernels of each slot are in a folder of their own.
set timeout={TIMEOUT_SECONDS}
# What was chosen below starts at once, and is asked about once more.
if [ -n "$atomos_reset" ]; then set timeout=0; fi
set atomos_boot="$root"
export atomos_boot
regexp --set=1:atomos_disk '^([^,]*)' "$root"
""",
        _serial(serial_console),
        boot_state(has_recovery=recovery is not None),
        _slot("a", a),
        _slot("b", b),
    ]
    if recovery is not None:
        parts.append(recovery_entries(recovery))
    parts.append(_resets())
    return "\n".join(part for part in parts if part)


def _serial(console: str | None) -> str:
    """UEFI firmware shows GRUB on its own serial console; on BIOS machines GRUB drives the port."""
    match = _SERIAL.fullmatch(console or "")
    if match is None:
        return ""
    unit, speed = match[1], match[2] or DEFAULT_SPEED
    return f"""\
if [ "$grub_platform" = pc ]; then
  serial --unit={unit} --speed={speed}
  terminal_input console serial
  terminal_output console serial
fi
"""


def _words(command_line: str) -> str:
    return " ".join(word(each) for each in command_line.split())


def linux_line(slot: str, command_line: str) -> str:
    """The line of a slot's entry that has its kernel command line."""
    words = f"{_words(command_line)} atomos.slot={slot} {RESET_WORD}"
    return f"  linux ($atomos_boot)/{slot}/vmlinuz {words}"


def longest_line(slot: str, command_line: str) -> str:
    """What the kernel of a slot is given at most: GRUB puts the kernel's path before it, and what
    is chosen in the menu is behind it."""
    level = max(RESETS, key=len)
    kernel = f"BOOT_IMAGE=(hd99,gpt99)/{slot}/vmlinuz"
    return f"{kernel} {command_line} atomos.slot={slot} atomos.reset={level}"


def _slot(slot: str, command_line: str) -> str:
    """`slot` is its name in the boot state, its key, and the folder of its kernel on /boot."""
    return f"""\
menuentry "Root {slot.upper()}" --hotkey={slot} --id=root-{slot} {{
  atomos_take {slot}
{linux_line(slot, command_line)}
  initrd ($atomos_boot)/{slot}/initrd
}}
"""


def recovery_lines(entry: RecoveryEntry, more: str = "") -> str:
    """The two lines of an entry that start Recovery."""
    device = f"($atomos_disk,gpt{entry.partition_number})"
    return f"""\
  linux {device}{word(entry.kernel)} {_words(entry.command_line)}{more}
  initrd {device}{word(entry.initrd)}
"""


def recovery_entries(entry: RecoveryEntry) -> str:
    """Once as it is, and once read aloud: the word is the live image's own (docs/boot.md)."""
    return f"""\
menuentry "Recovery" --hotkey=r --id=recovery {{
{recovery_lines(entry)}}}

menuentry "Recovery with speech and braille (key S)" --hotkey=s --id=recovery-speech {{
{recovery_lines(entry, f" {SPEECH}")}}}
"""


def _resets() -> str:
    """Reads the menu once more, with a word for the slot that then starts. What a submenu sees of
    the variables is what was exported."""
    entries = "".join(
        f"""\
  menuentry "{title}" --id=reset-{level} {{
    set atomos_reset=atomos.reset={level}
    export atomos_reset
    set root="$atomos_boot"
    configfile "($atomos_boot)/grub/grub.cfg"
  }}
"""
        for level, title in RESETS.items()
    )
    return f"""\
submenu "Reset ... (key X)" --hotkey=x --id=reset {{
{entries}}}
"""
