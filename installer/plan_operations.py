"""The operations of a plan, in the order in which they are carried out. Pure."""

from dataclasses import replace
from typing import Final

from installer.answers import Keep
from installer.answers_software import HomeManager, Software
from installer.blueprint import Blueprint
from installer.contract import Contract
from installer.hardware import Disk, Firmware, Partition
from installer.header_backup import place_at
from installer.kept_table import boot_contents
from installer.layout import FILE_SYSTEM_LABELS, VOLUME_GROUP, VOLUMES, Role
from installer.operation import Operation
from installer.operations.boot import (
    CopyKernels,
    InstallBiosCore,
    InstallLoaders,
    ReplaceMenu,
    WriteMenu,
)
from installer.operations.boot_state import SetBootState
from installer.operations.file_systems import MakeBoot, MakeData, MakeEsp
from installer.operations.free_disk import FreeDisk
from installer.operations.home_now import SetUpHome
from installer.operations.keep import AdoptVar, RenewVar
from installer.operations.later import AskForFlatpaks, AskForHome
from installer.operations.luks import (
    AddRecoveryKey,
    BackUpHeader,
    CloseLuks,
    MakeLuks,
    OpenLuks,
    header_file,
)
from installer.operations.network import SetNetwork, network_words
from installer.operations.partition_table import KeepTable, WritePartitionTable
from installer.operations.record import KeepRecord
from installer.operations.recovery import WriteRecovery
from installer.operations.reset import FETCHED, MakeLuksAnew
from installer.operations.slots import WriteSlots
from installer.operations.system import AddUser, FillSystem, SetUp
from installer.operations.volumes import MakeVolumes
from installer.partition_words import partition_words
from installer.plan_menu import FOLDERS, plan_menu, plan_stub
from installer.plan_reset import boot_that_stays
from installer.quantity import GIB, KIB, MIB, format_size
from installer.secret import Secret
from installer.settings_choice import sets_anything
from installer.text import _

ARGON2_MAXIMUM: Final = GIB
"""Memory that argon2id takes at most: what cryptsetup(8) takes by itself where it has it."""
ARGON2_SHARE: Final = 4
"""A quarter of the memory: at the start of the machine its initramfs is unpacked there too."""


def operations_for(blueprint: Blueprint) -> tuple[Operation, ...]:
    """All operations; the boot loader is near the end, so that half an install does not start.

    The boot partition is near the beginning: what has been done is remembered there. Only a
    container that is kept is opened before anything is written.
    """
    return (
        *_free(blueprint.disk),
        _table(blueprint),
        *_container_and_boot(blueprint),
        *_data(blueprint),
        _slots(blueprint),
        *_recovery(blueprint),
        CopyKernels(
            boot=blueprint.path(Role.BOOT),
            slots=tuple((folder, blueprint.path(role)) for role, folder in FOLDERS.items()),
            kernel=blueprint.release.contract.kernel,
            initrd=blueprint.release.contract.initrd,
        ),
        *(() if blueprint.resets else (_boot_state(blueprint),)),
        *_system(blueprint),
        *_start(blueprint),
        *_home_now(blueprint),
        KeepRecord(data=blueprint.path(Role.DATA)),
        *_close(blueprint),
    )


def argon2_memory_kib(machine_bytes: int) -> int:
    """Memory of the keyslots, in whole MiB, for a machine with so many bytes of it."""
    return min(ARGON2_MAXIMUM, machine_bytes // ARGON2_SHARE) // MIB * (MIB // KIB)


def _boot_state(blueprint: Blueprint) -> Operation:
    return SetBootState(boot=blueprint.path(Role.BOOT), slots=tuple(FOLDERS.values()))


def _free(disk: Disk) -> tuple[Operation, ...]:
    return (FreeDisk(disk=disk.path, uses=disk.all_uses),) if disk.all_uses else ()


def _table(blueprint: Blueprint) -> Operation:
    disk = blueprint.disk
    if blueprint.stays:
        return KeepTable(
            disk=disk.path, serial=disk.serial, table=blueprint.table, stays=_stays(blueprint)
        )
    return WritePartitionTable(
        disk=disk.path, serial=disk.serial, table=blueprint.table, lost=_lost(disk)
    )


def _container_and_boot(blueprint: Blueprint) -> tuple[Operation, ...]:
    boot = _boot(blueprint)
    container = _container(blueprint) if blueprint.encrypted else ()
    return (*container, *boot) if blueprint.keeps else (*boot, *container)


def _container(blueprint: Blueprint) -> tuple[Operation, ...]:
    partition, answers = blueprint.part(Role.LUKS), blueprint.answers
    passphrase = _passphrase(blueprint)
    opened: tuple[Operation, ...] = (
        OpenLuks(
            partition=partition,
            uuid=blueprint.luks_uuid,
            passphrase=passphrase,
            volumes=tuple(VOLUMES.values()),
        ),
    )
    if not blueprint.keeps:
        make = MakeLuksAnew if blueprint.resets else MakeLuks
        opened = (
            make(
                partition=partition,
                uuid=blueprint.luks_uuid,
                passphrase=passphrase,
                memory_kib=argon2_memory_kib(blueprint.machine.memory_bytes),
                discards=blueprint.disk.discards,
                lost=_lost_with(blueprint, Role.LUKS),
            ),
            MakeVolumes(container=f"/dev/mapper/{VOLUME_GROUP}", volumes=blueprint.volumes),
        )
    keys: list[Operation] = []
    if answers.recovery_key is not None:
        keys.append(
            AddRecoveryKey(partition=partition, passphrase=passphrase, key=answers.recovery_key)
        )
    if answers.header_backup is not None:
        keys.append(
            BackUpHeader(
                partition=partition,
                stick=answers.header_backup,
                stick_serial=place_at(answers.header_backup, blueprint.machine).disk.serial,
                file=header_file(blueprint.luks_uuid),
            )
        )
    return (*opened, *keys)


def _passphrase(blueprint: Blueprint) -> Secret:
    passphrase = blueprint.answers.passphrase
    if passphrase is None:
        raise ValueError("an encrypted plan without a passphrase is refused before this")
    return passphrase


def _boot(blueprint: Blueprint) -> tuple[Operation, ...]:
    """The file systems that the machine starts from."""
    identifiers = blueprint.identifiers
    kept = boot_contents(blueprint.disk) if blueprint.resets else None
    if kept is not None:
        return boot_that_stays(blueprint, kept)
    return (
        MakeEsp(
            partition=blueprint.path(Role.ESP),
            label=FILE_SYSTEM_LABELS[Role.ESP],
            volume_id=identifiers.esp_volume_id,
            lost=_lost_with(blueprint, Role.ESP),
        ),
        MakeBoot(
            partition=blueprint.path(Role.BOOT),
            label=FILE_SYSTEM_LABELS[Role.BOOT],
            uuid=identifiers.boot_uuid,
            lost=_lost_with(blueprint, Role.BOOT),
        ),
    )


def _data(blueprint: Blueprint) -> tuple[Operation, ...]:
    if blueprint.keeps:
        return ()
    return (
        MakeData(
            partition=blueprint.path(Role.DATA),
            label=FILE_SYSTEM_LABELS[Role.DATA],
            uuid=blueprint.identifiers.data_uuid,
            lost=() if blueprint.encrypted else _lost_with(blueprint, Role.DATA),
        ),
    )


def _slots(blueprint: Blueprint) -> Operation:
    a, b = blueprint.path(Role.SLOT_A), blueprint.path(Role.SLOT_B)
    lost: tuple[str, ...] = ()
    # Those in a container that is made anew are lost with it.
    if blueprint.stays and (blueprint.keeps or not blueprint.encrypted):
        lost = (_("the systems in Root A ({a}) and Root B ({b})").format(a=a, b=b),)
    image = blueprint.release.image
    if blueprint.resets:
        image = replace(image, url=FETCHED.as_uri(), mirrors=(), packed=None, index=None)
    return WriteSlots(image=image, slot_a=a, slot_b=b, lost=lost)


def _recovery(blueprint: Blueprint) -> tuple[Operation, ...]:
    written = blueprint.recovery.written
    if written is None:
        return ()
    return (
        WriteRecovery(
            image=written.image,
            medium=written.medium,
            partition=blueprint.path(Role.RECOVERY),
            lost=_lost_with(blueprint, Role.RECOVERY),
        ),
    )


def _system(blueprint: Blueprint) -> tuple[Operation, ...]:
    """Both slots hold the same image, so that what is made with the one's tools fits the other."""
    slot, data = blueprint.path(Role.SLOT_A), blueprint.path(Role.DATA)
    operations = [_tree(blueprint, slot, data)]
    user = blueprint.answers.user
    if user is not None:
        # Typed or read from a file, it is the same password, and the same plan.
        operations.append(AddUser(slot=slot, data=data, user=replace(user, password_file=None)))
    # What is kept is carried over as it stands there, and so are its comments.
    if not blueprint.keeps or sets_anything(blueprint.answers):
        operations.append(SetUp(slot=slot, data=data, settings=blueprint.settings))
    if network_words(blueprint.answers.network):
        operations.append(_network(blueprint, slot, data))
    software = blueprint.answers.software
    if user is not None and wants_home(software, blueprint.release.contract):
        flake = software.home_flake
        operations.append(AskForHome(slot=slot, data=data, user=user.name, flake=flake))
    if software.flatpaks:
        url = software.flatpak_remote
        operations.append(AskForFlatpaks(slot=slot, data=data, apps=software.flatpaks, url=url))
    return tuple(operations)


def _network(blueprint: Blueprint, slot: str, data: str) -> Operation:
    # Where the passphrase came from is of no weight: a saved file makes the same plan.
    network = replace(blueprint.answers.network, passphrase_file=None)
    return SetNetwork(slot=slot, data=data, network=network)


def _home_now(blueprint: Blueprint) -> tuple[Operation, ...]:
    """Behind the boot loader: the system is whole without it, and starts when it is cut off."""
    user, software, release = blueprint.answers.user, blueprint.answers.software, blueprint.release
    if user is None or not wants_home(software, release.contract):
        return ()
    if software.home_manager is HomeManager.DEFERRED:
        return ()
    return (
        SetUpHome(
            slot=blueprint.path(Role.SLOT_A),
            data=blueprint.path(Role.DATA),
            user=user.name,
            flake=software.home_flake,
            seed=release.seed if software.home_flake is None else None,
            proxy=blueprint.answers.reached_source.proxy,
            insists=software.home_manager is HomeManager.NOW,
        ),
    )


def wants_home(software: Software, contract: Contract) -> bool:
    """Whether the user's home is set up at all."""
    return contract.home_manager and software.home_manager is not HomeManager.OFF


def _tree(blueprint: Blueprint, slot: str, data: str) -> Operation:
    contract_sha256 = blueprint.release.contract_sha256
    if not blueprint.keeps:
        return FillSystem(slot=slot, data=data, contract_sha256=contract_sha256)
    installation = blueprint.installation
    if installation is None:
        raise ValueError("data are kept of an installation that somebody has looked at only")
    kind = AdoptVar if blueprint.answers.keep is Keep.DATA_AND_VAR else RenewVar
    return kind(
        slot=slot,
        data=data,
        contract_sha256=contract_sha256,
        subvolumes=installation.subvolumes,
        accounts=installation.accounts,
    )


def _start(blueprint: Blueprint) -> tuple[Operation, ...]:
    if blueprint.resets:
        # The loaders find the same boot partition as before, and in the end a slot may start again.
        menu = ReplaceMenu(boot=blueprint.path(Role.BOOT), menu=plan_menu(blueprint))
        return (menu, _boot_state(blueprint))
    core = InstallBiosCore(
        disk=blueprint.disk.path,
        bios=blueprint.path(Role.BIOS),
        boot=blueprint.path(Role.BOOT),
        stub=plan_stub(blueprint),
    )
    return (
        WriteMenu(boot=blueprint.path(Role.BOOT), menu=plan_menu(blueprint)),
        *((core,) if blueprint.has_bios_core else ()),
        InstallLoaders(
            esp=blueprint.path(Role.ESP),
            label=FILE_SYSTEM_LABELS[Role.ESP],
            volume_id=blueprint.identifiers.esp_volume_id,
            disk=blueprint.disk.path,
            partition_number=blueprint.table.part(Role.ESP).number,
            stub=plan_stub(blueprint),
            has_nvram=blueprint.machine.firmware is Firmware.UEFI,
        ),
    )


def _close(blueprint: Blueprint) -> tuple[Operation, ...]:
    if not blueprint.encrypted:
        return ()
    return (CloseLuks(partition=blueprint.part(Role.LUKS), disk=blueprint.disk.path),)


def _lost(disk: Disk) -> tuple[str, ...]:
    """What is on the disk, each in a few words for the person who is about to lose it."""
    whole = _("everything on {disk}, {size}").format(
        disk=disk.name, size=format_size(disk.size_bytes)
    )
    return (whole, *(partition_words(part) for part in disk.partitions))


def _lost_with(blueprint: Blueprint, role: Role) -> tuple[str, ...]:
    """What is in a partition of a table that stays; a new table names everything by itself."""
    if not blueprint.stays:
        return ()
    return tuple(
        partition_words(part) for part in blueprint.disk.partitions if _is(blueprint, part, role)
    )


def _stays(blueprint: Blueprint) -> tuple[str, ...]:
    """What stays with the table: itself, a Recovery that is not rewritten, partitions of others."""
    ours = {spec.number for spec in blueprint.table.partitions}
    parts = [
        part
        for part in blueprint.disk.partitions
        if part.number not in ours
        or (blueprint.recovery.written is None and _is(blueprint, part, Role.RECOVERY))
    ]
    table = _("the partition table of {disk}").format(disk=blueprint.disk.name)
    return (table, *(partition_words(part) for part in parts))


def _is(blueprint: Blueprint, part: Partition, role: Role) -> bool:
    spec = blueprint.table.find(role)
    return spec is not None and spec.number == part.number
