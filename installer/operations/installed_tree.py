"""What operations on the installed system's own tree have in common."""

from dataclasses import dataclass, field

from installer.operation import NO_DEED, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class InInstalledTree(Operation):
    """Works in the tree of the image in `slot` with the subvolumes of `data` over it."""

    slot: str = field(metadata=NO_DEED)
    data: str = field(metadata=NO_DEED)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.data

    def way_out(self) -> str:
        """See Operation."""
        return _("Try again; if it stays so, use another disk.")
