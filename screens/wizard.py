"""The app: walks the flow of questions, starts the installation, follows it."""

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import ModalScreen

from installer.draft import Draft
from installer.errors import InstallError, Problem, Refused
from installer.events import RunFailed, RunFinished, RunInterrupted, RunRefused
from installer.flow import FLOW, Question, after, asked, before, question
from installer.installation import Installation
from installer.question import QuestionId
from installer.session import Plan, Session
from installer.text import _
from screens.background import WorkFailed, in_background
from screens.console_driver import ConsoleDriver
from screens.dialog import Dialog
from screens.disk import DiskPage
from screens.done import DonePage
from screens.drawn_key import DrawnKey, draw_key
from screens.failed import FailedPage, Failure
from screens.keep import KeepPage
from screens.leave import Leave
from screens.page import Page
from screens.passphrase import PassphrasePage
from screens.progress import ProgressPage
from screens.recovery_key import RecoveryKeyPage
from screens.refused import RefusedPage
from screens.summary import Summary
from screens.unlock import UnlockPage
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
        draws_half_blocks: bool = True,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], DrawnKey] = draw_key,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self._session = session
        self._serial = serial
        self._draws_half_blocks = draws_half_blocks
        self._clock = clock
        self._draw = draw
        self._looking = Lock()
        """Two looks at a disk at once, the first of them given up with Esc, would be in each
        other's way: both open the same device."""
        self._answers = Draft()
        self._plan: Plan | None = None
        """Of the run that these screens started last."""
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
        following = after(self._asked, self._answers)
        if following is not None:
            self._ask(following)

    def on_page_back(self, message: Page.Back) -> None:
        """To the question before, with what was typed."""
        self._answers = message.draft
        preceding = before(self._asked, self._answers)
        if preceding is not None:
            self._ask(preceding)

    def on_page_leave_to(self, message: Page.LeaveTo) -> None:
        """Out."""
        self.exit(return_code=message.leave)

    def on_refused_page_change(self, message: RefusedPage.Change) -> None:
        """Back to one question."""
        self._ask(message.question)

    def on_unlock_page_gave_up(self, message: UnlockPage.GaveUp) -> None:
        """To the disks: this one or another, kept or erased."""
        self._answers = message.draft
        self._asked = QuestionId.DISK
        self._show(self._disks(message.words))

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
            own = self._plan is not None and not self._answers.keeps
            user = self._answers.user_name if own else ""
            page = DonePage(picture, lines, plan=self._plan, user=user, seconds=event.seconds)
            self._answers = self._answers.without_secrets()
            self._show(page)
        elif isinstance(event, RunRefused):
            self._refuse(_problems(event), own=self._plan is not None)
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
        """The question that it failed at: after the last, a new plan."""
        self._ask(self._asked)

    def on_done_page_once_more(self) -> None:
        """Ask anew: this or another disk."""
        self._ask(FLOW[0].id)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Looking, planning or starting did not work out."""
        error = message.error
        self._starting = False
        if isinstance(error, Refused):
            self._refuse(error.problems, own=True)
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
        self._show(self._page(id))

    def _page(self, id: QuestionId) -> Page:
        draft, place = self._answers, self._place(id)
        match id:
            case QuestionId.WELCOME:
                return Welcome(draft, place=place)
            case QuestionId.DISK:
                return self._disks()
            case QuestionId.KEEP:
                return KeepPage(draft, self._look, place=place)
            case QuestionId.UNLOCK:
                return UnlockPage(draft, self._look, place=place)
            case QuestionId.PASSPHRASE:
                return PassphrasePage(draft, place=place)
            case QuestionId.RECOVERY_KEY:
                return RecoveryKeyPage(
                    draft,
                    self._session.machine,
                    self._draw,
                    with_qr_code=self._draws_half_blocks,
                    place=place,
                )
            case QuestionId.USER:
                return UserPage(draft, place=place)
            case QuestionId.SUMMARY:
                return Summary(draft, self._make_plan, place=place)

    def _disks(self, words: str = "") -> DiskPage:
        place = self._place(QuestionId.DISK)
        return DiskPage(self._answers, self._session.machine, words=words, place=place)

    def _look(self, draft: Draft) -> Installation:
        with self._looking:
            return self._session.look(draft.answers())

    def _make_plan(self, draft: Draft) -> Plan:
        with self._looking:
            return self._session.plan(draft.answers())

    def _place(self, id: QuestionId) -> str:
        questions = [each.id for each in asked(self._answers)]
        return _("Step {number} of {count}: {title}").format(
            number=questions.index(id) + 1, count=len(questions), title=question(id).title
        )

    def _progress(self) -> ProgressPage:
        return ProgressPage(
            self._session.events, self._session.stop, serial=self._serial, clock=self._clock
        )

    def _refuse(self, problems: tuple[Problem, ...], *, own: bool) -> None:
        """`own`: it is this person's answers that are refused."""
        planned = own and self._asked is FLOW[-1].id
        answered: tuple[Question, ...] = ()
        if own:
            questions = asked(self._answers)
            ids = [each.id for each in questions]
            answered = questions[: ids.index(self._asked) + (not planned)]
        place = self._place(self._asked) if own else ""
        self._show(RefusedPage(problems, answered=answered, planned=planned, place=place))

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
