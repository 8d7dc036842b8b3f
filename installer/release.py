"""A release: a plain directory on a web server or in a file system (DESIGN §4)."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from installer.answers import Source
from installer.contract import Contract
from installer.grub_menu import RecoveryEntry
from installer.operation import NO_DEED
from installer.release_offer import ReleaseOffer

SUMS_NAME: Final = "SHA256SUMS"


def image_name(version: str, architecture: str) -> str:
    """File name of the system image."""
    return f"atomos_{version}_{architecture}.squashfs"


def live_name(version: str, architecture: str) -> str:
    """File name of the live ISO."""
    return f"atomos-live_{version}_{architecture}.iso"


def contract_name(file_name: str) -> str:
    """File name of the contract beside an image: its name with ``.yaml`` for the last suffix."""
    return file_name.rsplit(".", 1)[0] + ".yaml"


def roothash_name(file_name: str) -> str:
    """File name of the hash tree's root beside an image, as contract_name."""
    return file_name.rsplit(".", 1)[0] + ".roothash"


def seed_name(version: str, architecture: str) -> str:
    """File name of the home seed: what homes are made of without a network (docs/home.md)."""
    return f"atomos-home_{version}_{architecture}.tar"


def packed_name(file_name: str) -> str:
    """File name of an image packed with zstd."""
    return f"{file_name}.zst"


def index_name(file_name: str) -> str:
    """File name of the index of an image's blocks, by which only what differs is fetched
    (docs/delta.md)."""
    return f"{file_name}.blocks"


@dataclass(frozen=True, kw_only=True)
class SlotPlace:
    """Where a slot is on its disk."""

    slot: str
    """Its name in the boot state."""
    partition: str
    """Device node: of the slot itself, or of the container that it is in."""
    encrypted: bool

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"Root {self.slot.upper()}"


@dataclass(frozen=True, kw_only=True)
class Verity:
    """The hash tree of an image (veritysetup(8)): its root in lower-case hex, where it begins."""

    root_hash: str
    hash_offset_bytes: int


@dataclass(frozen=True, kw_only=True)
class IndexFile:
    """The index of an image's blocks; `sha256` in lower-case hex."""

    url: str
    sha256: str
    mirrors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PackedFile:
    """A file of a release packed with zstd, beside it under its own name."""

    url: str
    size_bytes: int
    sha256: str
    mirrors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReleaseFile:
    """One file of a release; `sha256` in lower-case hex."""

    url: str = field(metadata=NO_DEED)
    size_bytes: int
    sha256: str
    mirrors: tuple[str, ...] = field(default=(), metadata=NO_DEED)
    """Further addresses of the same file, tried in order after `url`."""
    packed: PackedFile | None = field(default=None, metadata=NO_DEED)
    index: IndexFile | None = field(default=None, metadata=NO_DEED)
    verity: Verity | None = field(default=None, metadata=NO_DEED)
    """The hash tree that it ends in; it can be made of what comes before it."""


@dataclass(frozen=True, kw_only=True)
class HeldBySlot:
    """Where the image of a release is, when it is that of a slot of the disk itself."""

    place: SlotPlace
    recovery: RecoveryEntry
    """How the start menu starts Recovery, of which such a release has nothing."""
    stays_on_boot: bool = False
    """Whether the image is kept on the boot partition until all is done."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is on offer."""

    url: str
    version: str
    architecture: str
    image: ReleaseFile
    contract: Contract
    contract_sha256: str
    """Of the contract's text beside the image; the one inside must have the same."""
    live: ReleaseFile | None = None
    live_contract: Contract | None = None
    live_contract_sha256: str = ""
    """As `contract_sha256`, of the live image."""
    verity: Verity | None = None
    seed: ReleaseFile | None = None
    """What homes are made of without a network."""
    signed_by: str | None = None
    """Who signed the sums: user id and fingerprint of a key that is trusted. None: nobody did."""
    doubts: tuple[str, ...] = ()
    """Why a signature that it has does not count, each in a sentence."""
    passed: tuple[str, ...] = ()
    """Newer versions that are there and were not to be taken, the newest first."""
    slot: HeldBySlot | None = None
    """Of the system that is on the disk: `signed_by` is what was found when it was written."""


class ReleaseSource(Protocol):
    """Whoever can read a release directory."""

    def find(self, source: Source, architecture: str) -> Release:
        """The release that `source` names, its sums and contracts read, no image fetched.

        Raises Refused with what is wrong: unreachable, 404, no good signature by a key that is
        trusted, no such version, other architecture, a file missing or of another sum.
        """
        ...

    def offer(self, source: Source, architecture: str) -> ReleaseOffer:
        """The versions that the directory of `source` has for `architecture`, whichever it names.

        Raises Refused as `find` does, and when none of them has its image.
        """
        ...
