"""The start menu of a plan: kernel command lines by the contracts' templates. Pure."""

from collections.abc import Iterator
from typing import Final

from installer.blueprint import Blueprint
from installer.boot_state import RECOVERY
from installer.contract import CommandLines, fill
from installer.errors import Problem
from installer.grub_menu import RecoveryEntry, longest_line, menu, stub
from installer.hardware import Machine
from installer.installed_version import with_version
from installer.keymaps import console_keymap
from installer.layout import Role
from installer.slot_records import SlotRecord, with_records
from installer.text import _

FOLDERS: Final = {Role.SLOT_A: "a", Role.SLOT_B: "b"}
LONGEST_LINE: Final = 2047
"""Characters: COMMAND_LINE_SIZE of x86 and arm64, less the zero behind it. What is beyond it is
left out, ``atomos.slot=`` first, and nobody says so."""


def plan_menu(blueprint: Blueprint) -> str:
    """The menu on /boot."""
    text = menu(
        a=_slot_line(blueprint, Role.SLOT_A),
        b=_slot_line(blueprint, Role.SLOT_B),
        recovery=_recovery_entry(blueprint),
        serial_console=blueprint.machine.serial_console,
    )
    release = blueprint.release
    records = dict.fromkeys(FOLDERS.values(), SlotRecord.of(release))
    if blueprint.recovery.written is not None:
        records[RECOVERY] = SlotRecord(version=release.version, signed_by=release.signed_by)
    return with_version(with_records(text, records), release.version)


def line_problems(blueprint: Blueprint) -> Iterator[Problem]:
    """What speaks against the slots' kernel command lines."""
    lines = [longest_line(name, _slot_line(blueprint, role)) for role, name in FOLDERS.items()]
    length = max(map(len, lines))
    if length > LONGEST_LINE:
        yield Problem(
            what=_(
                "The kernel command line would have {length} characters, and no more than {limit}"
                " reach the kernel."
            ).format(length=length, limit=LONGEST_LINE),
            way_out=_("Name fewer or shorter ones in `kernel_arguments`.")
            if blueprint.answers.kernel_arguments
            else _("Choose another release."),
        )


def plan_stub(blueprint: Blueprint) -> str:
    """GRUB's first configuration, which looks for that menu."""
    return stub(
        boot_uuid=blueprint.identifiers.boot_uuid,
        boot_number=blueprint.table.part(Role.BOOT).number,
    )


def _slot_line(blueprint: Blueprint, role: Role) -> str:
    lines = blueprint.release.contract.command_lines
    return _joined(
        _root(blueprint, role, lines),
        fill(lines.keymap, {"keymap": console_keymap(blueprint.settings.keymap)}),
        _consoles(blueprint.machine),
        *blueprint.answers.kernel_arguments,
    )


def _root(blueprint: Blueprint, role: Role, lines: CommandLines) -> str:
    keymap = console_keymap(blueprint.settings.keymap)
    if blueprint.encrypted:
        values = {
            "slot.device": blueprint.path(role),
            "luks.uuid": blueprint.luks_uuid,
            "keymap": keymap,
            **_verity(blueprint),
        }
        return fill(lines.encrypted, values)
    partuuid = blueprint.table.part(role).guid.lower()
    values = {
        "slot.partuuid": partuuid,
        "slot.device": f"/dev/disk/by-partuuid/{partuuid}",
        "keymap": keymap,
        **_verity(blueprint),
    }
    return fill(lines.plain, values)


def _verity(blueprint: Blueprint) -> dict[str, str]:
    """Values of the placeholders of the image's hash tree; none where the release has no root."""
    verity = blueprint.release.verity
    if verity is None:
        return {}
    return {
        "verity.root_hash": verity.root_hash,
        "verity.hash_offset": str(verity.hash_offset_bytes),
    }


def _recovery_entry(blueprint: Blueprint) -> RecoveryEntry | None:
    if blueprint.recovery.entry is not None:
        return blueprint.recovery.entry
    contract = blueprint.recovery.contract
    if contract is None:
        return None
    part = blueprint.table.part(Role.RECOVERY)
    lines = contract.command_lines
    values = {
        "recovery.partuuid": part.guid.lower(),
        "keymap": console_keymap(blueprint.settings.keymap),
    }
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
