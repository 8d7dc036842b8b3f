"""The installed system's own tree: what it keeps, its first account, its settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from installer.answers import User
from installer.machinery import Settings
from installer.operation import Context, Operation
from installer.operations.installed_tree import InInstalledTree
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class FillSystem(InInstalledTree):
    """Checks the contract inside the slot, and fills @var and the /etc overlay from the image."""

    id: ClassVar[str] = "system-tree"
    needs: ClassVar[tuple[str, ...]] = ("slots", "data-filesystem")
    contract_sha256: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Copy the system's own /var to {device}").format(device=self.data)

    def way_out(self) -> str:
        """See Operation."""
        return _("The image may be damaged or made badly: try another release.")

    def apply(self, context: Context) -> None:
        """See Operation."""
        system = context.machinery.system
        system.verify_contract(slot=self.slot, text_sha256=self.contract_sha256)
        system.fill(slot=self.slot, data=self.data)

    def verify(self, context: Context) -> None:
        """Look whether everything is there."""
        context.machinery.system.verify_filled(slot=self.slot, data=self.data)


@dataclass(frozen=True, kw_only=True)
class AddUser(Operation):
    """Makes the first account."""

    id: ClassVar[str] = "account"
    lasting: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("system-tree",)
    slot: str
    data: str
    user: User

    def sentence(self) -> str:
        """See Operation."""
        return _("Make the account {name}").format(name=self.user.name)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.data

    def way_out(self) -> str:
        """See Operation."""
        return _("Look whether the image has all groups that the answers name, or leave them out.")

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.system.add_user(slot=self.slot, data=self.data, user=self.user)

    def verify(self, context: Context) -> None:
        """Look at the account."""
        context.machinery.system.verify_user(slot=self.slot, data=self.data, user=self.user)


@dataclass(frozen=True, kw_only=True)
class SetUp(InInstalledTree):
    """Writes host name, locale, keyboard layout, time zone and machine-id."""

    id: ClassVar[str] = "settings"
    needs: ClassVar[tuple[str, ...]] = ("system-tree",)
    settings: Settings

    def sentence(self) -> str:
        """See Operation."""
        settings = self.settings
        if settings.stays:
            return _("Set {settings}").format(settings=", ".join(_named(settings)))
        return _(
            "Set host name {name}, locale {locale}, keyboard {keymap}, time zone {zone}"
        ).format(
            name=settings.hostname,
            locale=settings.locale,
            keymap=settings.keymap,
            zone=settings.timezone,
        )

    def way_out(self) -> str:
        """See Operation."""
        return _("Look whether the image knows the time zone and keyboard of the answers.")

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.system.set_up(slot=self.slot, data=self.data, settings=self.settings)

    def verify(self, context: Context) -> None:
        """Look at what was set."""
        context.machinery.system.verify_set_up(
            slot=self.slot, data=self.data, settings=self.settings
        )


def _named(settings: Settings) -> Iterator[str]:
    words = {
        "hostname": _("host name {name}").format(name=settings.hostname),
        "locale": _("locale {locale}").format(locale=settings.locale),
        "keymap": _("keyboard {keymap}").format(keymap=settings.keymap),
        "timezone": _("time zone {zone}").format(zone=settings.timezone),
    }
    return (text for name, text in words.items() if name not in settings.stays)
