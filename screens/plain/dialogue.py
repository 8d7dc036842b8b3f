"""Asking and telling, line by line: every question of plain mode goes through here."""

import contextlib
import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from threading import Thread
from typing import Final, TypeVar

from installer.draft import Draft
from installer.durations import clock_time
from installer.flow import Question
from installer.page_words import PageWords
from installer.passage import Passage, Tone
from installer.printable import printable
from installer.question import QuestionId
from installer.run_control_words import leave_words
from installer.text import _
from screens.leave import Leave
from screens.plain.terminal import EndOfInput, Interrupt, Terminal
from screens.plain.words import EVERYWHERE, Word, answer_of, how_to_answer, quoted, ways, word_of

T = TypeVar("T")
INDENT: Final = "    "
POLL_SECONDS: Final = 0.2
"""How long a line, or the end of some work, may wait to be noticed."""
TELL_SECONDS: Final = 20.0
"""Between two words about something that takes its time."""
LOOK_SECONDS: Final = 2.0
"""Between two looks whether an installation was started elsewhere; a look opens one small file."""


class Back(Exception):
    """To what was asked before."""


class Jump(Exception):
    """To a finished step, with what was entered since in the question it comes from; None: what
    was known before it."""

    def __init__(self, to: QuestionId, draft: Draft | None = None) -> None:
        super().__init__()
        self.to = to
        self.draft = draft


class Left(Exception):
    """The person leaves."""

    def __init__(self, leave: Leave) -> None:
        super().__init__()
        self.leave = leave


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is asked about: told at its beginning, and again when somebody asks for it."""

    about: PageWords
    tell: Callable[[], None] = lambda: None
    """What stands below its heading."""
    place: str = ""
    """Where in the flow it is."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several: what it is, and what it means."""

    name: str
    meaning: Sequence[str] = ()
    usable: bool = True


@dataclass(kw_only=True)
class Dialogue:
    """One person at one terminal."""

    terminal: Terminal
    clock: Callable[[], float]
    """Seconds since the epoch."""
    look: Callable[[], None] = lambda: None
    """Called now and then while nothing is typed; what it raises ends the question."""
    finished: tuple[Question, ...] = ()
    """The steps that can be gone back to from what is asked now."""
    shows_secrets: bool = False
    _told_what_is_hidden: bool = False
    _hiding: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)
    """Holds the echo off between secret lines."""

    def tell(self, text: str, *, indent: str = "") -> None:
        """Lines of text, each wrapped; further lines of one are indented a little more."""
        for line in text.split("\n"):
            own = line[: len(line) - len(line.lstrip())]
            wrapped = wrap(
                printable(line.strip()),
                self.terminal.width,
                initial_indent=indent + own,
                subsequent_indent=indent + own + ("  " if line.lstrip().startswith("- ") else ""),
                break_long_words=False,
                break_on_hyphens=False,
            )
            self.terminal.write("\n".join(wrapped) + "\n")

    def tell_rows(self, rows: str) -> None:
        """Lines whose columns stand below each other: they are left as they are."""
        for row in rows.split("\n"):
            self.terminal.write(f"{printable(row)}\n")

    def tell_passages(self, passages: Iterable[Passage]) -> None:
        """A longer text; before a heading, and where something ends, there is an empty line."""
        parted = True
        for passage in passages:
            if passage.tone is Tone.STRONG and not parted:
                self.blank()
            if "   " in passage.text:
                self.tell_rows(passage.text)
            else:
                self.tell(passage.text, indent=INDENT if passage.under else "")
            parted = passage.ends
            if parted:
                self.blank()

    def blank(self) -> None:
        """An empty line."""
        self.terminal.write("\n")

    def open(self, page: Page) -> None:
        """The beginning of a page: where one is, its heading, what stands below it."""
        self.blank()
        if page.place:
            self.tell(page.place)
        self.tell(_(page.about.heading))
        page.tell()

    def ask(
        self, page: Page, prompt: str, *, words: tuple[Word, ...] = (), secret: bool = False
    ) -> str | Word:
        """What the person answers to `prompt`; one of `words` when it is that.

        A secret is exactly what was typed. Raises Back, Jump and Left.
        """
        if secret:
            self._tell_once_what_is_hidden()
        while True:
            line = self._line(f"{prompt}: ", secret=secret and not self.shows_secrets)
            known = (*EVERYWHERE, *words, *((Word.SHOW,) if secret else ()))
            word = word_of(line, known, exactly=secret)
            match word:
                case None:
                    return answer_of(line, exactly=secret)
                case Word.BACK:
                    raise Back
                case Word.HELP:
                    self.help(page)
                case Word.AGAIN:
                    self.open(page)
                case Word.STEPS:
                    self._jump()
                case Word.QUIT:
                    self.may_leave()
                case Word.SHOW:
                    self.shows_secrets = not self.shows_secrets
                    self._tell_what_is_shown()
                case _:
                    return word

    def yes_or_no(self, page: Page, question: str, *, default: bool) -> bool:
        """One of two. Raises Back and Left."""
        yes, no = _("yes"), _("no")
        prompt = _("{question}, {yes} or {no} [{default}]").format(
            question=question, yes=yes, no=no, default=yes if default else no
        )
        while True:
            typed = str(self.ask(page, prompt)).strip().lower()
            if not typed:
                return default
            for value, full in ((True, yes), (False, no)):
                if full.startswith(typed):
                    return value
            self.problem(_('Type "{yes}" or "{no}".').format(yes=yes, no=no))

    def choose(
        self,
        page: Page,
        prompt: str,
        choices: Sequence[Choice],
        *,
        default: int | None,
        words: tuple[Word, ...] = (),
    ) -> int | Word:
        """The place of one of `choices`, counted from 0, or one of `words`.

        The choices are told by `page`, see `tell_choices`. Raises Back and Left.
        """
        usable = [place for place, choice in enumerate(choices) if choice.usable]
        in_brackets = f" [{usable.index(default) + 1}]" if default is not None else ""
        while True:
            typed = self.ask(page, f"{prompt}{in_brackets}", words=words)
            if isinstance(typed, Word):
                return typed
            number = typed.strip()
            if not number and default is not None:
                return default
            if number.isascii() and number.isdigit() and 1 <= int(number) <= len(usable):
                return usable[int(number) - 1]
            if usable:
                self.problem(_("Type a number from 1 to {count}.").format(count=len(usable)))
            else:
                self.problem(_("There is nothing to choose from."))

    def tell_choices(self, choices: Sequence[Choice]) -> None:
        """Each with its number; those that cannot be chosen have none."""
        number = 0
        for choice in choices:
            number += choice.usable
            mark = f"{number:>2}. " if choice.usable else "  - "
            self.tell_rows(mark + choice.name)
            for line in choice.meaning:
                self.tell(line, indent=INDENT)

    def problem(self, what: str) -> None:
        """What is wrong with an answer."""
        self.tell(f"! {what}")

    def may_leave(self) -> None:
        """Ask whether to leave, and how to come back. Raises Left."""
        self.tell(_("Leave to a shell?"))
        self.tell(leave_words(running=False))
        prompt = _("{yes} to leave, Enter to stay").format(yes=_("yes"))
        try:
            typed = self._raw_line(f"{prompt}: ")
        except (Interrupt, EndOfInput):
            # Asked once, and meant.
            self.blank()
            raise Left(Leave.SHELL) from None
        if is_yes(typed):
            raise Left(Leave.SHELL)

    @contextlib.contextmanager
    def one_secret(self) -> Iterator[None]:
        """Several secret lines in a row: the echo stays off between them, unless "show" is said."""
        with contextlib.ExitStack() as hiding:
            if not self.shows_secrets:
                hiding.enter_context(self.terminal.hidden())
            self._hiding = hiding
            yield

    def work(self, words: str, work: Callable[[], T]) -> T:
        """Do `work` beside the terminal, and say every now and then that it is not done.

        What it raises is raised here. Raises Back and Left when the person does not wait.
        """
        self.tell(words)
        done: queue.Queue[tuple[T | None, Exception | None]] = queue.Queue()

        def run() -> None:
            try:
                done.put((work(), None))
            except Exception as error:
                done.put((None, error))

        # Not joined: whoever leaves does not wait for a server that does not answer.
        Thread(target=run, daemon=True).start()
        began = said = self.clock()
        while True:
            try:
                result, error = done.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self._while_it_works()
                now = self.clock()
                if abs(now - said) >= TELL_SECONDS:
                    said = now
                    self.tell(_("Still at it, for {time}.").format(time=clock_time(now - began)))
                continue
            if error is not None:
                raise error
            return result  # type: ignore[return-value]  # None only where T allows it

    def log(self, lines: Sequence[str], *, most: int) -> None:
        """What the tools printed last."""
        self.tell(_("What the tools printed"))
        shown = lines[-most:]
        if len(shown) < len(lines):
            more = _("... and {count} lines before; {word} shows them too.")
            self.tell(
                more.format(count=len(lines) - len(shown), word=quoted(Word.LOG_ALL)),
                indent=INDENT,
            )
        for line in shown or [_("nothing yet")]:
            self.tell_rows(INDENT + line)

    def _line(self, prompt: str, *, secret: bool) -> str:
        while True:
            try:
                if not secret:
                    return self._raw_line(prompt)
                with self.terminal.hidden():
                    return self._raw_line(prompt)
            except (Interrupt, EndOfInput):
                self.blank()
                self.may_leave()

    def _raw_line(self, prompt: str) -> str:
        self.terminal.write(prompt)
        while True:
            line = self.terminal.read_line(LOOK_SECONDS)
            if line is not None:
                return line
            self.look()

    def _while_it_works(self) -> None:
        try:
            line = self.terminal.read_line(0)
        except (Interrupt, EndOfInput):
            self.blank()
            self.may_leave()
            return
        match None if line is None else word_of(line, EVERYWHERE):
            case Word.BACK:
                raise Back
            case Word.QUIT:
                self.may_leave()
            case _ if line is not None:
                self.tell(_("Not taken: wait for the next question."))

    def help(self, page: Page) -> None:
        """What F1 says on the screens, and how to answer."""
        self.tell(ways().fill(page.about.help))
        self.tell(how_to_answer())

    def _jump(self) -> None:
        """Back to which of the finished steps? Comes back when to none. Raises Jump."""
        if not self.finished:
            self.tell(_("There is nothing to go back to."))
            return
        # What is typed here is no secret, wherever it is typed.
        self._hiding.close()
        self.tell(_("Back to which step?"))
        self.tell(_("What was entered is kept, here and in the steps between."))
        self.tell_choices([Choice(name=question.title) for question in self.finished])
        prompt = _("Number, or Enter to stay here")
        while typed := self._line(f"{prompt}: ", secret=False).strip():
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(self.finished):
                raise Jump(self.finished[int(typed) - 1].id)
            self.problem(_("Type a number from 1 to {count}.").format(count=len(self.finished)))

    def _tell_once_what_is_hidden(self) -> None:
        """Else whoever types hears nothing, and takes the terminal for dead."""
        if not self.shows_secrets and not self._told_what_is_hidden:
            words = _("What you type here is not shown; {word} shows it.")
            self.tell(words.format(word=quoted(Word.SHOW)))
        self._told_what_is_hidden = True

    def _tell_what_is_shown(self) -> None:
        if self.shows_secrets:
            self._hiding.close()
            words = _("What you type is shown from now on; {word} once more hides it.")
        else:
            words = _("What you type is hidden again; {word} shows it.")
        self.tell(words.format(word=quoted(Word.SHOW)))


def is_yes(line: str) -> bool:
    """Whether a line says yes to what is better not done by mistake: the word, or its beginning."""
    typed = line.strip().lower()
    return bool(typed) and _("yes").startswith(typed)
