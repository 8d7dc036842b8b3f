"""Shim and GRUB on the ESP brought to those of Recovery, which was just verified.

They come from there because every AtomOS disk with a Recovery has them there already, signed by the
distribution and held to a signed release, whatever distribution is in the slots.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Final

from installer.machinery import EspPart
from installer.operation import NO_DEED, Context, Operation
from installer.operations.boot import NVRAM_LABEL
from installer.text import _

OLD_LABEL: Final = "AtomOS (previous)"
"""The firmware's own menu shows it."""


@dataclass(frozen=True, kw_only=True)
class OnEsp(Operation):
    """What both have in common."""

    esp: EspPart = field(metadata=NO_DEED)
    recovery: str = field(metadata=NO_DEED)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.esp.device

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "What starts this machine is whole, old or new. Look at {device} with `fsck.fat -n`,"
            " then try again."
        ).format(device=self.device)

    def _refusal(self, context: Context) -> str | None:
        return context.machinery.boot.loader_refusal(recovery=self.recovery, esp=self.device)


@dataclass(frozen=True, kw_only=True)
class KeepLoaders(OnEsp):
    """Keeps shim and GRUB that are there as the firmware's second entry."""

    id: ClassVar[str] = "boot-loader-kept"
    needs: ClassVar[tuple[str, ...]] = ("recovery-contract",)

    def sentence(self) -> str:
        """See Operation."""
        return _("Keep shim and GRUB on {device} as a second entry").format(device=self.device)

    def apply(self, context: Context) -> None:
        """See Operation. An older set is told, and left alone: revocations are not undone."""
        refusal = self._refusal(context)
        if refusal is not None:
            context.say(
                _("Shim and GRUB on {device} stay as they are: {reason}.").format(
                    device=self.device, reason=refusal
                )
            )
            return
        unheard = context.machinery.boot.keep_loaders(
            recovery=self.recovery,
            esp=self.esp,
            labels=(NVRAM_LABEL, OLD_LABEL),
        )
        if unheard is not None:
            context.say(
                _(
                    "The firmware did not take an entry for the shim and GRUB before ({reason});"
                    " they are in /EFI/atomos.old of {device}."
                ).format(reason=unheard, device=self.device)
            )

    def verify(self, context: Context) -> None:
        """Read them back."""
        if self._refusal(context) is None:
            context.machinery.boot.verify_kept_loaders(recovery=self.recovery, esp=self.device)


@dataclass(frozen=True, kw_only=True)
class RenewLoaders(OnEsp):
    """Replaces those that differ, each whole."""

    id: ClassVar[str] = "boot-loader"
    needs: ClassVar[tuple[str, ...]] = ("boot-loader-kept",)

    def sentence(self) -> str:
        """See Operation."""
        return _("Bring shim and GRUB on {device} to those of Recovery").format(device=self.device)

    def apply(self, context: Context) -> None:
        """See Operation. Where they are the same already, nothing is written."""
        if self._refusal(context) is None:
            context.machinery.boot.renew_loaders(recovery=self.recovery, esp=self.device)

    def verify(self, context: Context) -> None:
        """Read every file back."""
        if self._refusal(context) is None:
            context.machinery.boot.verify_renewed_loaders(recovery=self.recovery, esp=self.device)
