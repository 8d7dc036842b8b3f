"""The passphrase of the container that an earlier, unfinished installation has made or opened."""

from installer import page_words
from installer.text import N_
from screens.disk_passphrase import DiskPassphrasePage


class OpenAgainPage(DiskPassphrasePage):
    """Whether it is right shows when the disk is opened, before anything is done."""

    about = page_words.OPEN_AGAIN
    button = N_("Continue")
