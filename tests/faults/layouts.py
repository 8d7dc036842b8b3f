"""The layouts of the matrix: what is installed, over what, and what the answers say."""

from dataclasses import dataclass
from typing import Final

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, Source, User
from installer.answers_connection import Network
from installer.answers_software import HomeManager, Software
from installer.quantity import GIB, MIB
from installer.secret import Secret

SLOT: Final = "64 MiB"
DISK_BYTES: Final = 6 * GIB
"""Table, boot, two slots, Recovery and the smallest data there may be; all but a few hundred MiB of
it are holes."""
STICK_BYTES: Final = 64 * MIB
PASSPHRASE: Final = Secret("to be, or not to be")
RECOVERY_KEYS: Final = {
    False: Secret("cbdefghi-jklnrtuv-cbdefghi-jklnrtuv"),
    True: Secret("vutrnlkj-ihgfedbc-vutrnlkj-ihgfedbc"),
}
"""The second one is for a container that is kept, which has the first one already."""
PASSWORD: Final = Secret("correct horse battery staple")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One of the ways to install."""

    kind: LayoutKind
    keep: Keep = Keep.NOTHING
    is_update: bool = False
    """Whether a newer image is written into the slot that does not run, instead."""

    def __str__(self) -> str:
        if self.is_update:
            return f"{self.kind}, update"
        return self.kind.value if self.keep is Keep.NOTHING else f"{self.kind}, keep {self.keep}"

    @property
    def encrypted(self) -> bool:
        """Whether device-mapper is needed."""
        return self.kind is LayoutKind.ENCRYPTED

    @property
    def keeps(self) -> bool:
        """Whether it goes over an installation that is there."""
        return self.is_update or self.keep is not Keep.NOTHING

    def answers(self, *, disk: str, release: str, stick: str | None) -> Answers:
        """All that brings an operation of its own; `stick` is a partition for the header's copy."""
        name = "grace" if self.keeps else "ada"
        return Answers(
            version=1,
            disk=DiskChoice(path=disk),
            wipe=not self.keeps,
            reinstall=self.keeps,
            keep=self.keep,
            layout=self.kind,
            passphrase=PASSPHRASE if self.encrypted else None,
            recovery_key=RECOVERY_KEYS[self.keeps] if self.encrypted else None,
            header_backup=stick if self.encrypted else None,
            slot_size=None if self.keeps else SLOT,
            # The matrix is about the disk: signatures are looked at before its first line is
            # reached, and have tests of their own (tests/tools/test_signature.py).
            source=Source(url=release, allow_unsigned=True),
            user=User(name=name, full_name="", password=PASSWORD, groups=("video",)),
            hostname="faults",
            timezone="Europe/Berlin",
            network=Network(ssid="Home", passphrase=PASSWORD),
            software=Software(home_manager=HomeManager.NOW, flatpaks=("org.example.App",)),
        )


PLAIN: Final = Layout(kind=LayoutKind.PLAIN)
ENCRYPTED: Final = Layout(kind=LayoutKind.ENCRYPTED)
INSTALLATIONS: Final = tuple(Layout(kind=kind, keep=keep) for kind in LayoutKind for keep in Keep)
UPDATE: Final = Layout(kind=LayoutKind.PLAIN, is_update=True)
LAYOUTS: Final = (*INSTALLATIONS, UPDATE)
