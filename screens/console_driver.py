"""Textual's driver for Linux, made to outlive what a real console sends."""

import os
import selectors
from codecs import getincrementaldecoder
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Callback, Key
from textual.message import Message
from textual.message_pump import MessagePump

from screens.leave import Leave
from screens.shown import Shown

if TYPE_CHECKING:
    from textual.app import App

_READ_BYTES: Final = 4096
_POLL_SECONDS: Final = 0.1
"""How often the parser is asked whether a lone Esc has waited long enough to be the key."""
_KEY_SECONDS: Final = 1.0
"""A key takes 8 ms; one that takes longer than this does not hold up the next."""
_SCREEN_MODES: Final = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[2J"
"""Alternate screen, no wrapping, no cursor block, all blank: xterm's ctlseqs."""


class ConsoleDriver(LinuxDriver):
    """Reads keys without dying of them.

    The original decodes strictly, so that one byte of line noise or of a Latin-1 keymap ends the
    program (textual#6456), and it spins at full speed on a line that was hung up.
    """

    _before: "_Follower | None" = None
    """Of the key before."""

    def start_application_mode(self) -> None:
        """Enter the terminal, at first and after each shell in between."""
        self.shown = Shown()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's

    def run_input_thread(self) -> None:
        """Turn bytes into messages until the app ends or the line is gone."""
        decode = getincrementaldecoder("utf-8")("replace").decode
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_POLL_SECONDS):
                    read = self._read()
                    if not read:
                        self._hung_up()
                        return
                    for message in parser.feed(decode(read)):
                        self._take(message)
                for message in parser.tick():
                    self._take(message)

    def enter_again(self) -> None:
        """Put a terminal that was plugged in anew into the state that the app draws for."""
        self.shown.forget()
        self.write(_SCREEN_MODES)
        self.flush()

    def _take(self, message: Message) -> None:
        """Pass a message on, once the key before it has had its effect.

        The app hands a key to the widget in focus and does not wait for it: of keys that come in
        one read (typed ahead, pasted, sent by a script) all go to the same widget, and a password
        ends up in the line for the name before it.
        """
        if self._before is not None:
            # Not when the key has come: then this thread wakes up for each, when nothing follows.
            self._before.handled.wait(_KEY_SECONDS)
            self._before = None
        if isinstance(message, Key):
            message.set_sender(self._app)
            self._before = _Follower(self._app, message)
            # At once, and not by a task each, as Textual's own.
            self._loop.call_soon_threadsafe(self._before.begin)
        else:
            self.process_message(message)

    def _read(self) -> bytes:
        with suppress(OSError):  # EIO: the other end of the line is gone
            return os.read(self.fileno, _READ_BYTES)
        return b""

    def _hung_up(self) -> None:
        self._app.call_later(self._app.exit, return_code=Leave.HUNG_UP)


class _Follower:
    """Goes the way of a key: it goes from the app to the widget in focus, unless a binding takes it
    before, and rises from there until a widget takes it, or to the app again."""

    def __init__(self, app: "App[Any]", key: Key) -> None:
        self.handled = Event()
        self._app = app
        self._key = key
        self._next: MessagePump | None = None

    def begin(self) -> None:
        """Both on their way. They go by the same queue: call_later would overtake the key."""
        self._app.post_message(self._key)
        self._app.post_message(Callback(self.follow))

    def follow(self) -> None:
        """Runs first in the app, and then in each widget that the key has passed."""
        if self._next is not None:
            self._next = None if self._key._stop_propagation else self._next._parent
        elif self._key.is_forwarded:
            self._next = self._app.focused or self._app.screen
        if self._next is None or not self._next.post_message(Callback(self.follow)):
            self.handled.set()
