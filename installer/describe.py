"""Plans, disks and refusals as plain text for a person, 80 columns wide."""

import textwrap
from collections.abc import Iterator
from typing import Final

from installer.answers import LayoutKind
from installer.disk_fitness import is_medium
from installer.errors import Refused
from installer.hardware import Disk, Machine
from installer.layout import (
    FILE_SYSTEM_LABELS,
    VOLUMES,
    Role,
    partition_path,
    volume_path,
)
from installer.partition_words import partition_words
from installer.printable import printable
from installer.quantity import format_size
from installer.session import Plan
from installer.text import _, ngettext
from installer.unfinished import Unfinished, began_words

WIDTH: Final = 80


def _purposes() -> dict[Role, str]:
    return {
        Role.BIOS: _("GRUB for BIOS machines"),
        Role.ESP: _("what the firmware starts"),
        Role.BOOT: _("kernels and start menu"),
        Role.SLOT_A: _("Root A, the system"),
        Role.SLOT_B: _("Root B, the same again"),
        Role.RECOVERY: _("Recovery, a live system"),
        Role.DATA: _("your files and settings"),
        Role.LUKS: _("all below, encrypted"),
    }


def _file_system(role: Role) -> str:
    kinds = {
        Role.ESP: "FAT32",
        Role.BOOT: "ext4",
        Role.SLOT_A: "SquashFS",
        Role.SLOT_B: "SquashFS",
        Role.RECOVERY: "ISO 9660",
        Role.DATA: "BTRFS",
        Role.LUKS: "LUKS2",
    }
    return kinds.get(role, "-")


def describe_plan(plan: Plan) -> str:
    """All that a person should know before they agree."""
    parts = [
        *(_paragraph(notice) for notice in plan.notices),
        _paragraph(_("{system} will be installed.").format(system=plan.system)),
        *(
            [_paragraph(_("Signed by {who}.").format(who=printable(plan.signed_by)))]
            if plan.signed_by is not None
            else []
        ),
        _("Will be erased:"),
        *(_item(lost) for lost in plan.destroys),
        "",
        *_kept(plan),
        printable(_("Will be on {disk} afterwards:").format(disk=plan.disk.name)),
        *_table(plan),
        "",
        _("Steps:"),
        *_steps(plan),
        "",
        _("Bytes that will be written: {bytes} ({size}).").format(
            bytes=plan.writes_bytes, size=format_size(plan.writes_bytes)
        ),
    ]
    return "\n".join(parts)


def _steps(plan: Plan) -> Iterator[str]:
    for number, operation in enumerate(plan.operations, start=1):
        text = operation.sentence()
        if operation.id in plan.done_already:
            text = _("{sentence} (done, will be looked at again)").format(sentence=text)
        yield _item(text, mark=f"{number:>2}. ")


def describe_unfinished(found: tuple[Unfinished, ...]) -> str:
    """One block for each: the disk, what and when, how far it came."""
    if not found:
        return _("No unfinished installation is on the disks of this machine.")
    return "\n".join(_block(each) for each in found)


def _block(unfinished: Unfinished) -> str:
    place = unfinished.place or _("this machine's memory")
    lines = [
        printable(unfinished.disk_name),
        _item(
            _("{system}, begun {when} (by the journal in {place})").format(
                system=unfinished.system, when=began_words(unfinished), place=place
            )
        ),
        _item(
            _("{count} of {total} steps are done").format(
                count=len(unfinished.done), total=len(unfinished.steps)
            )
        ),
    ]
    if unfinished.begun is not None:
        ended = _("it ended in the middle of: {sentence}")
        lines.append(_item(ended.format(sentence=unfinished.begun_sentence)))
    return "\n".join(lines)


def _kept(plan: Plan) -> Iterator[str]:
    if plan.kept:
        yield _("Will stay:")
        yield from (_item(stays) for stays in plan.kept)
        yield ""


def _table(plan: Plan) -> Iterator[str]:
    yield _row(_("partition"), _("size"), _("format"), _("label"), _("for"))
    for spec in plan.table.partitions:
        yield _row(
            partition_path(plan.disk.path, spec.number),
            format_size(spec.size_bytes),
            _file_system(spec.role),
            FILE_SYSTEM_LABELS.get(spec.role, spec.label),
            _purposes()[spec.role],
        )
    if plan.table.layout is LayoutKind.ENCRYPTED:
        yield from (_volume(plan, role) for role in VOLUMES)


def _volume(plan: Plan, role: Role) -> str:
    sizes = {each.name: each.size_bytes for each in plan.volumes}
    size = sizes.get(VOLUMES[role])
    return _row(
        volume_path(role),
        _("the rest") if size is None else format_size(size),
        _file_system(role),
        FILE_SYSTEM_LABELS.get(role, "-"),
        _purposes()[role],
    )


def _row(device: str, size: str, kind: str, label: str, purpose: str) -> str:
    return f"  {device:<16} {size:>8}  {kind:<9} {label:<15}  {purpose}"


def describe_refusal(refusal: Refused) -> str:
    """Every problem with its way out."""
    count = len(refusal.problems)
    head = ngettext(
        "Refused, for {count} reason. Nothing was written.",
        "Refused, for {count} reasons. Nothing was written.",
        count,
    ).format(count=count)
    lines = [head]
    for problem in refusal.problems:
        lines.append(_item(problem.what, mark="! "))
        if problem.way_out:
            lines.append(_item(problem.way_out, mark="", indent=4))
    return "\n".join(lines)


def describe_disks(machine: Machine) -> str:
    """One block for each disk; what it is called, how large, what is on it, who uses it."""
    if not machine.disks:
        return _("No disk is attached.")
    return "\n".join(printable(line) for disk in machine.disks for line in _disk(disk, machine))


def _disk(disk: Disk, machine: Machine) -> Iterator[str]:
    marks = [format_size(disk.size_bytes), disk.transport.value]
    if disk.logical_sector_bytes != 512:
        marks.append(_("{count}-byte sectors").format(count=disk.logical_sector_bytes))
    if disk.read_only:
        marks.append(_("read-only"))
    if disk.damaged:
        marks.append(_("damaged: its start or its end cannot be read"))
    if is_medium(disk, machine):
        marks.append(_("this live system's medium"))
    yield f"{disk.path}  {disk.model or '-'}  {', '.join(marks)}"
    if disk.serial:
        yield "  " + _("serial number {serial}").format(serial=disk.serial)
    for name in disk.ids:
        yield f"  /dev/disk/by-id/{name}"
    for part in disk.partitions:
        yield "  " + partition_words(part)
    if disk.held:
        yield "  " + _("held by a program that cannot be named")
    for use in disk.all_uses:
        yield "  " + _("in use: {use}").format(use=use)


def _paragraph(text: str) -> str:
    return (
        textwrap.fill(printable(text), WIDTH, break_on_hyphens=False, break_long_words=False) + "\n"
    )


def _item(text: str, *, mark: str = "- ", indent: int = 2) -> str:
    return textwrap.fill(
        printable(text),
        WIDTH,
        initial_indent=" " * indent + mark,
        subsequent_indent=" " * (indent + len(mark)),
        break_on_hyphens=False,
        break_long_words=False,
    )
