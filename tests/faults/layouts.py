"""The layouts of the matrix: what is done to a disk, over what, and what the answers say."""

from dataclasses import dataclass
from enum import StrEnum
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
NEW_PASSPHRASE: Final = Secret("that is the question")
"""Of a container that a reset has made."""
RECOVERY_KEYS: Final = {
    False: Secret("cbdefghi-jklnrtuv-cbdefghi-jklnrtuv"),
    True: Secret("vutrnlkj-ihgfedbc-vutrnlkj-ihgfedbc"),
}
"""The second one is for a disk with an installation, whose container has the first one."""
PASSWORD: Final = Secret("correct horse battery staple")


class Does(StrEnum):
    """What is done to the disk."""

    INSTALL = "installation"
    UPDATE = "update"
    """A newer image is written into the slot that does not run."""
    START = "start of what was downloaded"
    """The image that came into the slot which does not run becomes the next one, away from the
    network, while Recovery is asked to start first."""
    RENEW_RECOVERY = "update of Recovery"
    """A newer live image becomes Recovery; shim and GRUB are brought to its own."""
    RESET = "reset of everything"
    """From Recovery, which was asked for it."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One of the ways to install, or of what is done to an installation."""

    kind: LayoutKind
    keep: Keep = Keep.NOTHING
    does: Does = Does.INSTALL

    def __str__(self) -> str:
        if self.does is not Does.INSTALL:
            return f"{self.kind}, {self.does}"
        return self.kind.value if self.keep is Keep.NOTHING else f"{self.kind}, keep {self.keep}"

    @property
    def encrypted(self) -> bool:
        """Whether device-mapper is needed."""
        return self.kind is LayoutKind.ENCRYPTED

    @property
    def is_over(self) -> bool:
        """Whether there is an installation on the disk when it begins."""
        return self.does is not Does.INSTALL or self.keep is not Keep.NOTHING

    @property
    def runs(self) -> bool:
        """Whether it is done by the system on the disk, while that runs from slot A."""
        return self.does in (Does.UPDATE, Does.START, Does.RENEW_RECOVERY)

    @property
    def passphrase(self) -> Secret | None:
        """What opens the container in the end."""
        if not self.encrypted:
            return None
        return NEW_PASSPHRASE if self.does is Does.RESET else PASSPHRASE

    @property
    def _makes_slots(self) -> bool:
        """A reset makes those in a container anew, and keeps partitions."""
        return not self.is_over or (self.does is Does.RESET and self.encrypted)

    def answers(self, *, disk: str, release: str, stick: str | None) -> Answers:
        """All that brings an operation of its own; `stick` is a partition for the header's copy."""
        name = "grace" if self.is_over else "ada"
        return Answers(
            version=1,
            disk=DiskChoice(path=disk),
            wipe=self.keep is Keep.NOTHING,
            reinstall=self.is_over,
            keep=self.keep,
            layout=self.kind,
            passphrase=self.passphrase,
            recovery_key=RECOVERY_KEYS[self.is_over] if self.encrypted else None,
            header_backup=stick if self.encrypted else None,
            slot_size=SLOT if self._makes_slots else None,
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
UPDATES: Final = tuple(Layout(kind=kind, does=Does.UPDATE) for kind in LayoutKind)
START: Final = Layout(kind=LayoutKind.PLAIN, does=Does.START)
RECOVERY: Final = Layout(kind=LayoutKind.PLAIN, does=Does.RENEW_RECOVERY)
RESETS: Final = tuple(Layout(kind=kind, does=Does.RESET) for kind in LayoutKind)
LAYOUTS: Final = (*INSTALLATIONS, *UPDATES, START, RECOVERY, *RESETS)
