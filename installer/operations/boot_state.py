"""Which slot starts first, and how often it may fail: said anew for slots with something new."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from installer.boot_state import BootState
from installer.errors import InstallError
from installer.operation import Context
from installer.operations.boot import OnBoot
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class SetBootState(OnBoot):
    """Forgets all that was known of `slots`, and puts them first; the other slot's stays.

    What an image has once failed at is not held against the one that took its place.
    """

    id: ClassVar[str] = "boot-state"
    needs: ClassVar[tuple[str, ...]] = ("slots", "boot-filesystem", "kernels")
    slots: tuple[str, ...]

    def sentence(self) -> str:
        """See Operation."""
        return _("Write which slot starts first, and how often it may fail, to {device}").format(
            device=self.boot
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.boot.reset_slots(boot=self.boot, slots=self.slots)

    def verify(self, context: Context) -> None:
        """Read both blocks back."""
        require_state(context, self.boot, lambda state: state.installed(self.slots))


def require_state(context: Context, boot: str, change: Callable[[BootState], BootState]) -> None:
    """Raises InstallError where `change` would still change what both blocks say."""
    state = context.machinery.boot.read_state(boot=boot)
    if state != change(state):
        raise InstallError(
            _("what {device} says of the slots is not what was written").format(device=boot),
            device=boot,
        )
