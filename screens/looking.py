"""The short while before the first question: what is there to go on with?"""

from collections.abc import Callable, Iterator
from typing import Final

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.text import _
from screens.background import in_background
from screens.looks import Beginning
from screens.page import Page
from screens.widgets import Words

_PAINT_SECONDS: Final = 0.02
"""From when the page is painted to when a thread of Textual's has sent it. A look loads modules at
first, and while it does that thread hardly ever comes to run: it cost 40 ms."""


class LookingPage(Page):
    """Looks, beside the app: a slow disk must not keep the keys from working."""

    about = page_words.LOOKING

    class Looked(Message):
        """That is what there is."""

        def __init__(self, beginning: Beginning) -> None:
            super().__init__()
            self.beginning = beginning

    def __init__(self, look: Callable[[], Beginning]) -> None:
        super().__init__()
        self._look = look
        self._has_begun = False

    def body(self) -> Iterator[Widget]:
        """Nothing to choose yet."""
        yield Words(_("Looking for an installation that was not finished ..."))

    def keys(self) -> tuple[tuple[str, str], ...]:
        """There is nothing to choose, and nothing to go back to."""
        return ((_("Ctrl+Q"), _("Shell")),)

    def on_mount(self) -> None:
        """Look, once this page is there to see."""
        self.call_after_refresh(self.set_timer, _PAINT_SECONDS, self._begin)

    def on_screen_suspend(self) -> None:
        """No longer wait for a paint: under a help that was opened at once, none comes."""
        self._begin()

    def _begin(self) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        in_background(self, lambda: self.Looked(self._look()))
