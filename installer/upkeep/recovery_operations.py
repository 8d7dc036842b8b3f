"""The steps of an update of Recovery. Neither slot is touched by any of them.

Nothing starts Recovery by itself from its first byte on until a step that comes when all of it is
verified: cut off in between, the machine starts the slots as ever and knows what is broken.
"""

import functools
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import ClassVar

from installer.operation import NO_DEED, Context, Operation
from installer.operations.boot import ReplaceMenu
from installer.operations.recovery import WriteRecovery
from installer.progress import share
from installer.text import _


def slots_as_they_were() -> str:
    """The way out of most of what can fail."""
    return _(
        "Both slots are as they were, and start as before. Try again: Recovery is written anew."
    )


@dataclass(frozen=True, kw_only=True)
class RenewRecovery(WriteRecovery):
    """Writes the live image in the place of the old one, and reads it back.

    Right before its first byte changes, when the source has answered, the menu comes to Recovery by
    itself no more; its lines are the new one's.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    boot: str = field(metadata=NO_DEED)
    menu: str
    """While it is written."""

    def way_out(self) -> str:
        """See Operation."""
        return _("Look whether {url} can still be reached. {still}").format(
            url=self.image.url, still=slots_as_they_were()
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        report = share(context.progress, before=0, factor=1, whole=self._whole)
        begin = functools.partial(self._close, context)
        context.machinery.images.write(self.image, (self.partition,), report, begin)

    def _close(self, context: Context) -> None:
        """Have nothing start it by itself: for certain, when this returns."""
        closed = ReplaceMenu(boot=self.boot, menu=self.menu)
        closed.apply(context)
        closed.verify(context)


@dataclass(frozen=True, kw_only=True)
class RereadRecovery(WriteRecovery):
    """Reads the Recovery that is there already, before anything else is taken from it."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Read Recovery ({device}), which has that version already").format(
            device=self.partition
        )

    def writes_bytes(self) -> int:
        """Nothing."""
        return 0

    def way_out(self) -> str:
        """See Operation."""
        return _("Write it anew: `atomos recovery update --older`.")

    def apply(self, context: Context) -> None:
        """Nothing is written."""

    def verify(self, context: Context) -> None:
        """See Operation."""
        report = share(context.progress, before=0, factor=1, whole=self.image.size_bytes)
        context.machinery.images.verify(self.image, self.partition, report)


@dataclass(frozen=True, kw_only=True)
class CheckRecovery(Operation):
    """Holds what is in the recovery partition to the contract that the menu was made by."""

    id: ClassVar[str] = "recovery-contract"
    needs: ClassVar[tuple[str, ...]] = ("recovery",)
    partition: str = field(metadata=NO_DEED)
    kernel: PurePosixPath
    initrd: PurePosixPath
    contract_sha256: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Hold Recovery to its contract")

    @property
    def device(self) -> str:
        """See Operation."""
        return self.partition

    def way_out(self) -> str:
        """See Operation."""
        return _("Tell whoever made this image. {still}").format(still=slots_as_they_were())

    def apply(self, context: Context) -> None:
        """Nothing is written."""

    def verify(self, context: Context) -> None:
        """Look into it."""
        context.machinery.boot.verify_recovery(
            recovery=self.partition,
            kernel=self.kernel,
            initrd=self.initrd,
            contract_sha256=self.contract_sha256,
        )


@dataclass(frozen=True, kw_only=True)
class OpenRecovery(ReplaceMenu):
    """The last word: Recovery is among what starts when nothing else can."""

    needs: ClassVar[tuple[str, ...]] = ("recovery-contract",)

    def sentence(self) -> str:
        """See Operation."""
        return _("Have the start menu on {device} come to the new Recovery").format(
            device=self.boot
        )

    def way_out(self) -> str:
        """See Operation."""
        return slots_as_they_were()
