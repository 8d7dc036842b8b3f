"""How large slots and recovery partition are: wished for, or as the disk has them. Pure."""

from dataclasses import dataclass

from installer.answers import Answers, Keep, LayoutKind
from installer.errors import Problem
from installer.installation import Installation
from installer.layout import (
    RECOVERY_SIZE,
    SLOT_SIZE,
    SLOTS,
    PartitionTable,
    Role,
    largest_slot,
    slot_size_for,
    smallest_disk,
)
from installer.quantity import MIB, align_up, parse_size
from installer.recovery_choice import RecoveryChoice
from installer.release import Release
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """In bytes."""

    slot: int | None
    """Of each slot; None while the volumes of an encrypted disk cannot be looked at."""
    recovery: int
    """Of the recovery partition; 0: there is none."""

    def smallest_disk(self, layout: LayoutKind) -> int:
        """Bytes of the smallest disk that a new table of this layout fits on."""
        return smallest_disk(layout, self.slot or SLOT_SIZE, self.recovery)


def wished_sizes(
    answers: Answers, release: Release | None, recovery: RecoveryChoice | None
) -> tuple[Sizes, tuple[Problem, ...]]:
    """Sizes to go on with in any case, so that the other problems are found too."""
    whole = _recovery_size(answers, release, recovery)
    try:
        return Sizes(slot=_slot_size(answers, release), recovery=whole), ()
    except ValueError as error:
        problem = Problem(
            what=_("slot_size: {error}.").format(error=error),
            way_out=_("Leave it out to have it chosen from the image."),
        )
        return Sizes(slot=SLOT_SIZE, recovery=whole), (problem,)


def kept_sizes(
    answers: Answers, wished: Sizes, table: PartitionTable, installation: Installation | None
) -> Sizes:
    """Sizes on a table that stays. Volumes are made anew when nothing is kept: as large as on a
    new disk, or smaller where the container was made for smaller ones."""
    part = table.find(Role.RECOVERY)
    recovery = part.size_bytes if part is not None else 0
    if table.layout is LayoutKind.PLAIN:
        slot: int | None = min(table.part(role).size_bytes for role in SLOTS)
    elif answers.keep is Keep.NOTHING:
        slot = wished.slot
        if slot is not None and answers.slot_size is None:
            slot = min(slot, largest_slot(table.part(Role.LUKS).size_bytes))
    else:
        slot = min(installation.slot_bytes) if installation is not None else None
    return Sizes(slot=slot, recovery=recovery)


def _slot_size(answers: Answers, release: Release | None) -> int:
    """Raises ValueError when the answers' slot size is not a size."""
    if answers.slot_size is not None:
        return align_up(parse_size(answers.slot_size), MIB)
    if release is None:
        return SLOT_SIZE
    return slot_size_for(release.image.size_bytes, release.contract.minimum_slot_bytes)


def _recovery_size(
    answers: Answers, release: Release | None, recovery: RecoveryChoice | None
) -> int:
    if release is None:
        return RECOVERY_SIZE if answers.recovery else 0
    if recovery is None:
        return 0
    return max(RECOVERY_SIZE, align_up(recovery.image.size_bytes, MIB))
