"""Answers, machines and releases that fit together; a test changes the one thing it is about."""

import dataclasses
from pathlib import PurePosixPath

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, Source, User
from installer.contract import CommandLines, Contract, ImageKind
from installer.errors import Refused
from installer.hardware import Contents, Disk, Firmware, Machine, Medium, Partition, Transport
from installer.identifiers import Identifiers
from installer.installation import Installation
from installer.known_names import KnownNames
from installer.layout import Role, new_table
from installer.machinery import Settings
from installer.planning import make_plan
from installer.quantity import GIB, MIB
from installer.release import Release, ReleaseFile
from installer.secret import Secret
from installer.session import Plan

SECRET = "correct horse battery staple"

DISK = Disk(
    path="/dev/vda",
    ids=("virtio-atomos-target",),
    serial="atomos-target",
    model="QEMU HARDDISK",
    transport=Transport.VIRTIO,
    size_bytes=16 * GIB,
    discards=True,
)
STICK = Disk(
    path="/dev/sda",
    ids=("usb-Stick_1",),
    serial="STICK1",
    model="USB Stick",
    transport=Transport.USB,
    size_bytes=4 * GIB,
    removable=True,
)
LIVE = ReleaseFile(
    url="http://10.0.2.2/r/atomos-live_0.1.0_x86-64.iso", size_bytes=900 * MIB, sha256="b" * 64
)
IDENTIFIERS = Identifiers(
    disk_guid="00000000-0000-4000-8000-000000000000",
    partition_guids={
        role: f"00000000-0000-4000-8000-00000000000{number}"
        for number, role in enumerate(Role, start=1)
    },
    esp_volume_id="A70305A1",
    boot_uuid="11111111-1111-4111-8111-111111111111",
    data_uuid="22222222-2222-4222-8222-222222222222",
    luks_uuid="44444444-4444-4444-8444-444444444444",
    machine_id="3" * 32,
)
PASSPHRASE = "to be, or not to be"


def stick_partition(path: str, kind: str | None = "vfat", **changes: object) -> Partition:
    """A partition of a stick that a person carries files on."""
    base = Partition(
        path=path,
        number=1,
        start_bytes=MIB,
        size_bytes=GIB,
        contents=Contents(kind=kind, label="MY STICK") if kind else None,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def answers(**changes: object) -> Answers:
    """Answers for an installation onto /dev/vda that nothing is wrong with."""
    base = Answers(
        version=1,
        disk=DiskChoice(path="/dev/vda"),
        wipe=True,
        source=Source(url="http://10.0.2.2/r", allow_unsigned=True),
        user=User(name="ada", password=Secret(SECRET)),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def machine(*disks: Disk, **changes: object) -> Machine:
    """A UEFI machine started from a stick that holds the release's live image."""
    base = Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=4 * GIB,
        disks=(STICK, *(disks or (DISK,))),
        medium=Medium(
            device=STICK.path, in_ram=True, is_recovery=False, length_bytes=LIVE.size_bytes
        ),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def recovery_of(disk: Disk) -> Machine:
    """A machine that was started from the Recovery on `disk`."""
    part = next(each for each in disk.partitions if each.label == "atomos-recovery")
    medium = Medium(device=part.path, in_ram=True, is_recovery=True, length_bytes=LIVE.size_bytes)
    return machine(disks=(disk,), medium=medium)


def contract(**changes: object) -> Contract:
    """The system image's contract."""
    base = Contract(
        kind=ImageKind.SYSTEM,
        name="AtomOS Debian",
        version="0.1.0",
        architecture="x86-64",
        kernel=PurePosixPath("/usr/lib/atomos/boot/vmlinuz"),
        initrd=PurePosixPath("/usr/lib/atomos/boot/initrd"),
        command_lines=CommandLines(
            plain="root=PARTUUID={slot.partuuid} rootfstype=squashfs ro quiet",
            encrypted="root={slot.device} rd.luks.name={luks.uuid}=atomos rd.lvm.vg=atomos",
            keymap="rd.vconsole.keymap={keymap}",
        ),
        minimum_slot_bytes=GIB,
        secure_boot=True,
        locales=("en_US.UTF-8",),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def live_contract() -> Contract:
    """The live image's contract."""
    return Contract(
        kind=ImageKind.LIVE,
        name="AtomOS live",
        version="0.1.0",
        architecture="x86-64",
        kernel=PurePosixPath("/live/vmlinuz"),
        initrd=PurePosixPath("/live/initrd"),
        command_lines=CommandLines(
            recovery="atomos.recovery=PARTUUID={recovery.partuuid} quiet",
            keymap="rd.vconsole.keymap={keymap}",
        ),
        secure_boot=True,
    )


def release(**changes: object) -> Release:
    """A release with a system image and a live image."""
    base = Release(
        url="http://10.0.2.2/r",
        version="0.1.0",
        architecture="x86-64",
        image=ReleaseFile(
            url="http://10.0.2.2/r/atomos_0.1.0_x86-64.squashfs",
            size_bytes=690 * MIB,
            sha256="a" * 64,
        ),
        contract=contract(),
        contract_sha256="c" * 64,
        live=LIVE,
        live_contract=live_contract(),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def plan(
    *,
    wanted: Answers | None = None,
    at: Machine | None = None,
    of: Release | Refused | None = None,
    identifiers: Identifiers = IDENTIFIERS,
    unattended: bool = True,
    found: Installation | Refused | None = None,
    names: KnownNames | None = None,
) -> Plan:
    """The plan for these, or for the samples."""
    return make_plan(
        wanted or answers(),
        at or machine(),
        of or release(),
        identifiers,
        unattended=unattended,
        installation=found,
        names=names,
    )


def encrypted(**changes: object) -> Answers:
    """Answers for an encrypted installation onto /dev/vda."""
    return answers(**{"layout": LayoutKind.ENCRYPTED, "passphrase": Secret(PASSPHRASE), **changes})


HELD = {
    Role.ESP: Contents(kind="vfat", label="ATOMOS-ESP", uuid="A703-05A1"),
    Role.BOOT: Contents(kind="ext4", label="atomos-boot"),
    Role.SLOT_A: Contents(kind="squashfs"),
    Role.SLOT_B: Contents(kind="squashfs"),
    Role.LUKS: Contents(kind="crypto_LUKS"),
    Role.DATA: Contents(kind="btrfs", label="atomos-data"),
}
"""What is in the partitions of an AtomOS."""


def installed(
    layout: LayoutKind = LayoutKind.PLAIN, *, slot_bytes: int = 2 * GIB, recovery: bool = True
) -> Disk:
    """`DISK` with an AtomOS on it, as a look at it afterwards finds it."""
    table = new_table(
        DISK,
        layout,
        slot_bytes=slot_bytes,
        recovery_bytes=2 * GIB if recovery else 0,
        disk_guid=IDENTIFIERS.disk_guid,
        guids={role: f"0{guid[1:]}" for role, guid in IDENTIFIERS.partition_guids.items()},
    )
    parts = tuple(
        Partition(
            path=f"{DISK.path}{spec.number}",
            number=spec.number,
            start_bytes=spec.start_bytes,
            size_bytes=spec.size_bytes,
            type_guid=spec.type_guid,
            label=spec.label,
            guid=spec.guid,
            contents=HELD.get(spec.role),
        )
        for spec in table.partitions
    )
    return dataclasses.replace(DISK, table="gpt", partitions=parts)


def installation(**changes: object) -> Installation:
    """What a look at `installed` finds."""
    base = Installation(
        luks_uuid=None,
        slot_bytes=(2 * GIB, 2 * GIB),
        data_free_bytes=4 * GIB,
        subvolumes=("@home", "@nix", "@snapshots", "@var"),
        accounts=("ada", "bob"),
        settings=Settings(
            hostname="old-box",
            locale="en_US.UTF-8",
            keymap="de",
            timezone="Europe/Berlin",
            machine_id="5" * 32,
        ),
        data=f"{DISK.path}7",
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def keeping(**changes: object) -> Answers:
    """Answers that keep the data of an AtomOS on /dev/vda."""
    return answers(**{"keep": Keep.DATA, "wipe": False, "reinstall": True, "user": None, **changes})
