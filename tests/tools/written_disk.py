"""A plain AtomOS disk of 350 MiB, written by the real backends one after the other."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from backends.boot_files import BootFilesOnDisk
from backends.esp import BIOS_GRUB, LOADERS
from backends.file_systems import Makers
from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.installed_system import InstalledSystemOnDisk
from backends.mounts import Mounts
from backends.partition_table import Sfdisk
from backends.runner import Runner
from installer.answers import Source, User
from installer.grub_menu import stub
from installer.identifiers import Identifiers
from installer.layout import PartitionSpec, PartitionTable, Role, partition_path
from installer.machinery import Settings
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.releases import releases

SIZES: Final = {
    Role.BIOS: MIB,
    Role.ESP: 40 * MIB,
    Role.BOOT: 96 * MIB,
    Role.SLOT_A: 24 * MIB,
    Role.SLOT_B: 24 * MIB,
    Role.RECOVERY: 8 * MIB,
    Role.DATA: 160 * MIB,
}


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A disk with the nodes of its partitions."""

    path: str

    def node(self, role: Role) -> str:
        """That of a role."""
        return partition_path(self.path, list(SIZES).index(role) + 1)


@contextlib.contextmanager
def attached(file: Path) -> Iterator[Attached]:
    """`file` as a disk."""
    argv = ["losetup", "--find", "--show", str(file)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    device = done.stdout.strip()
    subprocess.run(["partx", "--update", device], check=False, capture_output=True)
    try:
        yield Attached(path=device)
    finally:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=True)


def live_root(folder: Path) -> Path:
    """The root of a live system: this host may lack the signed loaders."""
    for source, _place in LOADERS:
        file = folder / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.name.encode() * 5000)
    (folder / BIOS_GRUB).symlink_to("/" / BIOS_GRUB)
    return folder


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes such disks."""

    runner: Runner
    mounts: Mounts
    release: Path
    live: Path
    sizes: Mapping[Role, int] = field(default_factory=lambda: SIZES)

    def write(self, file: Path, identifiers: Identifiers) -> Path:
        """One of them in `file`, which is made."""
        with file.open("wb") as made:
            made.truncate(sum(self.sizes.values()) + 2 * MIB)
        with attached(file) as disk:
            Sfdisk(self.runner).write(disk.path, _table(identifiers, self.sizes))
            self._make_file_systems(disk, identifiers)
            self._write_images(disk)
            self._write_boot(disk, identifiers)
            self._write_system(disk, identifiers)
        return file

    def _make_file_systems(self, disk: Attached, identifiers: Identifiers) -> None:
        makers = Makers(self.runner, self.mounts)
        makers.make_fat32(
            disk.node(Role.ESP), label="ATOMOS-ESP", volume_id=identifiers.esp_volume_id
        )
        makers.make_ext4(disk.node(Role.BOOT), label="atomos-boot", uuid=identifiers.boot_uuid)
        makers.make_btrfs(
            disk.node(Role.DATA),
            label="atomos-data",
            uuid=identifiers.data_uuid,
            subvolumes=("@home", "@var", "@nix", "@snapshots"),
        )

    def _write_images(self, disk: Attached) -> None:
        source = Source(url=self.release.as_uri(), allow_unsigned=True)
        release = releases().find(source, "x86-64")
        assert release.live is not None
        slots = (disk.node(Role.SLOT_A), disk.node(Role.SLOT_B))
        images = DirectImages(ImageSource())
        images.write(release.image, slots, _nobody)
        images.write(release.live, (disk.node(Role.RECOVERY),), _nobody)

    def _write_boot(self, disk: Attached, identifiers: Identifiers) -> None:
        files = BootFilesOnDisk(self.runner, self.mounts, self.live)
        boot = disk.node(Role.BOOT)
        for folder, role in (("a", Role.SLOT_A), ("b", Role.SLOT_B)):
            files.copy_kernel(
                slot=disk.node(role),
                boot=boot,
                folder=folder,
                kernel=PurePosixPath("/usr/lib/atomos/boot/vmlinuz"),
                initrd=PurePosixPath("/usr/lib/atomos/boot/initrd"),
            )
        text = stub(boot_uuid=identifiers.boot_uuid, boot_number=3)
        files.write_menu(boot=boot, menu=f"# root={identifiers.partition_guids[Role.SLOT_A]}\n")
        files.reset_slots(boot=boot, slots=("a", "b"))
        files.install_bios_core(disk=disk.path, bios=disk.node(Role.BIOS), boot=boot, stub=text)
        files.install_loaders(esp=disk.node(Role.ESP), stub=text)

    def _write_system(self, disk: Attached, identifiers: Identifiers) -> None:
        system = InstalledSystemOnDisk(self.runner, self.mounts)
        slot, data = disk.node(Role.SLOT_A), disk.node(Role.DATA)
        system.fill(slot=slot, data=data)
        user = User(name="ada", password=Secret("correct horse battery staple"))
        system.add_user(slot=slot, data=data, user=user)
        settings = Settings(
            hostname="lovelace",
            locale="C.UTF-8",
            keymap="us",
            timezone="UTC",
            machine_id=identifiers.machine_id,
        )
        system.set_up(slot=slot, data=data, settings=settings)
        system.keep_record(data=data, events=f'{{"{identifiers.disk_guid}": 1}}\n')


def _table(identifiers: Identifiers, sizes: Mapping[Role, int]) -> PartitionTable:
    start = MIB
    parts = []
    for number, (role, size) in enumerate(sizes.items(), start=1):
        guid = identifiers.partition_guids[role]
        parts.append(
            PartitionSpec(role=role, number=number, start_bytes=start, size_bytes=size, guid=guid)
        )
        start += size
    return PartitionTable(disk_guid=identifiers.disk_guid, partitions=tuple(parts))


def _nobody(done: int, total: int) -> None:
    """Nobody watches."""
