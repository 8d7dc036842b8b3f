"""The steps of an update. What runs is not touched by any of them, nor what its next start needs.

In the order in which they are carried out: nothing starts the slot from its first byte on until the
last step, which comes when image, kernel and menu are verified.
"""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from installer.errors import InstallError
from installer.operation import NO_DEED, Context, Operation
from installer.operations.boot import CopyKernels, OnBoot, ReplaceMenu
from installer.operations.boot_state import SetBootState, require_state
from installer.progress import share
from installer.release import ReleaseFile
from installer.text import _
from installer.upkeep.running import TITLES


def still_as_it_was() -> str:
    """The way out of most of what can fail."""
    return _("What runs is as it was, and starts as before. Try again: the slot is written anew.")


@dataclass(frozen=True, kw_only=True)
class OnSlot(Operation):
    """What those have in common that are about the slot's own device."""

    slot: str
    target: str = field(metadata=NO_DEED)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.target


@dataclass(frozen=True, kw_only=True)
class WriteSlot(OnSlot):
    """Streams the image into one slot, and reads it back.

    Nothing starts the slot by itself from the moment before its first byte changes, and no earlier:
    it may be all that there is to go back to.
    """

    id: ClassVar[str] = "slot"
    boot: str = field(metadata=NO_DEED)
    image: ReleaseFile
    seed: str | None = field(default=None, metadata=NO_DEED)
    """The slot that runs: what it has of the image is not fetched. None: all of it is."""
    lost: tuple[str, ...] = field(default=(), metadata=NO_DEED)
    may_be_there: bool = field(default=False, metadata=NO_DEED)
    """Whether the slot says that it has that version: it is read first, and kept where it has that
    image. Of another one, or a damaged one, what is right is not fetched."""

    def sentence(self) -> str:
        """See Operation."""
        if self.seed is not None:
            return _("Write the system image to {name} ({device}), fetching what differs").format(
                name=TITLES[self.slot], device=self.target
            )
        return _("Write the system image to {name} ({device})").format(
            name=TITLES[self.slot], device=self.target
        )

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return self.lost

    def writes_bytes(self) -> int:
        """See Operation."""
        return self.image.size_bytes

    def way_out(self) -> str:
        """See Operation."""
        return _("Look whether {url} can still be reached. {still}").format(
            url=self.image.url, still=still_as_it_was()
        )

    def apply(self, context: Context) -> None:
        """See Operation. Progress counts bytes that go to and come from the disk."""
        images, size = context.machinery.images, self.image.size_bytes
        read = 0
        if self.may_be_there:
            read = size
            report = share(context.progress, before=0, factor=1, whole=self._whole)
            if images.holds(self.image, self.target, report):
                context.progress(self._whole, self._whole)
                return
        report = share(context.progress, before=read, factor=1, whole=self._whole)
        begin = functools.partial(self._close, context)
        with _nothing_is_lost():
            if self.seed is None:
                images.write(self.image, (self.target,), report, begin)
            else:
                images.write_changed(self.image, self.target, (self.seed,), report, begin)

    def verify(self, context: Context) -> None:
        """Read the slot back."""
        before = self._whole - self.image.size_bytes
        report = share(context.progress, before=before, factor=1, whole=self._whole)
        context.machinery.images.verify(self.image, self.target, report)

    def _close(self, context: Context) -> None:
        """Have nothing start the slot by itself: for certain, when this returns."""
        context.machinery.boot.close_slot(boot=self.boot, slot=self.slot)
        require_state(context, self.boot, lambda state: state.closed(self.slot))

    @property
    def _whole(self) -> int:
        """Bytes that are read, written and read back."""
        return (3 if self.may_be_there else 2) * self.image.size_bytes


@dataclass(frozen=True, kw_only=True)
class ReadSlot(OnSlot):
    """Reads the image that was downloaded, before it is made the next one."""

    id: ClassVar[str] = WriteSlot.id
    image: ReleaseFile

    def sentence(self) -> str:
        """See Operation."""
        return _("Read the image that was downloaded into {name} ({device})").format(
            name=TITLES[self.slot], device=self.target
        )

    def way_out(self) -> str:
        """See Operation."""
        return _("What runs is as it was. `atomos update` mends it where the network is.")

    def apply(self, context: Context) -> None:
        """Nothing is written."""
        if not context.machinery.images.holds(self.image, self.target, context.progress):
            raise InstallError(
                _("the image on {device} is not the one any more that was downloaded").format(
                    device=self.target
                ),
                device=self.target,
            )

    def verify(self, context: Context) -> None:
        """It was read just now."""
        context.machinery.images.verify(self.image, self.target, context.progress)


@contextlib.contextmanager
def _nothing_is_lost() -> Iterator[None]:
    """Whatever the way out of an error is, the machine is as before: that is said as well."""
    try:
        yield
    except InstallError as error:
        if error.way_out:
            error.way_out = f"{error.way_out} {still_as_it_was()}"
        raise


@dataclass(frozen=True, kw_only=True)
class CheckImage(OnSlot):
    """Holds what is in the slot to the contract that the plan was made by."""

    id: ClassVar[str] = "slot-contract"
    needs: ClassVar[tuple[str, ...]] = ("slot",)
    contract_sha256: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Hold the image in {name} to its contract").format(name=TITLES[self.slot])

    def way_out(self) -> str:
        """See Operation."""
        return _("Tell whoever made this image. {still}").format(still=still_as_it_was())

    def apply(self, context: Context) -> None:
        """Nothing is written."""

    def verify(self, context: Context) -> None:
        """Look into the slot."""
        context.machinery.system.verify_contract(slot=self.target, text_sha256=self.contract_sha256)


@dataclass(frozen=True, kw_only=True)
class BringKernel(CopyKernels):
    """Takes kernel and initrd of that slot alone out of its image."""

    needs: ClassVar[tuple[str, ...]] = ("slot-contract",)

    def sentence(self) -> str:
        """See Operation."""
        names = ", ".join(TITLES[folder] for folder, _device in self.slots)
        return _("Copy kernel and initrd of {name} to {device}").format(
            name=names, device=self.boot
        )

    def way_out(self) -> str:
        """See Operation."""
        return still_as_it_was()


@dataclass(frozen=True, kw_only=True)
class ChangeMenu(ReplaceMenu):
    """Puts the menu with the slot's new command line in the place of the old one."""

    needs: ClassVar[tuple[str, ...]] = ("slot-contract",)

    def sentence(self) -> str:
        """See Operation."""
        return _("Bring the start menu on {device} to the new image").format(device=self.boot)

    def way_out(self) -> str:
        """See Operation."""
        return still_as_it_was()


@dataclass(frozen=True, kw_only=True)
class OpenSlot(OnBoot):
    """Three tries, first in order, not known good: the last word of an update."""

    id: ClassVar[str] = SetBootState.id
    needs: ClassVar[tuple[str, ...]] = ("slot-contract", "kernels", "boot-menu")
    slot: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Have {name} start first, with three tries").format(name=TITLES[self.slot])

    def way_out(self) -> str:
        """See Operation."""
        return still_as_it_was()

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.boot.open_slot(boot=self.boot, slot=self.slot)

    def verify(self, context: Context) -> None:
        """Read both blocks back."""
        require_state(context, self.boot, lambda state: state.opened(self.slot))


@dataclass(frozen=True, kw_only=True)
class OpenSlotLater(OpenSlot):
    """The same where Recovery was asked to start next: that stays so."""

    id: ClassVar[str] = "boot-state-later"

    def sentence(self) -> str:
        """See Operation."""
        return _("Have {name} start first, with three tries, once Recovery has started").format(
            name=TITLES[self.slot]
        )
