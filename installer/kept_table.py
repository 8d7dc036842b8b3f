"""The partition table that a disk has already, where it stays: known by its labels. Pure.

No partition number is assumed: an owner may have put partitions of their own between ours.
"""

from collections.abc import Iterator
from typing import Final

from installer.answers import Answers, Keep, LayoutKind
from installer.disk_fitness import is_own_recovery
from installer.hardware import Contents, Disk, Machine, Partition
from installer.layout import TYPE_GUIDS, PartitionSpec, PartitionTable, Role
from installer.text import _

_EVERYWHERE: Final = (Role.BIOS, Role.ESP, Role.BOOT)
_OF_LAYOUT: Final = {
    LayoutKind.PLAIN: (Role.SLOT_A, Role.SLOT_B, Role.DATA),
    LayoutKind.ENCRYPTED: (Role.LUKS,),
}


def table_stays(answers: Answers, machine: Machine, disk: Disk) -> bool:
    """Whether `disk` keeps its table: something on it is kept, or Recovery runs from it."""
    return answers.keep is not Keep.NOTHING or is_own_recovery(disk, machine)


def may_reset(answers: Answers, machine: Machine, disk: Disk) -> bool:
    """Whether all of `disk` may be made anew with its boot partition left as it is, by which
    Recovery starts. What is there of it was looked at only when the machine was."""
    return (
        answers.keep is Keep.NOTHING
        and is_own_recovery(disk, machine)
        and not table_faults(disk)
        and boot_contents(disk) is not None
    )


def boot_contents(disk: Disk) -> Contents | None:
    """The ext4 on the boot partition of `disk`; None: there is none of ours."""
    for part in disk.partitions:
        found = part.contents
        if part.label == Role.BOOT.value and found is not None and found.kind == "ext4":
            return found if found.label == Role.BOOT.value and found.uuid else None
    return None


def found_layout(disk: Disk) -> LayoutKind:
    """The layout that the table of `disk` comes nearest to."""
    labels = {part.label for part in disk.partitions}
    return LayoutKind.ENCRYPTED if Role.LUKS.value in labels else LayoutKind.PLAIN


def table_faults(disk: Disk) -> tuple[str, ...]:
    """What makes the table of `disk` another one than AtomOS has, each thing as a clause."""
    return tuple(_faults(disk))


def found_table(disk: Disk) -> PartitionTable:
    """Our partitions on `disk` as a table. Raises ValueError with every `table_faults`."""
    faults = table_faults(disk)
    if faults:
        raise ValueError("; ".join(faults))
    specs = [
        PartitionSpec(
            role=Role(part.label),
            number=part.number,
            start_bytes=part.start_bytes,
            size_bytes=part.size_bytes,
            guid=part.guid or "",
        )
        for part in disk.partitions
        if part.label in set(Role)
    ]
    return PartitionTable(disk_guid=None, partitions=tuple(specs))


def _faults(disk: Disk) -> Iterator[str]:
    if disk.table != "gpt":
        yield _("it has no GPT")
        return
    layout = found_layout(disk)
    needed = (*_EVERYWHERE, *_OF_LAYOUT[layout])
    unread = [part for part in disk.partitions if part.guid is None and part.label is None]
    if unread and not all(_with_label(disk, role) for role in needed):
        # Every partition of a GPT has a GUID; one that was not read is not one that is missing.
        for part in unread:
            yield _("what {device} is could not be told").format(device=part.path)
        return
    for role in needed:
        yield from _role_faults(role, _with_label(disk, role), needed=True)
    yield from _role_faults(Role.RECOVERY, _with_label(disk, Role.RECOVERY), needed=False)
    for other in set(LayoutKind) - {layout}:
        for role in _OF_LAYOUT[other]:
            if _with_label(disk, role):
                yield _("{label} stands beside {other}").format(
                    label=role.value, other=_OF_LAYOUT[layout][0].value
                )


def _with_label(disk: Disk, role: Role) -> list[Partition]:
    return [part for part in disk.partitions if part.label == role.value]


def _role_faults(role: Role, parts: list[Partition], *, needed: bool) -> Iterator[str]:
    if not parts and needed:
        yield _("{label} is missing").format(label=role.value)
    if len(parts) > 1:
        yield _("{label} is there {count} times").format(label=role.value, count=len(parts))
    for part in parts:
        if part.type_guid != TYPE_GUIDS[role] or part.guid is None:
            yield _("{device} is called {label} and is of another type").format(
                device=part.path, label=role.value
            )
