"""The short while before the first question: what is there to go on with?"""

from collections.abc import Callable, Iterator

from textual.message import Message
from textual.widget import Widget

from installer.text import N_, _
from screens.background import in_background
from screens.looks import Beginning
from screens.page import Page
from screens.widgets import Words


class LookingPage(Page):
    """Looks, beside the app: a slow disk must not keep the keys from working."""

    heading = N_("One moment")
    help_text = N_(
        "The disks of this machine are looked at for an installation that was begun and not "
        "finished. Nothing is changed on any of them."
    )

    class Looked(Message):
        """That is what there is."""

        def __init__(self, beginning: Beginning) -> None:
            super().__init__()
            self.beginning = beginning

    def __init__(self, look: Callable[[], Beginning]) -> None:
        super().__init__()
        self._look = look

    def body(self) -> Iterator[Widget]:
        """Nothing to choose yet."""
        yield Words(_("Looking for an installation that was not finished ..."))

    def keys(self) -> tuple[tuple[str, str], ...]:
        """There is nothing to choose, and nothing to go back to."""
        return ((_("Ctrl+Q"), _("Shell")),)

    def on_mount(self) -> None:
        """Look."""
        in_background(self, lambda: self.Looked(self._look()))
