"""Answers, version 1: everything a person or an OEM line may want of an installation.

The dataclasses are the schema: the loader, the JSON Schema and ``docs/answers.md`` are derived
from their types and from the ``metadata`` of their fields (``doc``, ``example``, ``not_yet``,
``rule``), which ``installer.answers_keys`` reads. ``EXACTLY_ONE`` names keys of which a file has
just one. A field whose life begins with a later release is here already, and using it is refused
as "not yet", so that a file written for the later release fails in words rather than in silence.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Final

from installer import answers_rules as rules
from installer.answers_connection import Network
from installer.answers_metadata import doc
from installer.answers_software import Software
from installer.secret import Secret

ANSWERS_VERSION: Final = 1
SLOT: Final = "slot:"
"""Address of the system that is on the disk itself, before everything there is reset."""


class LayoutKind(StrEnum):
    """How the disk is cut (DESIGN §2)."""

    PLAIN = "plain"
    ENCRYPTED = "encrypted"


class Keep(StrEnum):
    """What of an AtomOS that is on the disk already is kept (DESIGN §2 names the subvolumes)."""

    NOTHING = "nothing"
    DATA = "data"
    """@home, @nix and @snapshots; of @var the accounts, host keys, machine-id and settings."""
    DATA_AND_VAR = "data-and-var"
    """@var too, as it is."""


class FirmwareWish(StrEnum):
    """What must have started the machine."""

    ANY = "any"
    UEFI = "uefi"
    BIOS = "bios"


class Afterwards(StrEnum):
    """What the live system does when the installation has ended well."""

    REBOOT = "reboot"
    POWEROFF = "poweroff"
    STAY = "stay"


@dataclass(frozen=True, kw_only=True)
class DiskChoice:
    """Which disk to install onto. Exactly one of these is given; none is ever guessed."""

    EXACTLY_ONE: ClassVar[tuple[str, ...]] = ("path", "id", "serial", "model", "only")

    path: str | None = field(
        default=None,
        metadata=doc("Device node of the whole disk.", example="/dev/vda", rule=rules.DISK_PATH),
    )
    id: str | None = field(
        default=None,
        metadata=doc(
            "Name of a link in /dev/disk/by-id.", example="nvme-ACME_1TB_S1234", rule=rules.DISK_ID
        ),
    )
    serial: str | None = field(
        default=None,
        metadata=doc("Serial number, in full.", example="S1234", rule=rules.PLAIN_TEXT),
    )
    model: str | None = field(
        default=None,
        metadata=doc(
            "Model name, in full; refused when two disks have it.",
            example="ACME 1TB",
            rule=rules.PLAIN_TEXT,
        ),
    )
    only: bool = field(
        default=False,
        metadata=doc(
            "The only disk that fits, the live medium and the volume ATOMOS-ANSWERS left aside;"
            " refused when two do.",
            example=True,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the release comes from."""

    url: str = field(
        metadata=doc(
            "Release directory: http://, https:// or file://; `medium:/FOLDER` for a folder of the"
            " live medium, `volume:LABEL/FOLDER` for one of the volume with that label (`%20` for a"
            " blank in it). Where everything is reset, `slot:` is the system on the disk.",
            example="https://example.org/atomos",
            rule=rules.SOURCE,
        )
    )
    mirrors: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Further addresses of the same directory, tried in their order where `url` fails.",
            example=["https://mirror.example.org/atomos"],
            rule=rules.URL,
        ),
    )
    version: str | None = field(
        default=None,
        metadata=doc(
            "Version to install; the newest on offer when absent.",
            example="1.2",
            rule=rules.RELEASE_VERSION,
        ),
    )
    allow_unsigned: bool = field(
        default=False,
        metadata=doc(
            "Take a release that nobody vouches for who is trusted: unsigned, or signed by a key"
            " that is unknown, expired or weak. The plan says so. A bad signature by a trusted key,"
            " and one by a revoked key, is refused all the same.",
            example=True,
        ),
    )
    allow_older: bool = field(
        default=False,
        metadata=doc(
            "Take a version that is older than the one on the disk. Old versions have known holes.",
            example=True,
        ),
    )
    proxy: str | None = field(
        default=None,
        metadata=doc(
            "Proxy for http and https while installing, and then no more; that of `network` when"
            " absent.",
            example="http://proxy.example.org:3128",
            rule=rules.PROXY,
        ),
    )
    ca_file: str | None = field(
        default=None,
        metadata=doc(
            "File of certificates (PEM) that are trusted beside the system's own, for servers and"
            " proxies with a CA of one's own; relative to the answers file.",
            example="our-ca.pem",
            rule=rules.FILE_NAME,
        ),
    )
    ca: str | None = field(
        default=None,
        metadata=doc("The certificates themselves, instead of a file.", rule=rules.CERTIFICATES),
    )

    @property
    def is_remote(self) -> bool:
        """Whether a network is needed to read it."""
        return self.url.startswith(("http://", "https://"))

    @property
    def is_slot(self) -> bool:
        """Whether it is the system that is on the disk, before that is reset (docs/reset.md)."""
        return self.url == SLOT


@dataclass(frozen=True, kw_only=True)
class User:
    """The first account of the machine; it may use sudo."""

    EXACTLY_ONE: ClassVar[tuple[str, ...]] = ("password_hash", "password_file")

    name: str = field(metadata=doc("Login name.", example="ada", rule=rules.USER_NAME))
    full_name: str = field(
        default="", metadata=doc("Name for people.", example="Ada Lovelace", rule=rules.FULL_NAME)
    )
    password_hash: Secret | None = field(
        default=None,
        metadata=doc(
            "crypt(5) hash, yescrypt ($y$) or SHA-512 ($6$).",
            example="$y$j9T$…",
            rule=rules.PASSWORD_HASH,
        ),
    )
    password_file: str | None = field(
        default=None,
        metadata=doc(
            "File whose first line is the password; relative to the answers file.",
            example="password",
            rule=rules.FILE_NAME,
        ),
    )
    password: Secret | None = field(
        default=None,
        metadata=doc("The password itself, as typed on a screen.", in_file=False),
    )
    groups: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Further groups, which the image must have.", example=["video"], rule=rules.GROUP_NAME
        ),
    )
    ssh_keys: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Lines of ~/.ssh/authorized_keys.",
            example=["ssh-ed25519 AAAA… ada@home"],
            rule=rules.SSH_KEY,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The whole answers file."""

    version: int = field(
        metadata=doc("Version of this format: 1.", example=1, constant=ANSWERS_VERSION)
    )
    disk: DiskChoice = field(metadata=doc("The disk to install onto."))
    wipe: bool = field(
        default=False,
        metadata=doc(
            "Consent: everything on that disk is erased. Must be true, unless something is kept.",
            example=True,
        ),
    )
    reinstall: bool = field(
        default=False,
        metadata=doc(
            "Consent to installing once more over a disk that already holds AtomOS.", example=False
        ),
    )
    keep: Keep = field(
        default=Keep.NOTHING,
        metadata=doc(
            "What of an AtomOS on the disk is kept: `nothing`; `data` (`@home`, `@nix`,"
            " `@snapshots`, and of `@var` the accounts, host keys, machine-id and settings);"
            " `data-and-var`. Beside `nothing` it needs `reinstall: true` and no `wipe`, and"
            " layout, sizes, and recovery partition are those of the disk.",
            example="data",
        ),
    )
    firmware: FirmwareWish = field(
        default=FirmwareWish.ANY,
        metadata=doc(
            "What must have started the machine: `any`, `uefi` or `bios`. What is installed starts"
            " by both, from sectors of 4096 bytes by UEFI only.",
            example="uefi",
        ),
    )
    layout: LayoutKind = field(
        default=LayoutKind.PLAIN,
        metadata=doc(
            "`plain`, or `encrypted`: slots and data inside LUKS2, with one passphrase.",
            example="encrypted",
        ),
    )
    passphrase_file: str | None = field(
        default=None,
        metadata=doc(
            "File whose only line is the LUKS passphrase: the new one for `layout: encrypted`, that"
            " of the disk when data on an encrypted one are kept; relative to the answers file.",
            example="passphrase",
            rule=rules.FILE_NAME,
        ),
    )
    passphrase: Secret | None = field(
        default=None,
        metadata=doc("The LUKS passphrase itself, as typed on a screen.", in_file=False),
    )
    disk_passphrase: Secret | None = field(
        default=None,
        metadata=doc(
            "What opens the disk as it is, where the image is read from there, as typed on a"
            " screen.",
            in_file=False,
        ),
    )
    recovery_key: Secret | None = field(
        default=None,
        metadata=doc("A second key, as a screen has shown it.", in_file=False),
    )
    header_backup: str | None = field(
        default=None,
        metadata=doc(
            "Partition of a stick that gets a copy of the LUKS header. Whoever has that copy and a"
            " passphrase of its day can open the disk for ever.",
            example="/dev/sdb1",
            rule=rules.DISK_PATH,
        ),
    )
    recovery: bool = field(
        default=True, metadata=doc("Whether to make a recovery partition.", example=True)
    )
    slot_size: str | None = field(
        default=None,
        metadata=doc(
            "Size of each root slot; chosen from the image when absent.",
            example="3 GiB",
            rule=rules.SIZE,
        ),
    )
    source: Source = field(metadata=doc("Where the release comes from."))
    user: User | None = field(
        default=None,
        metadata=doc("The first account. Left out where accounts are kept; else it is needed."),
    )
    hostname: str | None = field(
        default=None,
        metadata=doc(
            "Host name; when absent `atomos`, or the one that is kept.",
            example="atomos",
            rule=rules.HOST_NAME,
        ),
    )
    network: Network = field(
        default_factory=Network, metadata=doc("How the machine reaches the network.")
    )
    kernel_arguments: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Further kernel arguments of both slots; with the image's own, 2047 characters reach"
            " the kernel.",
            example=["mitigations=auto"],
            rule=rules.KERNEL_ARGUMENT,
        ),
    )
    locale: str | None = field(
        default=None,
        metadata=doc(
            "Locale; when absent `C.UTF-8`, or the one that is kept.",
            example="en_US.UTF-8",
            rule=rules.LOCALE,
        ),
    )
    keymap: str | None = field(
        default=None,
        metadata=doc(
            "Keyboard layout (XKB name), also of the prompt for the passphrase; when absent `us`,"
            " or the one that is kept.",
            example="de",
            rule=rules.KEYMAP,
        ),
    )
    timezone: str | None = field(
        default=None,
        metadata=doc(
            "Time zone (tz database name); when absent `UTC`, or the one that is kept.",
            example="Europe/Berlin",
            rule=rules.TIMEZONE,
        ),
    )
    software: Software = field(
        default_factory=Software, metadata=doc("What the user gets beside the system.")
    )
    afterwards: Afterwards = field(
        default=Afterwards.STAY,
        metadata=doc("What to do at the end: `reboot`, `poweroff`, `stay`.", example="reboot"),
    )

    @property
    def reached_source(self) -> Source:
        """`source` with the proxy through which it is reached: its own, or the network's."""
        return replace(self.source, proxy=self.source.proxy or self.network.proxy)
