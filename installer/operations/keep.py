"""The system's own tree on data that are kept: @var renewed from the image, or left as it is."""

from dataclasses import dataclass, field
from typing import ClassVar

from installer.operation import NO_DEED, Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class _OnKeptData(Operation):
    """What the two have in common."""

    id: ClassVar[str] = "system-tree"
    needs: ClassVar[tuple[str, ...]] = ("partition-table", "luks", "slots")
    slot: str = field(metadata=NO_DEED)
    data: str = field(metadata=NO_DEED)
    contract_sha256: str
    subvolumes: tuple[str, ...] = field(metadata=NO_DEED)
    """All at the top of the file system."""
    accounts: tuple[str, ...] = field(metadata=NO_DEED)
    """Login names that go on."""

    @property
    def device(self) -> str:
        """See Operation."""
        return self.data

    def _untouched(self) -> str:
        names = ", ".join(name for name in self.subvolumes if name != "@var")
        return _("{names} on {device}, as they are").format(names=names, device=self.data)

    def _people(self) -> str:
        """Empty where nobody has an account."""
        if not self.accounts:
            return ""
        return _("the accounts ({people})").format(people=", ".join(self.accounts))


@dataclass(frozen=True, kw_only=True)
class RenewVar(_OnKeptData):
    """Puts the image's own /var in the place of @var, with accounts and settings carried over."""

    def sentence(self) -> str:
        """See Operation."""
        return _(
            "Renew the system's /var on {device}, with accounts, host keys and settings carried"
            " over"
        ).format(device=self.data)

    def keeps(self) -> tuple[str, ...]:
        """See Operation."""
        carried = _("host keys, machine-id and settings")
        return (
            self._untouched(),
            _("of @var: {what}").format(what=", ".join(filter(None, (self._people(), carried)))),
        )

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return (
            _(
                "all else of @var on {device}: logs, caches, what services stored, and other"
                " changes of /etc"
            ).format(device=self.data),
        )

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Your data are as they were, @var too if the new one was not complete. Install again"
            " with the same answers, or try another release."
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        system = context.machinery.system
        system.verify_contract(slot=self.slot, text_sha256=self.contract_sha256)
        system.renew_var(slot=self.slot, data=self.data)

    def verify(self, context: Context) -> None:
        """Look whether /var is the image's, and the accounts are there."""
        context.machinery.system.verify_renewed(
            slot=self.slot, data=self.data, accounts=self.accounts
        )


@dataclass(frozen=True, kw_only=True)
class AdoptVar(_OnKeptData):
    """Leaves @var as it is, but for what it lacks of the image's own /var."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Add to the kept /var on {device} what it lacks of the image's").format(
            device=self.data
        )

    def keeps(self) -> tuple[str, ...]:
        """See Operation."""
        var = _("@var on {device}, with what it lacks of the image's own /var added")
        return tuple(
            filter(None, (self._untouched(), var.format(device=self.data), self._people()))
        )

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Your data are as they were. Install again with the same answers, or try another"
            " release."
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        system = context.machinery.system
        system.verify_contract(slot=self.slot, text_sha256=self.contract_sha256)
        system.adopt_var(slot=self.slot, data=self.data)

    def verify(self, context: Context) -> None:
        """Look whether nothing of the image's /var is missing, and the accounts are there."""
        context.machinery.system.verify_adopted(
            slot=self.slot, data=self.data, accounts=self.accounts
        )
