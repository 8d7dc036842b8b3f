"""The protocols through which operations reach the machine; ``backends/`` fulfils them.

Every method raises InstallError (or ToolFailed, its subclass) with the device it was about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from installer.answers import User
from installer.answers_connection import Network
from installer.boot_state import BootState
from installer.hardware import Contents
from installer.layout import PartitionTable
from installer.machinery_homes import Homes
from installer.machinery_slots import Slots
from installer.release import ReleaseFile
from installer.secret import Secret

Progress = Callable[[int, int], None]
"""Told `(done_bytes, total_bytes)`."""
Begin = Callable[[], None]
"""What has to be so before anything is overwritten. Raises InstallError where it cannot be."""


@dataclass(frozen=True, kw_only=True)
class WrittenPartition:
    """A partition as it was read back; offsets and sizes in bytes, GUIDs in lower case."""

    number: int
    start_bytes: int
    size_bytes: int
    type_guid: str
    label: str
    guid: str
    attribute_bits: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class WrittenTable:
    """A GPT as it was read back."""

    disk_guid: str
    partitions: tuple[WrittenPartition, ...]


class PartitionTables(Protocol):
    """GPT on whole disks."""

    def write(self, disk: str, table: PartitionTable) -> None:
        """Replace whatever table `disk` has; return when the kernel shows the new partitions.

        Old signatures inside the new partitions are wiped, so that nothing old is recognised.
        """
        ...

    def read(self, disk: str) -> WrittenTable:
        """The table on the disk now."""
        ...


class Holders(Protocol):
    """Whatever holds a disk open: swap, mounts, RAID, volume groups, device-mapper devices."""

    def release(self, disk: str) -> None:
        """End every use of `disk` and of its partitions, the outermost first.

        Nothing is written but what an unmount writes. Again is the same. What holds the disk
        together with others (an array, a volume group) is stopped whole; the others are not
        touched beyond that.
        """
        ...

    def uses(self, disk: str) -> tuple[str, ...]:
        """What still uses it, each in a few words that begin with the device."""
        ...


class Luks(Protocol):
    """LUKS2 containers (cryptsetup(8)). Keys go by file descriptor, never by argument."""

    def format(self, device: str, *, uuid: str, passphrase: Secret, memory_kib: int) -> None:
        """A new LUKS2 header with one argon2id keyslot of `memory_kib`; what was inside is lost."""
        ...

    def add_key(self, device: str, *, passphrase: Secret, key: Secret) -> None:
        """A further keyslot for `key`; none when `key` opens the container already."""
        ...

    def opens(self, device: str, key: Secret) -> bool:
        """Whether `key` opens the container. Changes nothing."""
        ...

    def uuid(self, device: str) -> str | None:
        """UUID of the LUKS2 header on `device`, in lower case; None for anything else."""
        ...

    def open(self, device: str, *, name: str, passphrase: Secret, discards: bool) -> None:
        """Make it ``/dev/mapper/<name>``; open already is as good.

        `discards`: from now on and at every later start, by the header's own flag.
        """
        ...

    def destroy(self, device: str) -> bool:
        """Write over all keys of a container that is closed, then discard the whole device.

        False where that takes no discards. Nothing but the device itself needs to be there."""
        ...

    def close(self, name: str) -> None:
        """Take ``/dev/mapper/<name>`` away; gone already is as good."""
        ...

    def back_up_header(self, device: str, *, partition: str, file: str) -> None:
        """Write a copy of the header to `file` in the file system on `partition`, and flush."""
        ...

    def verify_header_backup(self, device: str, *, partition: str, file: str) -> None:
        """Compare that copy with the header byte for byte."""
        ...


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A logical volume."""

    name: str
    size_bytes: int | None
    """A multiple of `layout.EXTENT`; None to be made: all that is left."""


class VolumeGroups(Protocol):
    """LVM (lvm(8))."""

    def make(self, device: str, *, group: str, volumes: tuple[Volume, ...]) -> None:
        """A volume group on `device` alone with these volumes, activated, in place of any other."""
        ...

    def activate(self, group: str) -> None:
        """Make ``/dev/<group>/<volume>`` of every volume; return when the nodes are there."""
        ...

    def deactivate(self, group: str) -> None:
        """Take the nodes away; an unknown group is as good."""
        ...

    def volumes(self, group: str) -> tuple[Volume, ...]:
        """The volumes there are, by name."""
        ...


class FileSystems(Protocol):
    """Making file systems, and looking at what is there."""

    def make_fat32(self, device: str, *, label: str, volume_id: str) -> None:
        """A FAT32 file system over the whole device."""
        ...

    def make_ext4(self, device: str, *, label: str, uuid: str) -> None:
        """An ext4 file system over the whole device."""
        ...

    def make_btrfs(
        self, device: str, *, label: str, uuid: str, subvolumes: tuple[str, ...]
    ) -> None:
        """A BTRFS file system over the whole device with these subvolumes at its top."""
        ...

    def contents(self, device: str) -> Contents | None:
        """What is recognised on the device now, read past any cache of blkid."""
        ...

    def subvolumes(self, device: str) -> tuple[str, ...]:
        """Names of the top-level subvolumes of a BTRFS."""
        ...


class Images(Protocol):
    """Image source and image writer."""

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        """Stream `image` onto every target at once.

        The first MiB of each target is zeroed and flushed before the rest is touched, and written
        last, after length and SHA-256 were found right; within it the superblock goes first and
        comes last. An image that fails at its last byte leaves nothing that can be mounted.

        `begin` is called when nobody else has the targets and the image's source has answered,
        right before a byte of a target changes: what it raises leaves them as they were. It may be
        called more than once.
        """
        ...

    def write_changed(
        self,
        image: ReleaseFile,
        target: str,
        seeds: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        """The same, onto one target; what the devices `seeds` have of the image, or the target
        itself, is taken from there rather than fetched, where the release has what that needs.
        All of that is found out before `begin`."""
        ...

    def holds(self, image: ReleaseFile, target: str, progress: Progress) -> bool:
        """Whether `target` has the image already; not where it cannot be read. It is read once, by
        this, and no source is asked: `verify` takes that for its own."""
        ...

    def fetch(self, image: ReleaseFile, file: Path, progress: Progress) -> None:
        """Bring `image`, unpacked, into `file`, which is there whole or not at all."""
        ...

    def verify_fetched(self, image: ReleaseFile, file: Path) -> None:
        """Compare length and SHA-256 of `file` with the release's."""
        ...

    def copy_device(self, source: str, image: ReleaseFile, target: str, progress: Progress) -> None:
        """The same, from the first `image.size_bytes` bytes of a device."""
        ...

    def verify(self, image: ReleaseFile, target: str, progress: Progress) -> None:
        """Read `image.size_bytes` of `target` back past the page cache and compare the SHA-256."""
        ...


@dataclass(frozen=True, kw_only=True)
class EspPart:
    """The partition that a UEFI machine is started from, as its firmware is told of it."""

    device: str
    disk: str
    number: int
    guid: str


class BootFiles(Protocol):
    """Kernel, initrd, shim, GRUB and its configuration."""

    def copy_kernel(
        self, *, slot: str, boot: str, folder: str, kernel: PurePosixPath, initrd: PurePosixPath
    ) -> None:
        """Copy both out of the SquashFS on device `slot` to ``/<folder>/vmlinuz`` and ``initrd``
        of the ext4 on device `boot`, and flush."""
        ...

    def verify_kernel(
        self, *, slot: str, boot: str, folder: str, kernel: PurePosixPath, initrd: PurePosixPath
    ) -> None:
        """Compare both byte for byte with those in the slot."""
        ...

    def verify_recovery(
        self, *, recovery: str, kernel: PurePosixPath, initrd: PurePosixPath, contract_sha256: str
    ) -> None:
        """Look into the ISO on device `recovery`: both files are there, and the contract inside,
        where it has one, is that one."""
        ...

    def write_menu(self, *, boot: str, menu: str) -> None:
        """Put the menu at ``/grub/grub.cfg`` of the ext4 on device `boot`, and flush."""
        ...

    def read_menu(self, *, boot: str) -> str:
        """The menu there now."""
        ...

    def replace_menu(self, *, boot: str, menu: str) -> None:
        """The same where a menu is that machines are started by: at no moment, whatever the power
        does, there is none that GRUB reads. The old one stays beside it."""
        ...

    def close_slot(self, *, boot: str, slot: str) -> None:
        """Have nothing start `slot` by itself: no tries, not known good, in both blocks."""
        ...

    def close_slots(self, *, boot: str) -> None:
        """The same for all slots; which of them was good stays known (`BootState.all_closed`)."""
        ...

    def reset_slots(self, *, boot: str, slots: tuple[str, ...]) -> None:
        """Forget in both blocks of the boot state on the ext4 on `boot` what was known of `slots`,
        and put them first; blocks that are missing or broken are made. Flushed."""
        ...

    def open_slot(self, *, boot: str, slot: str) -> None:
        """The same of one slot, but for what is asked of Recovery, which starts before it then."""
        ...

    def read_state(self, *, boot: str) -> BootState:
        """What both blocks say now, read past the cache; they have to be valid and equal."""
        ...

    def install_loaders(self, *, esp: str, stub: str) -> None:
        """Put the live medium's shim and signed GRUB on the FAT32 on device `esp`, at the
        removable path and at ``/EFI/atomos``, with `stub` as GRUB's first configuration."""
        ...

    def verify_loaders(self, *, esp: str, stub: str) -> None:
        """Compare every file there with its source."""
        ...

    def loader_refusal(self, *, recovery: str, esp: str) -> str | None:
        """Why shim and GRUB of the live system on `recovery` do not take the place of those on the
        FAT32 on `esp`, as a clause; None: they may."""
        ...

    def keep_loaders(self, *, recovery: str, esp: EspPart, labels: tuple[str, str]) -> str | None:
        """Copy those that are going to be replaced to ``/EFI/atomos.old``, and have the firmware
        list them as the second of `labels` right after the first.

        Returns None, or in words why the firmware did not take it.
        """
        ...

    def verify_kept_loaders(self, *, recovery: str, esp: str) -> None:
        """Whatever is going to be replaced is there."""
        ...

    def renew_loaders(self, *, recovery: str, esp: str) -> None:
        """Replace those that differ, one by one and each whole, shim last."""
        ...

    def verify_renewed_loaders(self, *, recovery: str, esp: str) -> None:
        """Compare every file with that of Recovery."""
        ...

    def install_bios_core(self, *, disk: str, bios: str, boot: str, stub: str) -> None:
        """Put GRUB's core, with `stub` inside, into the partition `bios`, and its first sector
        into the disk's; the image of the core stays on the ext4 on `boot`."""
        ...

    def verify_bios_core(self, *, disk: str, bios: str, boot: str) -> None:
        """Read both back and compare."""
        ...

    def register(self, *, disk: str, partition_number: int, label: str) -> str | None:
        """Make an NVRAM entry for ``/EFI/atomos`` and put it first; entries of the same label that
        point to this partition or to none are removed.

        Never raises: returns None, or in words why the firmware did not take it.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the persistent /etc says of this machine."""

    hostname: str
    locale: str
    keymap: str
    timezone: str
    machine_id: str
    stays: tuple[str, ...] = ()
    """Names of the fields that are kept as they stand: nothing is written for them, since files may
    say more than is said here (several layouts, a variant, a console keymap of its own)."""


class InstalledSystem(Protocol):
    """The installed system's tree: slot, @var, @home and the persistent /etc put together."""

    def fill(self, *, slot: str, data: str) -> None:
        """Copy the image's own /var into @var, make the directories of the /etc overlay."""
        ...

    def verify_filled(self, *, slot: str, data: str) -> None:
        """Look whether they are there, with the image's owners and modes."""
        ...

    def renew_var(self, *, slot: str, data: str) -> None:
        """Put the image's own /var in the place of @var, with what is carried over of the old one:
        accounts of people, their groups and subordinate ids, machine-id, host keys, settings.

        The old @var is there until the new one is complete; killed anywhere, again converges.
        """
        ...

    def verify_renewed(self, *, slot: str, data: str, accounts: tuple[str, ...]) -> None:
        """Look whether /var is the image's, the accounts are there, and the old one is gone."""
        ...

    def adopt_var(self, *, slot: str, data: str) -> None:
        """Keep @var as it is, and add what it lacks of the image's own /var."""
        ...

    def verify_adopted(self, *, slot: str, data: str, accounts: tuple[str, ...]) -> None:
        """Look whether nothing of the image's /var is missing and the accounts are there."""
        ...

    def add_user(self, *, slot: str, data: str, user: User) -> None:
        """Make the account with the image's own tools; its password goes by standard input.

        An account of this name that an earlier try made is brought to the same state.
        """
        ...

    def verify_user(self, *, slot: str, data: str, user: User) -> None:
        """Look whether account, groups, home and keys are there, and a password is set."""
        ...

    def set_up(self, *, slot: str, data: str, settings: Settings) -> None:
        """Write host name, locale, keymap, time zone and machine-id into the persistent /etc."""
        ...

    def verify_set_up(self, *, slot: str, data: str, settings: Settings) -> None:
        """Look whether they are what the image's own tools will read."""
        ...

    def set_network(self, *, slot: str, data: str, network: Network) -> None:
        """Write the connection (root's, mode 0600) and the proxy into the persistent /etc."""
        ...

    def verify_network(self, *, slot: str, data: str, network: Network) -> None:
        """Look whether they are what is asked for, owner and mode included."""
        ...

    def ask_for_home(self, *, slot: str, data: str, user: str, flake: str | None) -> None:
        """Leave word that `user` wants their home set up by home-manager (docs/home.md)."""
        ...

    def verify_home(self, *, slot: str, data: str, user: str, flake: str | None) -> None:
        """Raises InstallError when that word is not there, or is another."""
        ...

    def ask_for_flatpaks(self, *, slot: str, data: str, apps: tuple[str, ...], url: str) -> None:
        """Leave word that these are to be installed, from the remote described at `url`."""
        ...

    def verify_flatpaks(self, *, slot: str, data: str, apps: tuple[str, ...], url: str) -> None:
        """Raises InstallError when that word is not there, or is another."""
        ...

    def keep_record(self, *, data: str, events: str) -> None:
        """Write the run's events to ``/var/log/atomos/install.jsonl`` (mode 0600)."""
        ...

    def read_record(self, *, data: str) -> str:
        """The events there now; empty when there are none."""
        ...

    def verify_contract(self, *, slot: str, text_sha256: str) -> None:
        """Compare the contract inside the slot with the one that the plan was made by."""
        ...


class TargetJournal(Protocol):
    """The journal of an installation in the boot partition that is being installed onto."""

    def append(self, line: str) -> None:
        """Add `line` (with its newline) and return when it is on the disk.

        Nothing is mounted for it, and the partition may not be mounted meanwhile. From the first
        line on that has no room any more, none is added: what is done then is done once more
        should the power go.
        """
        ...

    def remove(self) -> None:
        """Take it away, with its folder; gone already is as good."""
        ...


class TargetJournals(Protocol):
    """Journals of installations on boot partitions."""

    def put(self, boot: str, text: str) -> TargetJournal:
        """The journal in the ext4 on `boot`, made where it is missing; it says `text` then."""
        ...


@dataclass(frozen=True, kw_only=True)
class Machinery:
    """Everything that can be done to a machine."""

    holders: Holders
    tables: PartitionTables
    luks: Luks
    volume_groups: VolumeGroups
    file_systems: FileSystems
    images: Images
    slots: Slots
    boot: BootFiles
    system: InstalledSystem
    homes: Homes
    journals: TargetJournals
