"""Work that may take its time, beside the app: it only ever posts messages.

Plain daemon threads and not Textual's thread workers: those are joined when the app ends, and a
thread that waits for the next event of an installation would keep the person from leaving.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

if TYPE_CHECKING:  # the first page is painted before the events are loaded
    from installer.events import Event


class WorkFailed(Message):
    """The work raised `error`."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Heard(Message):
    """The installation said something."""

    def __init__(self, event: "Event") -> None:
        super().__init__()
        self.event = event


def in_background(to: MessagePump, work: Callable[[], Message]) -> None:
    """Do `work` in a thread and post the message that it returns to `to`, or a WorkFailed."""

    def run() -> None:
        try:
            message = work()
        except Exception as error:
            message = WorkFailed(error)
        _post(to, message)

    Thread(target=run, daemon=True).start()


def follow(to: MessagePump, events: "Callable[[], Iterator[Event]]") -> None:
    """Post every event as Heard to `to` until the stream ends or `to` is gone."""

    def run() -> None:
        try:
            for event in events():
                if not _post(to, Heard(event)):
                    return
        except Exception as error:
            _post(to, WorkFailed(error))

    Thread(target=run, daemon=True).start()


def _post(to: MessagePump, message: Message) -> bool:
    with suppress(RuntimeError):  # the event loop was closed between asking and posting
        return to.post_message(message)
    return False
