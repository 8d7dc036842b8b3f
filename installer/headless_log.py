"""The events of a run as a calm log for people who watch a line, not a screen."""

import sys
import time
from typing import Final, TextIO

from installer.durations import clock_time, clock_words, rate_words
from installer.errors import ExitCode
from installer.events import (
    DOWNLOAD,
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    OutputLine,
    Progress,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunRefused,
    RunStarted,
)
from installer.printable import printable
from installer.quantity import format_size
from installer.run_words import INSTALL, RunWords
from installer.text import _

PROGRESS_SECONDS: Final = 5.0
"""Between two lines of progress: a serial log of a whole install stays below a hundred lines."""


def exit_code_of(event: Event) -> ExitCode | None:
    """What the process ends with after `event`; None when it is not a final one."""
    match event:
        case RunFinished():
            return ExitCode.DONE
        case RunRefused():
            return ExitCode.REFUSED
        case RunFailed():
            return ExitCode.FAILED
        case RunInterrupted():
            return ExitCode.INTERRUPTED
    return None


def done_after(event: OperationFinished) -> str:
    """How long an operation took, whether it was done now or earlier."""
    words = _("done after {seconds:.1f} s")
    if event.resumed:
        words = _("done earlier, looked at again for {seconds:.1f} s")
    return words.format(seconds=event.seconds)


class HeadlessLog:
    """Writes a line when something begins, now and then how far it is, and when it is done.

    `whole`: for whoever looks for what went wrong. Each line begins with its time (UTC), and what
    all tools printed is among them.
    """

    def __init__(
        self, out: TextIO | None = None, words: RunWords = INSTALL, *, whole: bool = False
    ) -> None:
        self._words = words
        self._out = out if out is not None else sys.stdout
        self._whole = whole
        self._stamp = ""
        self._sentences: dict[str, str] = {}
        self._place = 0
        self._last_progress = 0.0

    def tell(self, event: Event) -> None:
        """Write what a person should know of `event`, which may be nothing."""
        if self._whole:
            self._stamp = time.strftime("%H:%M:%S  ", time.gmtime(event.time))
        match event:
            case RunStarted():
                if self._whole:
                    self._line(_("Begun {when}").format(when=clock_words(event.time)))
                self._sentences = {step.id: step.sentence for step in event.steps}
                self._line(_(self._words.begins).format(disk=event.disk))
            case Notice():
                self._line(_("Note: {text}").format(text=event.text))
            case OutputLine(tool=tool, line=line) if tool == DOWNLOAD:
                self._line(f"    {line}")
            case OutputLine(tool=tool, line=line) if self._whole:
                self._line(f"    {tool}: {line}")
            case OperationStarted():
                self._begin(event)
            case Progress():
                self._progress(event)
            case OperationFinished():
                self._line("    " + done_after(event))
            case RunRefused() | RunFailed() | RunInterrupted() | RunFinished():
                self._end(event)

    def _begin(self, event: OperationStarted) -> None:
        self._place += 1
        self._last_progress = event.time
        self._line(
            f"[{self._place}/{len(self._sentences)}] {self._sentences.get(event.id, event.id)}"
        )

    def _progress(self, event: Progress) -> None:
        # Whichever way the clock was set meanwhile, the line is not silent for an hour.
        if abs(event.time - self._last_progress) < PROGRESS_SECONDS:
            return
        self._last_progress = event.time
        percent = 100 * event.done_bytes // max(event.total_bytes, 1)
        done, total = format_size(event.done_bytes), format_size(event.total_bytes)
        line = f"    {percent:3d} %  {done} / {total}, {rate_words(event.rate)}"
        left = event.total_bytes - event.done_bytes
        if event.rate > 0 and left > 0:
            line += ", " + _("about {time} left").format(time=clock_time(left / event.rate))
        self._line(line)

    def _end(self, event: RunRefused | RunFailed | RunInterrupted | RunFinished) -> None:
        match event:
            case RunFinished():
                self._line(_(self._words.finished).format(seconds=event.seconds))
            case RunInterrupted():
                self._line(_(self._words.stopped))
            case RunRefused():
                self._line(_("Refused. Nothing was written."))
                for what, way_out in zip(event.problems, event.ways_out, strict=True):
                    self._line(f"  ! {what}")
                    self._block(way_out)
            case RunFailed():
                self._failed(event)

    def _failed(self, event: RunFailed) -> None:
        sentence = self._sentences.get(event.id, event.id) or _("the preparation")
        self._line(_("FAILED: {sentence}").format(sentence=sentence))
        self._line("    " + event.what)
        if event.device:
            self._line("    " + _("Device: {device}").format(device=event.device))
        self._block(event.tool_words)
        self._block(event.way_out)

    def _block(self, text: str) -> None:
        for line in text.splitlines():
            self._line(f"    {line}")

    def _line(self, text: str) -> None:
        print(f"{self._stamp}{printable(text)}", file=self._out, flush=True)
