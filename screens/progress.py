"""The installation while it runs: how far, how fast, how long still."""

from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.durations import clock_time
from installer.events import DOWNLOAD, FINAL, Event, OutputLine
from installer.holder import Holder
from installer.printable import printable
from installer.run_control_words import stop_words
from installer.text import N_, _
from screens.background import Heard, follow
from screens.cells import padded, shortened
from screens.changing import Changing
from screens.dialog import Dialog
from screens.page import Page
from screens.run_lines import RunLog
from screens.run_picture import RunPicture, StepPicture, StepState
from screens.run_words import pace, so_far, step_words
from screens.widgets import Scrolled

_BAR_WIDTH: Final = 48
_WIDTH: Final = 76
"""Columns of a screen of 80, and what is laid out for them."""
_TIMES_WIDTH: Final = 12
"""What of a row is not mark and sentence of a step: blanks, and how long it took."""
_PAINT_SECONDS: Final = 0.5
_SERIAL_PAINT_SECONDS: Final = 1.0


class ProgressPage(Page):
    """Follows the run from its start, whoever started it; only `stop` ever touches it."""

    follows_a_run = True
    about = page_words.INSTALLING
    waiting: ClassVar[str] = N_("Waiting for the installation to say something ...")
    may_leave: ClassVar[str] = N_("You may leave this screen: the installation goes on without it.")
    stopping: ClassVar[tuple[str, str]] = (N_("Stop the installation?"), N_("Go on installing"))
    """The question, and the answer that stops nothing."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9", "stop", show=False)]

    class Ended(Message):
        """The run is over, well or not."""

        def __init__(self, event: Event, picture: RunPicture, lines: RunLog) -> None:
            super().__init__()
            self.event = event
            self.picture = picture
            self.lines = lines

    def __init__(
        self,
        events: Callable[[], Iterator[Event]],
        stop: Callable[[], None],
        *,
        serial: bool,
        clock: Callable[[], float],
        holder: Callable[[], Holder | None],
    ) -> None:
        """`holder` tells who else started it; nobody where it is this person's own."""
        super().__init__()
        self._events = events
        self._stop = stop
        self._serial = serial
        self._clock = clock
        self._holder = holder
        self._picture = RunPicture()
        self.log_lines = RunLog()

    def body(self) -> Iterator[Widget]:
        """Disk, bar, one line on the current step, all steps."""
        yield Changing(_(self.waiting), id="disk")
        yield Changing(id="holder")
        # Textual sends the whole of a piece of text of which a cell differs: the bar is its own.
        with Horizontal(id="how-far"):
            yield Changing(id="bar")
            yield Changing(id="share")
        yield Changing(id="step")
        yield Changing(id="pace", classes="spaced")
        with Scrolled(id="steps"):
            yield Changing(id="list")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """What can be done meanwhile."""
        return (
            (_("F3"), _("Log")),
            (_("F9"), _("Stop")),
            (_("Ctrl+L"), _("Paint again")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Listen, and paint at a pace that the line can carry."""
        self.say(_(self.may_leave))
        follow(self, self._events)
        self.set_interval(_SERIAL_PAINT_SECONDS if self._serial else _PAINT_SECONDS, self.paint)

    def on_resize(self) -> None:
        """Laid out anew for what there is room for now."""
        self.call_after_refresh(self.paint)

    def on_heard(self, message: Heard) -> None:
        """Take it in; painting has its own pace, so that a burst of events costs little."""
        event = message.event
        if isinstance(event, OutputLine) and self.log_lines is not None:
            self.log_lines.add(event.tool, event.line)
            if event.tool == DOWNLOAD:
                self.say(event.line)
        first = self._picture.started is None
        self._picture = self._picture.after(event)
        if isinstance(event, FINAL):
            assert self.log_lines is not None
            self.leave(self.Ended(event, self._picture, self.log_lines))
        elif first:
            self.paint()

    def action_stop(self) -> None:
        """F9: ask first."""
        question, go_on = self.stopping
        dialog = Dialog(_(question), self.stop_words(), no=_(go_on), yes=_("Stop"))
        self.app.push_screen(dialog, self._stopped)

    def stop_words(self) -> str:
        """What is left when it is stopped."""
        return stop_words()

    def paint(self) -> None:
        """Put the picture into words. Only lines that changed are sent to the terminal."""
        picture, now = self._picture, self._clock()
        if picture.started is None:
            return
        self._put("disk", _("Onto {disk}").format(disk=printable(picture.disk)))
        self._tell_holder()
        width = min(self.query_one(Scrolled).size.width or _WIDTH, _WIDTH)
        # Beside the bar there was no room for them on narrow screens, and none to say so.
        self.query_one("#how-far").set_class(width < _WIDTH, "stacked")
        self._put("bar", _bar(picture, min(_BAR_WIDTH, width)))
        self._put("share", _share(picture, now))
        self._put("step", step_words(picture))
        self._put("pace", pace(picture, now))
        self._put("list", "\n".join(_row(each, width - _TIMES_WIDTH) for each in picture.steps))

    def _tell_holder(self) -> None:
        words = self.query_one("#holder", Changing)
        # Once: it signs a moment after its lock is seen, and does not change then.
        holder = None if words.text else self._holder()
        if holder is not None and holder.words():
            self._put("holder", _("Runs as {holder}").format(holder=printable(holder.words())))
        words.display = bool(words.text)

    def _put(self, id: str, text: str) -> None:
        words = self.query_one(f"#{id}", Changing)
        if words.text != text:
            words.put(text)
            if id == "list":
                self._show_current()

    def _show_current(self) -> None:
        """Keep the current step in the middle when there are more than the screen has rows."""
        steps = self.query_one(Scrolled)
        half = steps.size.height // 2
        steps.scroll_to(y=max(0, self._picture.done_count - half), animate=False, force=True)

    def _stopped(self, yes: bool | None) -> None:
        if yes:
            self.say(_("Stopping after what is being written now ..."))
            self._stop()


def _bar(picture: RunPicture, width: int) -> str:
    full = int(picture.share * width)
    return "█" * full + "░" * (width - full)


def _share(picture: RunPicture, now: float) -> str:
    return f" {int(picture.share * 100):>3} %   {so_far(picture, now)}"


def _row(each: StepPicture, columns: int) -> str:
    """One row, so that the current one is where its number says; `columns` for all but its time."""
    marks = _marks()
    width = max(cell_len(mark) for mark in marks.values())
    room = columns - width
    took = clock_time(each.seconds) if each.state is StepState.DONE else ""
    if each.resumed:
        took = _("already")
    sentence = shortened(printable(each.step.sentence), room)
    return f"{padded(marks[each.state], width)}  {padded(sentence, room)} {took:>8}"


def _marks() -> dict[StepState, str]:
    return {
        StepState.WAITING: "",
        StepState.RUNNING: _("now"),
        StepState.DONE: _("done"),
        StepState.FAILED: _("failed"),
    }
