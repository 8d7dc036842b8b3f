"""Who writes a file of answers."""

from typing import Protocol

from installer.save_place import SavePlace
from installer.secret import Secret


class AnswersStore(Protocol):
    """Writes answers, and hashes the password in them."""

    def save(self, place: SavePlace, text: str, *, replaces: bool) -> None:
        """Write the file, for root alone (mode 0600) where the file system has modes.

        Whole or not at all, and read back. Raises AlreadyThere where there is one and `replaces` is
        false; InstallError when it cannot be written.
        """
        ...

    def hashed(self, password: Secret) -> Secret | None:
        """The crypt(5) hash of a password; None where this system makes none."""
        ...
