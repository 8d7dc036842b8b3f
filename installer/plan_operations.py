"""The operations of the plain layout, in the order in which they are carried out."""

from dataclasses import dataclass
from typing import Final

from installer.answers import Answers
from installer.contract import fill
from installer.grub_menu import RecoveryEntry, SlotEntry, menu, stub
from installer.hardware import Disk, Machine
from installer.identifiers import Identifiers
from installer.layout import FILE_SYSTEM_LABELS, PartitionTable, Role, partition_path
from installer.machinery import Settings
from installer.operation import Operation
from installer.operations.boot import CopyKernels, InstallLoaders, WriteMenu
from installer.operations.file_systems import MakeBoot, MakeData, MakeEsp
from installer.operations.partition_table import WritePartitionTable
from installer.operations.record import KeepRecord
from installer.operations.recovery import WriteRecovery
from installer.operations.slots import WriteSlots
from installer.operations.system import AddUser, FillSystem, SetUp
from installer.partition_words import partition_words
from installer.quantity import format_size
from installer.recovery_choice import RecoveryChoice
from installer.release import Release
from installer.text import _

FOLDERS: Final = {Role.SLOT_A: "a", Role.SLOT_B: "b"}


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """Everything that is settled once nothing is in the way."""

    answers: Answers
    machine: Machine
    release: Release
    identifiers: Identifiers
    disk: Disk
    table: PartitionTable
    recovery: RecoveryChoice | None

    def path(self, role: Role) -> str:
        """Device node of the partition of a role. Raises KeyError for one that is not there."""
        return partition_path(self.disk.path, self.table.part(role).number)


def operations_for(blueprint: Blueprint) -> tuple[Operation, ...]:
    """All operations; the boot loader is near the end, so that half an install does not start."""
    return (
        WritePartitionTable(
            disk=blueprint.disk.path,
            serial=blueprint.disk.serial,
            table=blueprint.table,
            lost=_lost(blueprint.disk),
        ),
        *_file_systems(blueprint),
        WriteSlots(
            image=blueprint.release.image,
            slot_a=blueprint.path(Role.SLOT_A),
            slot_b=blueprint.path(Role.SLOT_B),
        ),
        *_recovery(blueprint),
        CopyKernels(
            boot=blueprint.path(Role.BOOT),
            slots=tuple((folder, blueprint.path(role)) for role, folder in FOLDERS.items()),
            kernel=blueprint.release.contract.kernel,
            initrd=blueprint.release.contract.initrd,
        ),
        *_system(blueprint),
        *_start(blueprint),
        KeepRecord(data=blueprint.path(Role.DATA)),
    )


def _file_systems(blueprint: Blueprint) -> tuple[Operation, ...]:
    identifiers = blueprint.identifiers
    return (
        MakeEsp(
            partition=blueprint.path(Role.ESP),
            label=FILE_SYSTEM_LABELS[Role.ESP],
            volume_id=identifiers.esp_volume_id,
        ),
        MakeBoot(
            partition=blueprint.path(Role.BOOT),
            label=FILE_SYSTEM_LABELS[Role.BOOT],
            uuid=identifiers.boot_uuid,
        ),
        MakeData(
            partition=blueprint.path(Role.DATA),
            label=FILE_SYSTEM_LABELS[Role.DATA],
            uuid=identifiers.data_uuid,
        ),
    )


def _recovery(blueprint: Blueprint) -> tuple[Operation, ...]:
    if blueprint.recovery is None:
        return ()
    return (
        WriteRecovery(
            image=blueprint.recovery.image,
            medium=blueprint.recovery.medium,
            partition=blueprint.path(Role.RECOVERY),
        ),
    )


def _system(blueprint: Blueprint) -> tuple[Operation, ...]:
    """Both slots hold the same image, so that what is made with the one's tools fits the other."""
    slot, data = blueprint.path(Role.SLOT_A), blueprint.path(Role.DATA)
    answers = blueprint.answers
    settings = Settings(
        hostname=answers.hostname,
        locale=answers.locale,
        keymap=answers.keymap,
        timezone=answers.timezone,
        machine_id=blueprint.identifiers.machine_id,
    )
    return (
        FillSystem(slot=slot, data=data, contract_sha256=blueprint.release.contract_sha256),
        AddUser(slot=slot, data=data, user=answers.user),
        SetUp(slot=slot, data=data, settings=settings),
    )


def _start(blueprint: Blueprint) -> tuple[Operation, ...]:
    table = blueprint.table
    return (
        WriteMenu(boot=blueprint.path(Role.BOOT), menu=_menu(blueprint)),
        InstallLoaders(
            esp=blueprint.path(Role.ESP),
            disk=blueprint.disk.path,
            partition_number=table.part(Role.ESP).number,
            stub=stub(
                boot_uuid=blueprint.identifiers.boot_uuid,
                boot_number=table.part(Role.BOOT).number,
            ),
        ),
    )


def _lost(disk: Disk) -> tuple[str, ...]:
    """What is on the disk, each in a few words for the person who is about to lose it."""
    whole = _("everything on {disk}, {size}").format(
        disk=disk.name, size=format_size(disk.size_bytes)
    )
    return (whole, *(partition_words(part) for part in disk.partitions))


def _menu(blueprint: Blueprint) -> str:
    slots = tuple(
        SlotEntry(
            title=f"Root {folder.upper()}",
            id=f"root-{folder}",
            hotkey=folder,
            folder=folder,
            command_line=_slot_line(blueprint, role),
        )
        for role, folder in FOLDERS.items()
    )
    return menu(
        slots=slots,
        recovery=_recovery_entry(blueprint),
        serial_console=blueprint.machine.serial_console,
    )


def _slot_line(blueprint: Blueprint, role: Role) -> str:
    lines = blueprint.release.contract.command_lines
    partuuid = blueprint.table.part(role).guid.lower()
    values = {
        "slot.partuuid": partuuid,
        "slot.device": f"/dev/disk/by-partuuid/{partuuid}",
        "keymap": blueprint.answers.keymap,
    }
    return _joined(
        fill(lines.plain, values),
        fill(lines.keymap, values),
        _consoles(blueprint.machine),
        *blueprint.answers.kernel_arguments,
    )


def _recovery_entry(blueprint: Blueprint) -> RecoveryEntry | None:
    if blueprint.recovery is None:
        return None
    part = blueprint.table.part(Role.RECOVERY)
    contract = blueprint.recovery.contract
    lines = contract.command_lines
    values = {"recovery.partuuid": part.guid.lower(), "keymap": blueprint.answers.keymap}
    return RecoveryEntry(
        partition_number=part.number,
        kernel=str(contract.kernel),
        initrd=str(contract.initrd),
        command_line=_joined(
            fill(lines.recovery, values),
            fill(lines.keymap, values),
            _consoles(blueprint.machine),
        ),
    )


def _consoles(machine: Machine) -> str:
    """The last one is /dev/console: where the live system was started on a serial line, it too."""
    if machine.serial_console is None:
        return ""
    return f"console=tty0 console={machine.serial_console}"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
