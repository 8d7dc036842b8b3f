"""Labels of ours on another attached disk: both systems would find their parts by them."""

from collections.abc import Iterator
from typing import Final

from installer.errors import Problem
from installer.hardware import Disk, Machine
from installer.layout import FILE_SYSTEM_LABELS, Role
from installer.question import QuestionId
from installer.text import _

_GPT_LABELS: Final = frozenset(role.value for role in Role)
_FILE_SYSTEM_LABELS: Final = frozenset(FILE_SYSTEM_LABELS.values())


def label_collisions(target: Disk, machine: Machine) -> Iterator[Problem]:
    """One problem for each disk other than `target` that carries labels of an installation."""
    for disk in machine.disks:
        labels = _labels(disk)
        if disk.path != target.path and labels:
            yield Problem(
                what=_("{disk} carries the labels of another AtomOS: {labels}.").format(
                    disk=disk.name, labels=", ".join(labels)
                ),
                way_out=_("Detach {disk} while installing, or erase it.").format(disk=disk.path),
                question=QuestionId.DISK,
            )


def _labels(disk: Disk) -> list[str]:
    found = {part.label for part in disk.partitions if part.label in _GPT_LABELS}
    for contents in (disk.contents, *(part.contents for part in disk.partitions)):
        if contents is not None and contents.label in _FILE_SYSTEM_LABELS:
            found.add(contents.label)
    return sorted(label for label in found if label is not None)
