"""Keeps the install journal while a run goes on: in memory from the start, on the disk later.

Memory is lost with the power and the disk is not, but there is a place on it only once the boot
partition has its file system. Of the two the one that tells more counts.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.answers import Answers
from installer.errors import InstallError
from installer.events import Step
from installer.identifiers import Identifiers
from installer.install_journal import begun_line, done_line, header_line
from installer.layout import Role, partition_path
from installer.machinery import TargetJournal, TargetJournals
from installer.operation import Operation
from installer.session import Plan
from installer.text import _

_TABLE: Final = "partition-table"
_BOOT: Final = "boot-filesystem"
"""Operations that take away what was in the boot partition, where they last. After the second one
there is a place for the journal; after the first one is the place to find it."""


@dataclass(kw_only=True)
class StepJournal:
    """The journal of one run. Every method raises InstallError when it cannot be written."""

    ram: Path
    """The file in memory."""
    targets: TargetJournals
    answers: Answers
    """Their secrets are left out."""
    identifiers: Identifiers
    _boot: str = ""
    _text: str = ""
    _target: TargetJournal | None = None
    _may_attach: bool = False

    def begin(self, plan: Plan, steps: tuple[Step, ...], at: float) -> None:
        """Begin a new journal, or go on with that of the installation which `plan` resumes."""
        self._boot = partition_path(plan.disk.path, plan.table.part(Role.BOOT).number)
        self._target = None
        if plan.resumes is not None:
            self._text = plan.resumes.text
            self._may_attach = plan.resumes.place is not None
        else:
            self._text = header_line(
                began=at,
                disk=plan.disk,
                system=plan.system,
                answers=self.answers,
                identifiers=self.identifiers,
                steps=steps,
            )
            self._may_attach = False
        self._put_ram()

    def begun(self, operation: Operation, at: float) -> None:
        """`operation` is about to be carried out."""
        self._append(begun_line(operation.id, _deed(operation), at))
        if operation.lasting and operation.id in (_TABLE, _BOOT):
            self._target, self._may_attach = None, False

    def done(self, operation: Operation, at: float) -> None:
        """`operation` was carried out and verified."""
        self._append(done_line(operation.id, _deed(operation), at))
        self._attach_after(operation)

    def resumed(self, operation: Operation) -> None:
        """`operation` is as an earlier run left it."""
        self._attach_after(operation)

    def end(self) -> None:
        """All is installed: there is nothing to go on with. First on the disk, then in memory."""
        if self._target is not None:
            self._target.remove()
            self._target = None
        with _file_errors(self.ram):
            self.ram.unlink(missing_ok=True)

    def _attach_after(self, operation: Operation) -> None:
        if operation.id == _TABLE and self._may_attach:
            # What has come in the way of it is found by the operation that makes the file system.
            with contextlib.suppress(InstallError):
                self._target = self.targets.put(self._boot, self._text)
        if operation.id == _BOOT and self._target is None:
            self._target = self.targets.put(self._boot, self._text)

    def _append(self, line: str) -> None:
        self._text += line
        with _file_errors(self.ram), self.ram.open("a", encoding="utf-8") as file:
            file.write(line)
        if self._target is not None:
            self._target.append(line)

    def _put_ram(self) -> None:
        """Whole or not at all: what it said before is worth something until then."""
        new = self.ram.with_name(f".{self.ram.name}.new")
        with _file_errors(self.ram):
            self.ram.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self._text)
            new.rename(self.ram)


@contextlib.contextmanager
def _file_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InstallError(
            _("the journal of the installation cannot be written to {file}").format(file=file),
            tool_words=error.strerror or "",
            way_out=_("Free some memory (df {folder}), then install again.").format(
                folder=file.parent
            ),
        ) from error


def _deed(operation: Operation) -> str | None:
    return operation.deed() if operation.lasting else None
