"""The keys of ``image.yaml``, as they stand in the file; ``docs/contract.md`` is made of them."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from installer.contract import VERITY_PLACEHOLDERS

PLACEHOLDERS_OF: Final = {
    "plain": VERITY_PLACEHOLDERS | {"slot.partuuid", "slot.device", "keymap"},
    # A logical volume has no PARTUUID.
    "encrypted": VERITY_PLACEHOLDERS | {"slot.device", "luks.uuid", "keymap"},
    "recovery": frozenset({"recovery.partuuid", "keymap"}),
    "keymap": frozenset({"keymap"}),
}
"""What each template of the kernel command line may have in braces."""

Truth = Literal["true", "false"]


def about(text: str, holds: str) -> dict[str, Any]:
    """Field metadata: what the key means, and what it holds."""
    return {"doc": text, "holds": holds}


@dataclass(frozen=True, kw_only=True)
class CommandLinesInFile:
    """Templates of the kernel command line."""

    plain: str = field(
        default="",
        metadata=about("Of a slot that is a GPT partition; a system has to have it.", "template"),
    )
    encrypted: str = field(
        default="",
        metadata=about(
            "Of a slot that is a logical volume of the group `atomos` inside LUKS. Without it,"
            " encryption is refused.",
            "template",
        ),
    )
    recovery: str = field(
        default="",
        metadata=about(
            "Of a live image in the recovery partition; a live image has to have it.", "template"
        ),
    )
    keymap: str = field(
        default="",
        metadata=about(
            "What makes the initramfs use a keyboard layout; appended to any of the others.",
            "template",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class ContractInFile:
    """All of the file; every scalar is the text that is written there."""

    contract: str = field(metadata=about("Version of the contract.", "`1`"))
    kind: Literal["system", "live"] = field(
        metadata=about("What the image is for: a slot, or a medium.", "`system` or `live`")
    )
    name: str = field(metadata=about("What people read, in the installer and its menu.", "text"))
    version: str = field(
        metadata=about(
            "Version, ordered as the UAPI version format says; the same as in the file's name.",
            "text",
        )
    )
    architecture: str = field(
        metadata=about("As systemd spells it, and as in the file's name.", "`x86-64`, `arm64`, …")
    )
    kernel: str = field(
        metadata=about(
            "The kernel: in the SquashFS of a system, in the ISO of a live image.", "absolute path"
        )
    )
    initrd: str = field(metadata=about("Its initramfs, likewise.", "absolute path"))
    command_lines: CommandLinesInFile = field(
        metadata=about("Templates of the kernel command line.", "see below")
    )
    accounts: Literal["etc-overlay"] = field(
        default="etc-overlay",
        metadata=about(
            "How accounts outlive a restart: /etc is an overlay, whose upper folder is"
            " /var/lib/atomos/etc/upper ([etc.md](etc.md)).",
            "`etc-overlay`",
        ),
    )
    minimum_slot: str = field(
        default="0 B",
        metadata=about("The least size of a slot that the image asks for.", "`3 GiB`, `1500 MiB`"),
    )
    secure_boot: Truth = field(
        default="false",
        metadata=about(
            "Whether the kernel is signed by a key that shim, or the firmware, covers. Without it"
            " the image is refused where Secure Boot is on.",
            "`true` or `false`",
        ),
    )
    home_manager: Truth = field(
        default="false",
        metadata=about(
            "Whether the image sets up homes with home-manager ([home.md](home.md)).",
            "`true` or `false`",
        ),
    )
    flatpak: Truth = field(
        default="false",
        metadata=about(
            "Whether the image installs flatpaks that the answers name ([home.md](home.md)).",
            "`true` or `false`",
        ),
    )
    locales: list[str] = field(
        default_factory=list,
        metadata=about("Locales that the image has beside C.UTF-8.", "list of texts"),
    )
    default_locale: str = field(
        default="",
        metadata=about(
            "Locale of a new system whose answers name none; one of `locales`, or C.UTF-8.", "text"
        ),
    )
    default_keymap: str = field(
        default="", metadata=about("Keyboard layout of one whose answers name none.", "text")
    )
