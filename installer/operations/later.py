"""What the installed system does by itself later: the user's home, and applications."""

from dataclasses import dataclass
from typing import ClassVar

from installer.operation import Context
from installer.operations.installed_tree import InInstalledTree
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class AskForHome(InInstalledTree):
    """Leaves word in the /etc overlay that the image's own service finds; nothing is fetched."""

    id: ClassVar[str] = "home"
    needs: ClassVar[tuple[str, ...]] = ("account",)
    user: str
    flake: str | None

    def sentence(self) -> str:
        """See Operation."""
        words = _("Leave word in the system that {name} wants a home by home-manager")
        return words.format(name=self.user)

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.system.ask_for_home(
            slot=self.slot, data=self.data, user=self.user, flake=self.flake
        )

    def verify(self, context: Context) -> None:
        """Read it back."""
        context.machinery.system.verify_home(
            slot=self.slot, data=self.data, user=self.user, flake=self.flake
        )


@dataclass(frozen=True, kw_only=True)
class AskForFlatpaks(InInstalledTree):
    """Leaves word in the /etc overlay that the image's own service finds; nothing is fetched."""

    id: ClassVar[str] = "flatpaks"
    needs: ClassVar[tuple[str, ...]] = ("system-tree",)
    apps: tuple[str, ...]
    url: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Have these applications installed when there is a network: {apps}").format(
            apps=", ".join(self.apps)
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.system.ask_for_flatpaks(
            slot=self.slot, data=self.data, apps=self.apps, url=self.url
        )

    def verify(self, context: Context) -> None:
        """Read it back."""
        context.machinery.system.verify_flatpaks(
            slot=self.slot, data=self.data, apps=self.apps, url=self.url
        )
