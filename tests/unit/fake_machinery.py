"""A machine in memory that remembers what was done to it, and fails where a test wants it to."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from installer.answers import User
from installer.answers_connection import Network
from installer.boot_state import BootState
from installer.errors import InstallError, ToolFailed
from installer.hardware import Contents
from installer.layout import PartitionTable
from installer.machinery import (
    Begin,
    EspPart,
    Machinery,
    Progress,
    Settings,
    TargetJournal,
    Volume,
    WrittenPartition,
    WrittenTable,
)
from installer.machinery_homes import HomeOrder
from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret

LAST_WORDS = "the tool's last words"


@dataclass(kw_only=True)
class FakeContainer:
    """A LUKS container: its header, what opens it, and whether it is open."""

    uuid: str | None = None
    keys: list[Secret] = field(default_factory=list)
    memory_kib: int = 0
    opened: bool = False
    discards: bool = False
    copies: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class FakeMachine:
    """All protocols of `Machinery` in one; `fails` is a method's name and the device it is for."""

    fails: tuple[str, str] | None = None
    breaks: BaseException | None = None
    """Raised instead of ToolFailed where `fails` says."""
    nvram_refusal: str | None = None
    older_loaders: str | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    table: WrittenTable | None = None
    held: dict[str, Contents] = field(default_factory=dict)
    volumes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    menu: str = ""
    state: BootState | None = None
    stub: str = ""
    record: str = ""
    users: list[User] = field(default_factory=list)
    settings: Settings | None = None
    network: Network | None = None
    home_refusal: str | None = None
    home_wish: tuple[str, str | None] | None = None
    flatpaks: tuple[tuple[str, ...], str] | None = None
    holders: tuple[str, ...] = ()
    """What still uses the disk after everything was ended."""
    container: FakeContainer = field(default_factory=FakeContainer)
    spoilt: bool = False
    """Whether a slot holds another image than it should."""
    takes_discards: bool = True
    group: tuple[Volume, ...] = ()
    files: set[str] = field(default_factory=set)
    """Where images are: files in memory, and boot partitions."""
    journals: dict[str, str] = field(default_factory=dict)
    """What install journals on boot partitions say."""

    def machinery(self) -> Machinery:
        return Machinery(
            holders=_Holders(self),
            tables=_Tables(self),
            luks=FakeLuks(self),
            volume_groups=FakeVolumeGroups(self),
            file_systems=self,
            images=_Images(self),
            slots=_Slots(self),
            boot=self,
            system=self,
            homes=_Homes(self),
            journals=FakeJournals(self),
        )

    def call(self, name: str, device: str) -> None:
        self.calls.append((name, device))
        if self.fails == (name, device):
            raise self.breaks or ToolFailed(
                (f"tool-for-{name}", "--loud", device), "ended with status 1", LAST_WORDS
            )

    def make_fat32(self, device: str, *, label: str, volume_id: str) -> None:
        self.call("make_fat32", device)
        uuid = f"{volume_id[:4]}-{volume_id[4:]}"
        self.held[device] = Contents(kind="vfat", label=label, uuid=uuid)

    def make_ext4(self, device: str, *, label: str, uuid: str) -> None:
        self.call("make_ext4", device)
        self.journals.pop(device, None)
        self.held[device] = Contents(kind="ext4", label=label, uuid=uuid)

    def make_btrfs(
        self, device: str, *, label: str, uuid: str, subvolumes: tuple[str, ...]
    ) -> None:
        self.call("make_btrfs", device)
        self.held[device] = Contents(kind="btrfs", label=label, uuid=uuid)
        self.volumes[device] = subvolumes

    def contents(self, device: str) -> Contents | None:
        self.call("contents", device)
        return self.held.get(device)

    def subvolumes(self, device: str) -> tuple[str, ...]:
        self.call("subvolumes", device)
        return self.volumes[device]

    def copy_kernel(
        self, *, slot: str, boot: str, folder: str, kernel: PurePosixPath, initrd: PurePosixPath
    ) -> None:
        self.call("copy_kernel", slot)

    def verify_kernel(
        self, *, slot: str, boot: str, folder: str, kernel: PurePosixPath, initrd: PurePosixPath
    ) -> None:
        self.call("verify_kernel", slot)

    def verify_recovery(
        self, *, recovery: str, kernel: PurePosixPath, initrd: PurePosixPath, contract_sha256: str
    ) -> None:
        self.call("verify_recovery", recovery)

    def write_menu(self, *, boot: str, menu: str) -> None:
        self.call("write_menu", boot)
        self.menu = menu

    def read_menu(self, *, boot: str) -> str:
        self.call("read_menu", boot)
        return self.menu

    def replace_menu(self, *, boot: str, menu: str) -> None:
        self.call("replace_menu", boot)
        self.menu = menu

    def close_slot(self, *, boot: str, slot: str) -> None:
        self.call("close_slot", boot)
        self.state = (self.state or BootState()).closed(slot)

    def close_slots(self, *, boot: str) -> None:
        self.call("close_slots", boot)
        self.state = (self.state or BootState()).all_closed()

    def reset_slots(self, *, boot: str, slots: tuple[str, ...]) -> None:
        self.call("reset_slots", boot)
        self.state = (self.state or BootState()).installed(slots)

    def open_slot(self, *, boot: str, slot: str) -> None:
        self.call("open_slot", boot)
        self.state = (self.state or BootState()).opened(slot)

    def read_state(self, *, boot: str) -> BootState:
        self.call("read_state", boot)
        assert self.state is not None
        return self.state

    def install_loaders(self, *, esp: str, stub: str) -> None:
        self.call("install_loaders", esp)
        self.stub = stub

    def verify_loaders(self, *, esp: str, stub: str) -> None:
        self.call("verify_loaders", esp)

    def loader_refusal(self, *, recovery: str, esp: str) -> str | None:
        return self.older_loaders

    def keep_loaders(self, *, recovery: str, esp: EspPart, labels: tuple[str, str]) -> str | None:
        self.call("keep_loaders", esp.device)
        return self.nvram_refusal

    def verify_kept_loaders(self, *, recovery: str, esp: str) -> None:
        self.call("verify_kept_loaders", esp)

    def renew_loaders(self, *, recovery: str, esp: str) -> None:
        self.call("renew_loaders", esp)

    def verify_renewed_loaders(self, *, recovery: str, esp: str) -> None:
        self.call("verify_renewed_loaders", esp)

    def install_bios_core(self, *, disk: str, bios: str, boot: str, stub: str) -> None:
        self.call("install_bios_core", bios)
        self.stub = stub

    def verify_bios_core(self, *, disk: str, bios: str, boot: str) -> None:
        self.call("verify_bios_core", bios)

    def register(self, *, disk: str, partition_number: int, label: str) -> str | None:
        self.call("register", disk)
        return self.nvram_refusal

    def fill(self, *, slot: str, data: str) -> None:
        self.call("fill", data)

    def verify_filled(self, *, slot: str, data: str) -> None:
        self.call("verify_filled", data)

    def renew_var(self, *, slot: str, data: str) -> None:
        self.call("renew_var", data)

    def verify_renewed(self, *, slot: str, data: str, accounts: tuple[str, ...]) -> None:
        self.call("verify_renewed", data)

    def adopt_var(self, *, slot: str, data: str) -> None:
        self.call("adopt_var", data)

    def verify_adopted(self, *, slot: str, data: str, accounts: tuple[str, ...]) -> None:
        self.call("verify_adopted", data)

    def add_user(self, *, slot: str, data: str, user: User) -> None:
        self.call("add_user", data)
        self.users.append(user)

    def verify_user(self, *, slot: str, data: str, user: User) -> None:
        self.call("verify_user", data)

    def set_up(self, *, slot: str, data: str, settings: Settings) -> None:
        self.call("set_up", data)
        self.settings = settings

    def verify_set_up(self, *, slot: str, data: str, settings: Settings) -> None:
        self.call("verify_set_up", data)

    def set_network(self, *, slot: str, data: str, network: Network) -> None:
        self.call("set_network", data)
        self.network = network

    def verify_network(self, *, slot: str, data: str, network: Network) -> None:
        self.call("verify_network", data)

    def ask_for_home(self, *, slot: str, data: str, user: str, flake: str | None) -> None:
        self.call("ask_for_home", data)
        self.home_wish = (user, flake)

    def verify_home(self, *, slot: str, data: str, user: str, flake: str | None) -> None:
        self.call("verify_home", data)
        assert self.home_wish == (user, flake)

    def ask_for_flatpaks(self, *, slot: str, data: str, apps: tuple[str, ...], url: str) -> None:
        self.call("ask_for_flatpaks", data)
        self.flatpaks = (apps, url)

    def verify_flatpaks(self, *, slot: str, data: str, apps: tuple[str, ...], url: str) -> None:
        self.call("verify_flatpaks", data)
        assert self.flatpaks == (apps, url)

    def keep_record(self, *, data: str, events: str) -> None:
        self.call("keep_record", data)
        self.record = events

    def read_record(self, *, data: str) -> str:
        self.call("read_record", data)
        return self.record

    def verify_contract(self, *, slot: str, text_sha256: str) -> None:
        self.call("verify_contract", slot)


@dataclass(frozen=True)
class _Homes:
    machine: FakeMachine

    def set_up(self, order: HomeOrder, progress: Progress) -> str | None:
        self.machine.call("set_up_home_now", order.data)
        return self.machine.home_refusal

    def verify(self, *, slot: str, data: str, user: str) -> None:
        self.machine.call("verify_home_now", data)


@dataclass(frozen=True)
class _Holders:
    machine: FakeMachine

    def release(self, disk: str) -> None:
        self.machine.call("release", disk)

    def uses(self, disk: str) -> tuple[str, ...]:
        self.machine.call("uses", disk)
        return self.machine.holders


@dataclass(frozen=True)
class FakeLuks:
    machine: FakeMachine

    def format(self, device: str, *, uuid: str, passphrase: Secret, memory_kib: int) -> None:
        self.machine.call("luks_format", device)
        self.machine.container = FakeContainer(uuid=uuid, keys=[passphrase], memory_kib=memory_kib)

    def add_key(self, device: str, *, passphrase: Secret, key: Secret) -> None:
        self.machine.call("luks_add_key", device)
        assert passphrase in self.machine.container.keys
        if key not in self.machine.container.keys:
            self.machine.container.keys.append(key)

    def opens(self, device: str, key: Secret) -> bool:
        self.machine.call("luks_opens", device)
        return key in self.machine.container.keys

    def uuid(self, device: str) -> str | None:
        self.machine.call("luks_uuid", device)
        return self.machine.container.uuid

    def open(self, device: str, *, name: str, passphrase: Secret, discards: bool) -> None:
        self.machine.call("luks_open", device)
        assert passphrase in self.machine.container.keys
        self.machine.container.opened = True
        # A flag in the header, which stays.
        self.machine.container.discards |= discards

    def destroy(self, device: str) -> bool:
        self.machine.call("luks_destroy", device)
        self.machine.container.keys.clear()
        return self.machine.takes_discards

    def close(self, name: str) -> None:
        self.machine.call("luks_close", name)
        self.machine.container.opened = False

    def back_up_header(self, device: str, *, partition: str, file: str) -> None:
        self.machine.call("back_up_header", partition)
        self.machine.container.copies[partition] = file

    def verify_header_backup(self, device: str, *, partition: str, file: str) -> None:
        self.machine.call("verify_header_backup", partition)


@dataclass(frozen=True)
class FakeJournals:
    machine: FakeMachine

    def put(self, boot: str, text: str) -> TargetJournal:
        self.machine.call("put_journal", boot)
        self.machine.journals[boot] = text
        return FakeJournal(self.machine, boot)


@dataclass(frozen=True)
class FakeJournal:
    machine: FakeMachine
    boot: str

    def append(self, line: str) -> None:
        self.machine.call("append_journal", self.boot)
        self.machine.journals[self.boot] += line

    def remove(self) -> None:
        self.machine.call("remove_journal", self.boot)
        self.machine.journals.pop(self.boot, None)


@dataclass(frozen=True)
class FakeVolumeGroups:
    machine: FakeMachine

    def make(self, device: str, *, group: str, volumes: tuple[Volume, ...]) -> None:
        self.machine.call("make_volumes", device)
        self.machine.group = tuple(
            Volume(name=each.name, size_bytes=each.size_bytes or 1 << 30) for each in volumes
        )

    def activate(self, group: str) -> None:
        self.machine.call("activate", group)

    def deactivate(self, group: str) -> None:
        self.machine.call("deactivate", group)

    def volumes(self, group: str) -> tuple[Volume, ...]:
        self.machine.call("volumes", group)
        return self.machine.group


@dataclass(frozen=True)
class _Tables:
    machine: FakeMachine

    def write(self, disk: str, table: PartitionTable) -> None:
        self.machine.call("write_table", disk)
        parts = tuple(
            WrittenPartition(
                number=part.number,
                start_bytes=part.start_bytes,
                size_bytes=part.size_bytes,
                type_guid=part.type_guid,
                label=part.label,
                guid=part.guid,
                attribute_bits=part.attribute_bits,
            )
            for part in table.partitions
        )
        self.machine.table = WrittenTable(disk_guid=table.disk_guid or "", partitions=parts)

    def read(self, disk: str) -> WrittenTable:
        self.machine.call("read_table", disk)
        assert self.machine.table is not None
        return self.machine.table


@dataclass(frozen=True)
class _Images:
    machine: FakeMachine

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        self._begin(targets[0], begin)
        progress(0, image.size_bytes)
        self.machine.call("write_image", targets[0])
        progress(image.size_bytes, image.size_bytes)

    def write_changed(
        self,
        image: ReleaseFile,
        target: str,
        seeds: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        self._begin(target, begin)
        progress(0, image.size_bytes)
        self.machine.call("write_changed", target)
        progress(image.size_bytes, image.size_bytes)

    def _begin(self, target: str, begin: Begin | None) -> None:
        if begin is not None:
            self.machine.call("open_target", target)
            begin()

    def holds(self, image: ReleaseFile, target: str, progress: Progress) -> bool:
        self.machine.call("holds_image", target)
        progress(image.size_bytes, image.size_bytes)
        return not self.machine.spoilt

    def fetch(self, image: ReleaseFile, file: Path, progress: Progress) -> None:
        progress(0, image.size_bytes)
        self.machine.call("fetch_image", str(file))
        progress(image.size_bytes, image.size_bytes)

    def verify_fetched(self, image: ReleaseFile, file: Path) -> None:
        self.machine.call("verify_fetched", str(file))

    def copy_device(self, source: str, image: ReleaseFile, target: str, progress: Progress) -> None:
        progress(0, image.size_bytes)
        self.machine.call("copy_device", target)
        progress(image.size_bytes, image.size_bytes)

    def verify(self, image: ReleaseFile, target: str, progress: Progress) -> None:
        self.machine.call("verify_image", target)
        progress(image.size_bytes, image.size_bytes)


@dataclass(frozen=True)
class _Slots:
    machine: FakeMachine

    def fetch(
        self,
        place: SlotPlace,
        image: ReleaseFile,
        file: Path,
        *,
        boot: str,
        passphrase: Secret | None,
        progress: Progress,
    ) -> None:
        progress(0, image.size_bytes)
        self.machine.call("fetch_slot", place.partition)
        container, files = self.machine.container, self.machine.files
        there = str(file) in files or boot in files
        if place.encrypted and passphrase not in container.keys and not there:
            raise InstallError("that does not open it", device=place.partition)
        self.machine.files.add(str(file))
        progress(image.size_bytes, image.size_bytes)

    def keep(self, file: Path, *, boot: str) -> None:
        self.machine.call("keep_image", boot)
        assert str(file) in self.machine.files
        self.machine.files.add(boot)

    def verify_kept(self, image: ReleaseFile, *, boot: str) -> None:
        self.machine.call("verify_kept", boot)
        if boot not in self.machine.files:
            raise InstallError("it is not there", device=boot)
