"""Disks with an AtomOS on them, sticks, and the machine that was started from Recovery."""

from dataclasses import replace

from installer.hardware import Contents, Disk, Machine, Medium, Partition, Transport
from installer.layout import Role
from installer.operations.free_disk import FreeDisk
from installer.quantity import GIB, MIB
from installer.session import Plan
from tests.ui.fake_session import machine, plan_for


def _part(number: int, role: Role, size: int, contents: Contents | None = None) -> Partition:
    return Partition(
        path=f"/dev/vda{number}",
        number=number,
        start_bytes=number * GIB,
        size_bytes=size,
        label=role,
        contents=contents,
    )


_RECOVERY = _part(4, Role.RECOVERY, 2 * GIB, Contents(kind="iso9660", label="ATOMOS"))


def _disk(*parts: Partition) -> Disk:
    return Disk(
        path="/dev/vda",
        model="QEMU HARDDISK",
        transport=Transport.VIRTIO,
        size_bytes=16 * GIB,
        table="gpt",
        partitions=parts,
    )


PLAIN = _disk(
    _RECOVERY,
    _part(5, Role.SLOT_A, 2 * GIB),
    _part(6, Role.SLOT_B, 2 * GIB),
    _part(7, Role.DATA, 8 * GIB, Contents(kind="btrfs", label="atomos-data")),
)
ENCRYPTED = _disk(_RECOVERY, _part(5, Role.LUKS, 12 * GIB, Contents(kind="crypto_LUKS")))


def stick(letter: str, label: str, kind: str = "vfat") -> Disk:
    """A USB stick with one partition."""
    return Disk(
        path=f"/dev/sd{letter}",
        model="ACME Stick",
        transport=Transport.USB,
        size_bytes=16 * GIB,
        removable=True,
        table="dos",
        partitions=(
            Partition(
                path=f"/dev/sd{letter}1",
                number=1,
                start_bytes=MIB,
                size_bytes=16 * GIB - MIB,
                contents=Contents(kind=kind, label=label),
            ),
        ),
    )


def in_recovery(disk: Disk) -> Machine:
    """A machine whose live system is the Recovery of `disk`, and runs from RAM."""
    medium = Medium(device=_RECOVERY.path, in_ram=True, is_recovery=True, length_bytes=700 * MIB)
    return replace(machine(disk), disks=(disk,), medium=medium)


def keeping_plan(disk: Disk) -> Plan:
    """A plan that keeps the data of an encrypted AtomOS, of which something is mounted."""
    return plan_for(
        disk,
        lost=(
            "the systems in Root A and Root B, the boot menu and the kernels",
            "all else of @var on /dev/atomos/data: logs, caches, what services stored, and other"
            " changes of /etc",
        ),
        stays=(
            "@home, @nix, @snapshots on /dev/atomos/data, as they are",
            "of @var: the accounts (ada, grace), host keys, machine-id and settings",
        ),
        first=(FreeDisk(disk=disk.path, uses=(f"{disk.path}4 mounted on /mnt",)),),
    )
