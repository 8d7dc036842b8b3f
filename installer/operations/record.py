"""The record of the installation, for whoever looks after the machine later."""

from dataclasses import dataclass
from typing import ClassVar

from installer.errors import InstallError
from installer.operation import Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class KeepRecord(Operation):
    """Leaves the events of this run in the installed system's log folder."""

    id: ClassVar[str] = "record"
    lasting: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("system-tree", "account", "settings", "boot-loader")
    data: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Keep a record of this installation on {device}").format(device=self.data)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.data

    def way_out(self) -> str:
        """See Operation."""
        return _("Everything else is installed: the machine can be started as it is.")

    def apply(self, context: Context) -> None:
        """See Operation. It holds what happened until now, and so not this operation's own end."""
        context.machinery.system.keep_record(data=self.data, events=context.events_so_far())

    def verify(self, context: Context) -> None:
        """Look whether what is there is the beginning of this run's journal."""
        found = context.machinery.system.read_record(data=self.data)
        if not found or not context.events_so_far().startswith(found):
            raise InstallError(
                _("the record on {device} is not what was written").format(device=self.data),
                device=self.data,
            )
