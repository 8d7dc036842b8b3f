"""The installation while it runs: how far, how fast, how long still."""

from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from installer.durations import clock_time, rate_words
from installer.events import DOWNLOAD, FINAL, Event, OutputLine
from installer.holder import Holder
from installer.printable import printable
from installer.quantity import format_size
from installer.text import N_, _
from screens.background import Heard, follow
from screens.cells import padded, shortened
from screens.dialog import Dialog
from screens.page import Page
from screens.run_log import RunLog
from screens.run_picture import RunPicture, StepPicture, StepState
from screens.widgets import Scrolled, Words

_BAR_WIDTH: Final = 48
_ROW_WIDTH: Final = 64
"""Mark and sentence of a step."""
"""Of 76 columns, less a step's state and its duration."""
_QUIET_SECONDS: Final = 10.0
"""After so long without an event the screen says so: a bar that stands still looks like a hang."""
_PAINT_SECONDS: Final = 0.5
_SERIAL_PAINT_SECONDS: Final = 1.0


class ProgressPage(Page):
    """Follows the run from its start, whoever started it; only `stop` ever touches it."""

    heading = N_("Installing")
    help_text = N_(
        "The installation is a program of its own: it goes on when this screen is "
        "closed or the serial line drops, and this screen finds it again. F3 shows what "
        "the tools print. F9 stops it; the disk is then neither what it was nor AtomOS."
    )
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
        yield Words(_("Waiting for the installation to say something ..."), id="disk")
        yield Words(id="holder")
        yield Words(id="bar")
        yield Words(id="step")
        yield Words(id="pace", classes="spaced")
        with Scrolled(id="steps"):
            yield Words(id="list")

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
        self.say(_("You may leave this screen: the installation goes on without it."))
        follow(self, self._events)
        self.set_interval(_SERIAL_PAINT_SECONDS if self._serial else _PAINT_SECONDS, self.paint)

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
        dialog = Dialog(
            _("Stop the installation?"),
            _("The disk will be neither what it was nor AtomOS. You can install onto it again."),
            no=_("Go on installing"),
            yes=_("Stop"),
        )
        self.app.push_screen(dialog, self._stopped)

    def paint(self) -> None:
        """Put the picture into words. Only lines that changed are sent to the terminal."""
        picture, now = self._picture, self._clock()
        if picture.started is None:
            return
        self._put("disk", _("Onto {disk}").format(disk=printable(picture.disk)))
        self._tell_holder()
        self._put("bar", _bar(picture, now))
        self._put("step", _step(picture))
        self._put("pace", _pace(picture, now))
        self._put("list", "\n".join(_row(each) for each in picture.steps))

    def _tell_holder(self) -> None:
        words = self.query_one("#holder", Words)
        # Once: it signs a moment after its lock is seen, and does not change then.
        holder = None if str(words.content) else self._holder()
        if holder is not None and holder.words():
            self._put("holder", _("Runs as {holder}").format(holder=printable(holder.words())))
        words.display = bool(str(words.content))

    def _put(self, id: str, text: str) -> None:
        words = self.query_one(f"#{id}", Words)
        if str(words.content) != text:
            words.update(text)
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


def _bar(picture: RunPicture, now: float) -> str:
    full = int(picture.share * _BAR_WIDTH)
    bar = "█" * full + "░" * (_BAR_WIDTH - full)
    since = clock_time(now - (picture.started or now))
    return f"{bar} {int(picture.share * 100):>3} %   " + _("{time} so far").format(time=since)


def _step(picture: RunPicture) -> str:
    current = picture.current
    if current is None:
        return _("Between two steps")
    number = picture.steps.index(current) + 1
    return _("Step {number} of {count}: {sentence}").format(
        number=number, count=len(picture.steps), sentence=printable(current.step.sentence)
    )


def _pace(picture: RunPicture, now: float) -> str:
    """Bytes, rate and time left where the step tells them; else that it works, and since when."""
    current = picture.current
    parts = [] if current is None else _bytes_done(current)
    quiet = now - (picture.heard or now)
    if quiet >= _QUIET_SECONDS:
        # The rate of a minute ago is no rate.
        parts.append(_("nothing new for {time}, still running").format(time=clock_time(quiet)))
    elif current is None:
        parts.append(_("working"))
    elif not current.total_bytes:
        parts.append(_("working for {time}").format(time=clock_time(now - current.started)))
    elif current.seconds_left is None:
        parts.append(_("finishing"))
    else:
        parts.append(rate_words(current.rate))
        parts.append(_("about {time} left").format(time=clock_time(current.seconds_left)))
    return ", ".join(parts)


def _bytes_done(current: StepPicture) -> list[str]:
    if not current.total_bytes:
        return []
    done, total = format_size(current.done_bytes), format_size(current.total_bytes)
    return [_("{done} of {total}").format(done=done, total=total)]


def _row(each: StepPicture) -> str:
    marks = _marks()
    width = max(cell_len(mark) for mark in marks.values())
    room = _ROW_WIDTH - width
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
