"""A small disk that starts GRUB on a BIOS machine: made by the installer's own backends, in a
second, with nothing on it that GRUB could start."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.boot_files import BootFilesOnDisk
from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.partition_table import Sfdisk
from backends.runner import Runner
from installer.grub_menu import RecoveryEntry, stub
from installer.layout import PartitionSpec, PartitionTable, Role, partition_path
from installer.quantity import MIB
from tests.vm.machine import Bus, Drive

UUID: Final = "12345678-9abc-4def-8123-456789abcdef"
_SIZES: Final = {Role.BIOS: MIB, Role.BOOT: 64 * MIB, Role.RECOVERY: 8 * MIB}
TABLE: Final = PartitionTable(
    disk_guid="00000000-0000-4000-8000-000000000000",
    partitions=tuple(
        PartitionSpec(
            role=role,
            number=number,
            start_bytes=MIB + sum(list(_SIZES.values())[: number - 1]),
            size_bytes=size,
            guid=f"00000000-0000-4000-8000-00000000000{number}",
        )
        for number, (role, size) in enumerate(_SIZES.items(), start=1)
    ),
)
RECOVERY: Final = RecoveryEntry(
    partition_number=TABLE.part(Role.RECOVERY).number,
    kernel="/live/vmlinuz",
    initrd="/live/initrd",
    command_line="quiet",
)


@dataclass(frozen=True, kw_only=True)
class GrubDisk:
    """The disk as a raw file; attached to this machine only while something is done to it."""

    file: Path
    mounts: Mounts

    @property
    def drive(self) -> Drive:
        """For a virtual machine."""
        return Drive(path=self.file, name="disk", bus=Bus.VIRTIO, format="raw")

    @contextmanager
    def boot(self) -> Iterator[Path]:
        """Its boot partition, mounted on this machine."""
        with _attached(self.file) as node:
            # Also where the kernel has no GPT parser.
            subprocess.run(["partx", "--update", node], check=True)
            boot = _path(node, Role.BOOT)
            with self.mounts.device(boot, "ext4", read_only=False) as top:
                yield top


def make(folder: Path) -> GrubDisk:
    """A disk with GRUB, an empty boot partition, and a recovery partition that holds no kernel."""
    file = folder / "disk.raw"
    with file.open("wb") as made:
        made.truncate(TABLE.partitions[-1].start_bytes + TABLE.partitions[-1].size_bytes + MIB)
    runner = Runner()
    disk = GrubDisk(file=file, mounts=Mounts(runner, folder / "mnt"))
    with _attached(file) as node:
        Sfdisk(runner).write(node, TABLE)
        boot, makers = _path(node, Role.BOOT), Makers(runner, disk.mounts)
        makers.make_ext4(boot, label="atomos-boot", uuid=UUID)
        makers.make_ext4(_path(node, Role.RECOVERY), label="none", uuid=UUID.replace("1", "2"))
        BootFilesOnDisk(runner, disk.mounts, Path("/")).install_bios_core(
            disk=node,
            bios=_path(node, Role.BIOS),
            boot=boot,
            stub=stub(boot_uuid=UUID, boot_number=TABLE.part(Role.BOOT).number),
        )
    return disk


@contextmanager
def _attached(file: Path) -> Iterator[str]:
    """The node of a loop device over `file`."""
    argv = ["losetup", "--find", "--show", str(file)]
    node = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield node
    finally:
        subprocess.run(["partx", "--delete", node], check=True)
        subprocess.run(["losetup", "--detach", node], check=True)


def _path(node: str, role: Role) -> str:
    return partition_path(node, TABLE.part(role).number)
