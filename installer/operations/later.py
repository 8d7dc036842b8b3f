"""What the installed system does by itself later: the user's home, and applications."""

from dataclasses import dataclass, field
from typing import ClassVar

from installer.operation import NO_DEED, Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class AskForHome(Operation):
    """Leaves word in the /etc overlay that the image's own service finds; nothing is fetched."""

    id: ClassVar[str] = "home"
    needs: ClassVar[tuple[str, ...]] = ("account",)
    slot: str = field(metadata=NO_DEED)
    data: str = field(metadata=NO_DEED)
    user: str
    flake: str | None

    def sentence(self) -> str:
        """See Operation."""
        words = _("Leave word in the system that {name} wants a home by home-manager")
        return words.format(name=self.user)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.data

    def way_out(self) -> str:
        """See Operation."""
        return _("Start the installation again; if it stays so, use another disk.")

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
class AskForFlatpaks(Operation):
    """Leaves word in the /etc overlay that the image's own service finds; nothing is fetched."""

    id: ClassVar[str] = "flatpaks"
    needs: ClassVar[tuple[str, ...]] = ("system-tree",)
    slot: str = field(metadata=NO_DEED)
    data: str = field(metadata=NO_DEED)
    apps: tuple[str, ...]
    url: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Have these applications installed when there is a network: {apps}").format(
            apps=", ".join(self.apps)
        )

    @property
    def device(self) -> str:
        """See Operation."""
        return self.data

    def way_out(self) -> str:
        """See Operation."""
        return _("Start the installation again; if it stays so, use another disk.")

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
