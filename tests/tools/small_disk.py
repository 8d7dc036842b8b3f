"""A slot and a data partition with a small system on them, and ways to look into them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backends.installed_system import InstalledSystemOnDisk
from backends.installed_tree import InstalledTree
from backends.mounts import Mounts
from installer.answers import User
from installer.answers_connection import Network
from installer.machinery import Settings

SETTINGS = Settings(
    hostname="lovelace",
    locale="de_DE.UTF-8",
    keymap="gb",
    timezone="Europe/Berlin",
    machine_id="0123456789abcdef0123456789abcdef",
)


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A slot and a data partition with a filled @var, and ways to look into them."""

    slot: str
    data: str
    system: InstalledSystemOnDisk
    mounts: Mounts

    @contextmanager
    def tree(self) -> Iterator[Path]:
        with InstalledTree(self.mounts).whole(self.slot, self.data) as root:
            yield root

    @contextmanager
    def top(self) -> Iterator[Path]:
        with InstalledTree(self.mounts).top(self.data) as top:
            yield top

    @contextmanager
    def var(self) -> Iterator[Path]:
        with self.mounts.device(self.data, "btrfs", read_only=False, subvolume="@var") as top:
            yield top

    def add_user(self, user: User) -> None:
        self.system.add_user(slot=self.slot, data=self.data, user=user)

    def verify_user(self, user: User) -> None:
        self.system.verify_user(slot=self.slot, data=self.data, user=user)

    def set_up(self, settings: Settings) -> None:
        self.system.set_up(slot=self.slot, data=self.data, settings=settings)

    def verify_set_up(self, settings: Settings) -> None:
        self.system.verify_set_up(slot=self.slot, data=self.data, settings=settings)

    def set_network(self, network: Network) -> None:
        self.system.set_network(slot=self.slot, data=self.data, network=network)

    def verify_network(self, network: Network) -> None:
        self.system.verify_network(slot=self.slot, data=self.data, network=network)


DiskMaker = Callable[..., Disk]
