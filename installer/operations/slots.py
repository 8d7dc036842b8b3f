"""The system image into both slots."""

from dataclasses import dataclass, field
from typing import ClassVar

from installer.operation import NO_DEED, Context, Operation
from installer.progress import share
from installer.release import ReleaseFile
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class WriteSlots(Operation):
    """Streams the image once, into Root A and Root B together, and reads both back."""

    id: ClassVar[str] = "slots"
    needs: ClassVar[tuple[str, ...]] = ("partition-table", "luks", "volumes")
    image: ReleaseFile
    slot_a: str = field(metadata=NO_DEED)
    slot_b: str = field(metadata=NO_DEED)
    lost: tuple[str, ...] = field(default=(), metadata=NO_DEED)
    """What is in kept slots and is lost by this, each in a few words."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Write the system image to Root A ({a}) and Root B ({b})").format(
            a=self.slot_a, b=self.slot_b
        )

    @property
    def device(self) -> str:
        """See Operation."""
        return self.slot_a

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return self.lost

    def writes_bytes(self) -> int:
        """Each slot gets the whole image."""
        return 2 * self.image.size_bytes

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Look whether {url} can still be reached and whether the disk is healthy, then install"
            " again."
        ).format(url=self.image.url)

    def apply(self, context: Context) -> None:
        """See Operation. Progress counts bytes that go to and come from the disk."""
        report = share(context.progress, before=0, factor=2, whole=self._whole)
        context.machinery.images.write(self.image, (self.slot_a, self.slot_b), report)

    def verify(self, context: Context) -> None:
        """Read both slots back."""
        before = self.writes_bytes()
        for slot in (self.slot_a, self.slot_b):
            report = share(context.progress, before=before, factor=1, whole=self._whole)
            context.machinery.images.verify(self.image, slot, report)
            before += self.image.size_bytes

    @property
    def _whole(self) -> int:
        return 4 * self.image.size_bytes
