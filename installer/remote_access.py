"""Installing from another machine: where this one is, and the password that it drew."""

from dataclasses import dataclass

from installer.secret import Secret
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class RemoteAccess:
    """How to come to the installer over the network."""

    address: str
    """Of this machine, as others see it."""
    password: Secret
    """Of root, until this machine is switched off. Whoever sits here is to read it."""

    def words(self) -> str:
        """What to type there."""
        return _("From another machine: ssh root@{address}, password {password}").format(
            address=self.address, password=self.password.reveal()
        )
