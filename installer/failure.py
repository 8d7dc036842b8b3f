"""What a person is told of an installation that did not get through."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from installer.errors import InstallError
from installer.events import RunFailed, RunInterrupted
from installer.passage import Passage, Tone
from installer.printable import printable, printable_lines
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What, where, in whose words, and what to do."""

    what: str
    step: str = ""
    device: str = ""
    tool_words: str = ""
    way_out: str = ""
    written: bool = True
    """Whether something may have been written before."""

    @classmethod
    def of_run(cls, event: RunFailed | RunInterrupted, *, step: str, written: bool) -> Self:
        """Of a run that came to no end, in the step with that sentence."""
        if isinstance(event, RunInterrupted):
            return cls(what=_("The installation was stopped."), step=step, written=written)
        return cls(
            what=event.what,
            step=step,
            device=event.device,
            tool_words=event.tool_words,
            way_out=event.way_out,
            written=written,
        )

    @classmethod
    def of_error(cls, error: InstallError, *, written: bool) -> Self:
        """Of whatever else did not work out."""
        return cls(
            what=error.what,
            device=error.device or "",
            tool_words=error.tool_words,
            way_out=error.way_out,
            written=written,
        )

    def told(self) -> Iterator[Passage]:
        """What, where, the tool's own words, what can be done. All of it may be shown as it is."""
        yield Passage(text=printable(self.what), tone=Tone.DANGER, ends=True)
        if self.step:
            yield Passage(text=_("While doing: {step}").format(step=printable(self.step)))
        if self.device:
            yield Passage(text=_("On device:   {device}").format(device=printable(self.device)))
        if self.tool_words:
            yield Passage(text=_("The tool's own words:"), tone=Tone.STRONG)
            yield Passage(text=printable_lines(self.tool_words), under=True)
        if self.way_out:
            yield Passage(text=_("What you can do:"), tone=Tone.STRONG)
            yield Passage(text=printable(self.way_out), under=True)

    def state_of_the_disk(self) -> str:
        """What may have been written."""
        if self.written:
            return _("The disk may hold a part of the new system only.")
        return _("Nothing has been written.")
