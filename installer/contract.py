"""The image contract, version 1 (DESIGN §4): all that the installer knows of a distribution.

It is the file ``/usr/lib/atomos/image.yaml`` of an image, and stands once more beside the image in
the release, since it must be read before the first write and most web servers' clients cannot look
into a SquashFS. What was written to the slot is compared with it afterwards.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

CONTRACT_VERSION: Final = 1
CONTRACT_PATH: Final = PurePosixPath("/usr/lib/atomos/image.yaml")
VERITY_PLACEHOLDERS: Final = frozenset({"verity.root_hash", "verity.hash_offset"})
"""Of the image's hash tree: its root, and where in the slot it begins, in bytes."""
PLACEHOLDERS: Final = VERITY_PLACEHOLDERS | {
    "slot.partuuid",
    "slot.device",
    "luks.uuid",
    "recovery.partuuid",
    "keymap",
}


class ImageKind(StrEnum):
    """What an image is for."""

    SYSTEM = "system"
    LIVE = "live"


class Accounts(StrEnum):
    """How accounts outlive a restart of a system whose root is forgotten."""

    ETC_OVERLAY = "etc-overlay"
    """/etc is an overlay, its upper directory ``/var/lib/atomos/etc/upper`` (DESIGN §3)."""


@dataclass(frozen=True, kw_only=True)
class CommandLines:
    """Kernel command-line templates; placeholders are `PLACEHOLDERS` in braces."""

    plain: str = ""
    """Of a slot that is a GPT partition."""
    encrypted: str = ""
    """Of a slot that is a logical volume inside LUKS."""
    recovery: str = ""
    """Of a live image in the recovery partition."""
    keymap: str = ""
    """What makes the initramfs use the keyboard layout ``{keymap}``; appended to any other."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What an image says of itself."""

    kind: ImageKind
    name: str
    version: str
    architecture: str
    """As systemd spells it."""
    kernel: PurePosixPath
    """In the SquashFS for a system image, in the ISO for a live one."""
    initrd: PurePosixPath
    command_lines: CommandLines
    accounts: Accounts = Accounts.ETC_OVERLAY
    minimum_slot_bytes: int = 0
    secure_boot: bool = False
    """Whether shim's keys cover the kernel."""
    home_manager: bool = False
    flatpak: bool = False
    locales: tuple[str, ...] = ()
    """Locales that the image has beside C.UTF-8."""
    default_locale: str = ""
    default_keymap: str = ""
    """Of a new system whose answers say nothing; empty: the installer's own."""


def needs_verity(template: str) -> bool:
    """Whether `template` starts a slot through the image's hash tree."""
    return any("{" + name + "}" in template for name in VERITY_PLACEHOLDERS)


def fill(template: str, values: dict[str, str]) -> str:
    """`template` with every ``{placeholder}`` replaced. Raises ValueError for one without value."""
    words = []
    for word in template.split():
        for name in PLACEHOLDERS:
            mark = "{" + name + "}"
            if mark in word:
                if name not in values:
                    raise ValueError(f"no value for {mark} in {template!r}")
                word = word.replace(mark, values[name])
        words.append(word)
    return " ".join(words)
