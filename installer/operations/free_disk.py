"""Ending whatever uses the disk, before anything is written to it."""

from dataclasses import dataclass
from typing import ClassVar

from installer.errors import InstallError
from installer.operation import Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class FreeDisk(Operation):
    """Unmounts, switches swap off, stops arrays and volume groups that hold `disk`."""

    id: ClassVar[str] = "free-disk"
    lasting: ClassVar[bool] = False
    disk: str
    uses: tuple[str, ...]
    """What uses it now, each in a few words that begin with the device."""

    def sentence(self) -> str:
        """See Operation."""
        return _("End what uses {disk}: {uses}").format(disk=self.disk, uses="; ".join(self.uses))

    @property
    def device(self) -> str:
        """See Operation."""
        return self.disk

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "End it by hand (umount, swapoff, mdadm --stop, vgchange -an, cryptsetup close), then"
            " install again."
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.holders.release(self.disk)

    def verify(self, context: Context) -> None:
        """Look whether anything is left."""
        left = context.machinery.holders.uses(self.disk)
        if left:
            raise InstallError(
                _("{disk} is still in use: {uses}").format(disk=self.disk, uses="; ".join(left)),
                device=self.disk,
            )
