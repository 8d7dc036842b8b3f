"""The passphrase of the container that an earlier, unfinished installation has made or opened."""

from installer.text import N_, _
from screens.disk_passphrase import DiskPassphrasePage


class OpenAgainPage(DiskPassphrasePage):
    """Whether it is right shows when the disk is opened, before anything is done."""

    heading = N_("The passphrase of this disk")
    help_text = N_(
        "The installation that is resumed has encrypted this disk, or found it encrypted. The "
        "passphrase is written down nowhere, and nothing can go on without it. It is tried on the "
        "disk before anything is done there. Esc leads back to the other ways."
    )
    button = N_("Continue")

    def why(self) -> str:
        """See DiskPassphrasePage."""
        return _("This disk is encrypted already:")

    def which(self) -> str:
        """See DiskPassphrasePage."""
        if self._before.keeps:
            return _("Type the passphrase that AtomOS asked for when it started from there.")
        return _("Type the passphrase that you chose then.")
