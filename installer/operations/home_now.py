"""The user's home by home-manager, at installation already."""

from dataclasses import dataclass, field
from typing import ClassVar

from installer.machinery_homes import HomeOrder
from installer.operation import NO_DEED, Context
from installer.operations.installed_tree import InInstalledTree
from installer.release import ReleaseFile
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class SetUpHome(InInstalledTree):
    """What fails here is told, and left for the first login, for which there is word already."""

    id: ClassVar[str] = "home-now"
    needs: ClassVar[tuple[str, ...]] = ("home",)
    user: str
    flake: str | None
    seed: ReleaseFile | None = field(metadata=NO_DEED)
    proxy: str | None = field(metadata=NO_DEED)
    insists: bool
    """Whether it is `now`, not `auto`."""

    def sentence(self) -> str:
        """See Operation."""
        if self.seed is not None:
            words = _("Set up the home of {name} by home-manager, from the release")
        elif self.insists:
            words = _("Set up the home of {name} by home-manager, from the network")
        else:
            words = _("Set up the home of {name} by home-manager, if the network has it now")
        return words.format(name=self.user)

    def apply(self, context: Context) -> None:
        """See Operation."""
        order = HomeOrder(
            slot=self.slot,
            data=self.data,
            user=self.user,
            flake=self.flake,
            seed=self.seed,
            proxy=self.proxy,
            insists=self.insists,
        )
        reason = context.machinery.homes.set_up(order, context.progress)
        if reason is not None:
            told = _("The home of {name} is set up at the first login: {reason}.")
            context.say(told.format(name=self.user, reason=reason.rstrip(".")))

    def verify(self, context: Context) -> None:
        """Read back what is there of it."""
        context.machinery.homes.verify(slot=self.slot, data=self.data, user=self.user)
