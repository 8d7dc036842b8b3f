"""An installation, followed to its end: a line for each beginning and end, and now and then one."""

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

from installer import page_words
from installer.events import (
    DOWNLOAD,
    FINAL,
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    OutputLine,
    RunStarted,
)
from installer.headless_log import done_after
from installer.holder import Holder
from installer.printable import printable
from installer.run_control_words import leave_words, stop_words
from installer.session import Session
from installer.text import _
from screens.leave import Leave
from screens.plain.dialogue import (
    INDENT,
    POLL_SECONDS,
    TELL_SECONDS,
    Dialogue,
    Left,
    Page,
    is_yes,
)
from screens.plain.terminal import EndOfInput, Interrupt
from screens.plain.words import Word, quoted, word_of
from screens.run_lines import RunLog
from screens.run_picture import RunPicture
from screens.run_words import numbered, pace, so_far, step_words

LOG_LINES: Final = 20
"""Of what the tools printed: "log all" shows the rest."""
_WORDS = (Word.HELP, Word.AGAIN, Word.QUIT, Word.LOG, Word.LOG_ALL, Word.STOP)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How it went."""

    event: Event
    picture: RunPicture
    lines: RunLog


@dataclass(kw_only=True)
class Follower:
    """Only `stop` ever touches the run; whatever happens to the terminal does not."""

    dialogue: Dialogue
    session: Session
    holder: Callable[[], Holder | None]
    """Who else started it; nobody where it is this person's own."""
    picture: RunPicture = field(default_factory=RunPicture)
    lines: RunLog = field(default_factory=RunLog)
    _said: float = 0.0
    """When something was last said of the run, in seconds since the epoch."""
    _joined: float = 0.0
    _told_how_far: bool = False
    _told_holder: bool = False
    _asked: Callable[[], None] | None = None
    """What the next line is the answer to: done when it says yes."""

    def to_the_end(self) -> Ended:
        """Tell the run until it is over. Raises Left, HungUp, and what the events raise."""
        page = Page(about=page_words.INSTALLING)
        self.dialogue.open(page)
        self.dialogue.tell(_("You may leave this screen: the installation goes on without it."))
        self.dialogue.tell(
            _("Enter alone says how far it is; {log}, {stop}, {help} and {quit} are there.").format(
                log=quoted(Word.LOG),
                stop=quoted(Word.STOP),
                help=quoted(Word.HELP),
                quit=quoted(Word.QUIT),
            )
        )
        self._said = self._joined = self.dialogue.clock()
        heard: queue.Queue[Event | Exception] = queue.Queue()
        Thread(target=self._listen, args=(heard,), daemon=True).start()
        while True:
            try:
                event = heard.get(timeout=POLL_SECONDS)
            except queue.Empty:
                event = None
            if isinstance(event, Exception):
                raise event
            if event is not None:
                self._hear(event)
            if isinstance(event, FINAL):
                return Ended(event=event, picture=self.picture, lines=self.lines)
            self._tell_in_between(is_up_to_date=event is None)
            self._take_line(page)

    def _listen(self, heard: "queue.Queue[Event | Exception]") -> None:
        try:
            for event in self.session.events():
                heard.put(event)
        except Exception as error:
            heard.put(error)

    def _hear(self, event: Event) -> None:
        self.picture = self.picture.after(event)
        match event:
            case RunStarted():
                self._say(_("Onto {disk}").format(disk=printable(event.disk)))
            case Notice():
                self._say(_("Note: {text}").format(text=event.text))
            case OperationStarted():
                each = next(step for step in self.picture.steps if step.step.id == event.id)
                self._say(numbered(self.picture, each))
            case OperationFinished():
                self._say(done_after(event), indent=INDENT)
            case OutputLine():
                self.lines.add(event.tool, event.line)
                if event.tool == DOWNLOAD:
                    self._say(event.line, indent=INDENT)

    def _tell_in_between(self, *, is_up_to_date: bool) -> None:
        """A bar that stands still looks like a hang, and so does a silent line."""
        if self.picture.started is None:
            return
        self._tell_holder()
        joined = is_up_to_date and not self._told_how_far
        # Whichever way the clock was set meanwhile, it is not silent for an hour.
        if joined or abs(self.dialogue.clock() - self._said) >= TELL_SECONDS:
            self._tell_how_far()

    def _tell_holder(self) -> None:
        # Once: it signs a moment after its lock is seen, and does not change then.
        holder = None if self._told_holder else self.holder()
        if holder is not None and holder.words():
            self._told_holder = True
            self._say(_("Runs as {holder}").format(holder=printable(holder.words())))

    def _tell_how_far(self) -> None:
        self._told_how_far = True
        now = self.dialogue.clock()
        words = (f"{int(self.picture.share * 100)} %", so_far(self.picture, now))
        self._say(", ".join((*words, pace(self.picture, now))), indent=INDENT)

    def _take_line(self, page: Page) -> None:
        """What was typed meanwhile: a word, or the answer to what was asked."""
        try:
            line = self.dialogue.terminal.read_line(0)
        except (Interrupt, EndOfInput):
            self.dialogue.blank()
            if self._asked == self._leave:
                self._leave()
            self._ask_to_leave()
            return
        if line is None:
            return
        if self._asked is not None:
            asked, self._asked = self._asked, None
            self._answered(asked, line)
        else:
            self._do(page, line)

    def _do(self, page: Page, line: str) -> None:
        match word_of(line, _WORDS):
            case Word.HELP:
                self.dialogue.help(page)
            case Word.LOG | Word.LOG_ALL as log:
                kept, _count = self.lines.since(0)
                self.dialogue.log(kept, most=LOG_LINES if log is Word.LOG else len(kept))
            case Word.STOP:
                self._ask_to_stop()
            case Word.QUIT:
                self._ask_to_leave()
            case _:
                self._say(step_words(self.picture))
                self._tell_how_far()

    def _answered(self, asked: Callable[[], None], line: str) -> None:
        if is_yes(line):
            asked()
        else:
            self._say(step_words(self.picture))

    # Neither question stops the telling: the run goes on, and may end, while it stands there.

    def _ask_to_stop(self) -> None:
        self._asked = self._stop
        self.dialogue.tell(_("Stop the installation?"))
        self.dialogue.tell(stop_words())
        self._say(_("{yes} to stop, Enter to go on installing:").format(yes=_("yes")))

    def _stop(self) -> None:
        self._say(_("Stopping after what is being written now ..."))
        self.session.stop()

    def _ask_to_leave(self) -> None:
        self._asked = self._leave
        self.dialogue.tell(_("Leave to a shell?"))
        self.dialogue.tell(leave_words(running=True))
        self._say(_("{yes} to leave, Enter to stay:").format(yes=_("yes")))

    def _leave(self) -> None:
        raise Left(Leave.SHELL)

    def _say(self, text: str, *, indent: str = "") -> None:
        self._said = self.dialogue.clock()
        self.dialogue.tell(text, indent=indent)
