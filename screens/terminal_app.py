"""One terminal with the installer on it: what is shown, in which colours, and how it is left."""

import gc
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen

from installer.text import _
from screens.console_driver import ConsoleDriver
from screens.dialog import Dialog
from screens.leave import Leave
from screens.page import Page
from screens.shown import Difference

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.events import Resize

_THEME: Final = "ansi-dark"
_LIGHT: Final = "ansi-light"
"""Textual's own themes of the terminal's 16 colours; what differs from them is in atomos.tcss."""


_GONE_SECONDS: Final = 0.1
"""After which the page before is taken down, and the new one is painted."""


class TerminalApp(App[None]):
    """Shows one page at a time, and is left by Ctrl+Q from any."""

    TITLE = "AtomOS installer"
    CSS_PATH = "atomos.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""
    # As the default: set in a running app, or in its __init__, it has all styles parsed once more.
    theme = Reactive(_THEME)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+l", "paint_again", show=False, priority=True),
        Binding("f8", "other_colours", show=False, priority=True),
    ]

    _painted: Screen[object] | None = None
    """What the terminal shows the most of."""

    @property
    def unexpected(self) -> Exception | None:
        """What ended the app without anybody having expected it."""
        return self._exception

    def action_other_colours(self) -> None:
        """F8: dark on light, or light on dark."""
        self.theme = _LIGHT if self.theme == _THEME else _THEME

    def action_leave(self) -> None:
        """Ctrl+Q, Ctrl+C: ask, and say what becomes of a running installation."""
        if isinstance(self.screen, Dialog):
            return
        words = self._leave_words()
        dialog = Dialog(_("Leave to a shell?"), words, no=_("Stay here"), yes=_("Leave to a shell"))
        self.push_screen(dialog, self._left)

    def _leave_words(self) -> str:
        """What becomes of all this meanwhile, and how to come back."""
        from installer.run_control_words import leave_words

        return leave_words(running=self._follows())

    def action_paint_again(self) -> None:
        """Ctrl+L: the terminal may be another one than a minute ago, or full of line noise."""
        if isinstance(self._driver, ConsoleDriver):
            self._driver.enter_again()
        self.screen.refresh()

    def _follows(self) -> bool:
        """Whether a run is being followed, be it behind a dialog or the log."""
        return any(
            isinstance(screen, Page) and screen.follows_a_run for screen in self.screen_stack
        )

    def _left(self, yes: bool | None) -> None:
        if yes:
            self.exit(return_code=Leave.SHELL)

    def _show(self, page: Page) -> None:
        """Put `page` where the one before was, what lay over that one included."""
        while isinstance(self.screen, ModalScreen):
            self.pop_screen()
        if not isinstance(self.screen, Page):
            self.push_screen(page)
            return
        self.switch_screen(page)
        # A page refers to itself all over: it would stay in memory until Python looks for such,
        # 2 MiB later. Where there is no terminal, hundreds of apps run in one process.
        if not self.is_headless:
            self.set_timer(_GONE_SECONDS, gc.collect)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Textual's own copies the bindings of all widgets above the focus for each key, to find
        those that go before the focus: here these are of the app and of the screen."""
        if not priority:
            return await super()._check_bindings(key)
        for node in (self, self.screen):
            for binding in node._bindings.key_to_bindings.get(key, ()):
                if binding.priority and await self.run_action(binding.action, node):
                    return True
        return False

    def _display(self, screen: Screen[object], renderable: "RenderableType | None") -> None:
        """Textual's own sends all of an update; this one what the terminal lacks of it.

        A screen that comes is sent in whole: so goes what the kernel or the line has put between.
        """
        driver = self._driver
        if isinstance(driver, ConsoleDriver) and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            if screen is not self._painted:
                driver.shown.forget()
                self._painted = screen
            # None of Rich's, as Textual's own are: App._display asks them for what to write.
            renderable = cast("RenderableType", Difference(renderable, driver.shown))
        super()._display(screen, renderable)

    def on_resize(self, _event: "Resize") -> None:
        """A terminal that was made smaller has lost cells, though it be as large as before."""
        if isinstance(self._driver, ConsoleDriver):
            self._driver.shown.forget()

    def _fatal_error(self) -> None:
        """Textual prints a traceback with the value of every local, and passwords are among them.

        `run` raises the exception instead, once the terminal is itself again.
        """
        self._close_messages_no_wait()
