"""All that the reasons not to begin are looked for in."""

from dataclasses import dataclass

from installer.answers import Answers, Keep, LayoutKind
from installer.errors import Problem
from installer.hardware import Disk, Machine
from installer.identifiers import Identifiers
from installer.installation import Installation
from installer.layout import PartitionTable
from installer.machinery import Settings
from installer.question import QuestionId
from installer.recovery_choice import RecoveryFate
from installer.release import Release
from installer.resume_choice import Resumption
from installer.sizes import Sizes


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`release` or `disk` is None when it is a problem by itself."""

    answers: Answers
    machine: Machine
    release: Release | None
    disk: Disk | None
    table: PartitionTable | None
    """The disk's own, where it stays and is one of ours."""
    stays: bool
    """Whether the disk's table stays, whatever it is."""
    installation: Installation | None
    """The one whose data are kept, where a look at it went well."""
    sizes: Sizes
    recovery: RecoveryFate
    settings: Settings
    identifiers: Identifiers
    """New ones, or those of the installation that it goes on with."""
    resumption: Resumption
    """Whether it goes on with an installation that came to no end."""
    installed_version: str | None
    """The one on the disk, where its start menu says it."""
    resets: bool
    """Whether everything on the disk that this live system is the Recovery of is to be reset."""
    unattended: bool
    """Nobody was shown the plan: the answers come from a file."""

    @property
    def keeps(self) -> bool:
        """Whether any data are kept."""
        return self.answers.keep is not Keep.NOTHING

    @property
    def layout(self) -> LayoutKind:
        """The one that the disk will have."""
        return self.answers.layout if self.table is None else self.table.layout

    @property
    def asks_for_other_layout(self) -> bool:
        """Whether the answers want a layout that the table, which stays, has not.

        Layout `plain` of answers that keep data is their default, and as good as none.
        """
        wished = self.answers.layout
        return wished is not self.layout and not (self.keeps and wished is LayoutKind.PLAIN)


def disk_problem(what: str, way_out: str) -> Problem:
    """A problem that another disk would not have."""
    return Problem(what=what, way_out=way_out, question=QuestionId.DISK)


def release_problem(what: str, way_out: str) -> Problem:
    """A problem that another release would not have."""
    return Problem(what=what, way_out=way_out, question=QuestionId.WELCOME)
