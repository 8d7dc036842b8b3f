"""The app: walks the flow of questions, starts the installation, follows it."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import ModalScreen

from installer.errors import InstallError, Problem, Refused
from installer.events import RunFailed, RunFinished, RunInterrupted, RunRefused
from installer.flow import FLOW, Draft, after, before, place_of
from installer.question import QuestionId
from installer.session import Plan, Session
from installer.text import _
from screens.background import WorkFailed, in_background
from screens.console_driver import ConsoleDriver
from screens.dialog import Dialog
from screens.disk import DiskPage
from screens.done import DonePage
from screens.failed import FailedPage, Failure
from screens.leave import Leave
from screens.page import Page
from screens.progress import ProgressPage
from screens.refused import RefusedPage
from screens.summary import Summary
from screens.user import UserPage
from screens.welcome import Welcome

_LOOK_SECONDS: Final = 2.0
"""Between two looks whether an installation was started elsewhere; a look opens one small file."""
_THEME: Final = "ansi-dark"
"""Textual's own theme of the terminal's 16 colours; what differs from it is in atomos.tcss."""


class AtomosApp(App[None]):
    """One person at one console. The installation is a process of its own and outlives this."""

    TITLE = "AtomOS installer"
    CSS_PATH = "atomos.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+l", "paint_again", show=False, priority=True),
    ]

    class Started(Message):
        """The installation by `plan` runs."""

        def __init__(self, plan: Plan) -> None:
            super().__init__()
            self.plan = plan

    def __init__(
        self,
        session: Session,
        *,
        serial: bool,
        clock: Callable[[], float] = time.time,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self._session = session
        self._serial = serial
        self._clock = clock
        self._answers = Draft()
        self._plan: Plan | None = None
        """Of the run that these screens started last."""
        self._all_asked = False
        self._starting = False
        self._asked = FLOW[0].id
        self.animation_level = "none"
        self.theme = _THEME

    @property
    def unexpected(self) -> Exception | None:
        """What ended the app without anybody having expected it."""
        return self._exception

    def on_mount(self) -> None:
        """Join an installation, which tells its end too when it is over; else ask."""
        source = self._session.default_source()
        self._answers = replace(self._answers, source_url=source or "")
        if self._session.running() or self._session.has_run():
            self._show(self._progress())
        else:
            self._ask(FLOW[0].id)
        self.set_interval(_LOOK_SECONDS, self.look_for_a_run)

    def look_for_a_run(self) -> None:
        """Join an installation that was started elsewhere: by answers, or on another console."""
        if not self._follows() and not self._starting and self._session.running():
            self._plan = None
            self._show(self._progress())

    def on_page_answered(self, message: Page.Answered) -> None:
        """On to the next question."""
        self._answers = message.draft
        following = after(self._asked)
        if following is not None:
            self._ask(following)

    def on_page_back(self, message: Page.Back) -> None:
        """To the question before, with what was typed."""
        self._answers = message.draft
        preceding = before(self._asked)
        if preceding is not None:
            self._ask(preceding)

    def on_page_leave_to(self, message: Page.LeaveTo) -> None:
        """Out."""
        self.exit(return_code=message.leave)

    def on_refused_page_change(self, message: RefusedPage.Change) -> None:
        """Back to one question."""
        self._ask(message.question)

    def on_summary_agreed(self, message: Summary.Agreed) -> None:
        """Start it, beside the app."""
        plan = message.plan
        self._starting = True

        def start() -> Message:
            self._session.start(self._answers.answers(), plan)
            return self.Started(plan)

        in_background(self, start)

    def on_atomos_app_started(self, message: Started) -> None:
        """Follow it."""
        self._starting = False
        self._plan = message.plan
        self._show(self._progress())

    def on_progress_page_ended(self, message: ProgressPage.Ended) -> None:
        """Done, failed, stopped or refused: each has its screen."""
        event, picture, lines = message.event, message.picture, message.lines
        if isinstance(event, RunFinished):
            user = self._answers.user_name if self._plan else ""
            page = DonePage(picture, lines, plan=self._plan, user=user, seconds=event.seconds)
            self._show(page)
        elif isinstance(event, RunRefused):
            self._refuse(_problems(event))
        elif isinstance(event, RunFailed):
            failure = Failure(
                what=event.what,
                step=picture.sentence_of(event.id),
                device=event.device,
                tool_words=event.tool_words,
                way_out=event.way_out,
                written=picture.has_begun,
            )
            self._show(FailedPage(failure, lines))
        elif isinstance(event, RunInterrupted):
            failure = Failure(
                what=_("The installation was stopped."),
                step=picture.sentence_of(event.id),
                written=picture.has_begun,
            )
            self._show(FailedPage(failure, lines))

    def on_failed_page_try_again(self) -> None:
        """A new plan when there are answers; else the questions."""
        self._ask(FLOW[-1].id if self._all_asked else FLOW[0].id)

    def on_done_page_once_more(self) -> None:
        """Ask anew: this or another disk."""
        self._ask(FLOW[0].id)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Looking, planning or starting did not work out."""
        error = message.error
        self._starting = False
        if isinstance(error, Refused):
            self._refuse(error.problems)
        elif isinstance(error, InstallError):
            failure = Failure(
                what=error.what,
                device=error.device or "",
                tool_words=error.tool_words,
                way_out=error.way_out,
                written=self._follows(),
            )
            self._show(FailedPage(failure))
        else:
            raise error

    def action_leave(self) -> None:
        """Ctrl+Q, Ctrl+C: ask, and say what becomes of a running installation."""
        if isinstance(self.screen, Dialog):
            return
        if self._follows():
            words = _(
                "The installation goes on without this screen.\n"
                'Type "exit" there to come back and see how far it is.'
            )
        else:
            words = _('Type "exit" there to come back.')
        dialog = Dialog(_("Leave to a shell?"), words, no=_("Stay here"), yes=_("Leave to a shell"))
        self.push_screen(dialog, self._left)

    def action_paint_again(self) -> None:
        """Ctrl+L: the terminal may be another one than a minute ago, or full of line noise."""
        if isinstance(self._driver, ConsoleDriver):
            self._driver.enter_again()
        self.screen.refresh()

    def _follows(self) -> bool:
        """Whether a run is being followed, be it behind a dialog or the log."""
        return any(isinstance(screen, ProgressPage) for screen in self.screen_stack)

    def _left(self, yes: bool | None) -> None:
        if yes:
            self.exit(return_code=Leave.SHELL)

    def _ask(self, id: QuestionId) -> None:
        self._asked = id
        place = self._place(id)
        if id is QuestionId.WELCOME:
            self._show(Welcome(self._answers, place=place))
        elif id is QuestionId.DISK:
            self._show(DiskPage(self._answers, self._session.machine, place=place))
        elif id is QuestionId.USER:
            self._show(UserPage(self._answers, place=place))
        else:
            self._all_asked = True
            answers = self._answers
            plan = lambda: self._session.plan(answers.answers())  # noqa: E731
            self._show(Summary(answers, plan, place=place))

    def _place(self, id: QuestionId) -> str:
        place = place_of(id)
        return _("Step {number} of {count}: {title}").format(
            number=place + 1, count=len(FLOW), title=FLOW[place].title
        )

    def _progress(self) -> ProgressPage:
        return ProgressPage(
            self._session.events, self._session.stop, serial=self._serial, clock=self._clock
        )

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        place = self._place(FLOW[-1].id) if self._all_asked else ""
        self._show(RefusedPage(problems, all_asked=self._all_asked, place=place))

    def _show(self, page: Page) -> None:
        """Put `page` where the one before was, what lay over that one included."""
        while isinstance(self.screen, ModalScreen):
            self.pop_screen()
        if isinstance(self.screen, Page):
            self.switch_screen(page)
        else:
            self.push_screen(page)

    def _fatal_error(self) -> None:
        """Textual prints a traceback with the value of every local, and passwords are among them.

        `run` raises the exception instead, once the terminal is itself again.
        """
        self._close_messages_no_wait()


def _problems(event: RunRefused) -> tuple[Problem, ...]:
    return tuple(
        Problem(what=what, way_out=way_out, question=QuestionId(question) if question else None)
        for what, way_out, question in zip(
            event.problems, event.ways_out, event.questions, strict=True
        )
    )
