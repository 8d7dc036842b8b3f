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

from installer.draft import Draft
from installer.errors import InstallError, Problem, Refused
from installer.events import RunFailed, RunFinished, RunInterrupted, RunRefused
from installer.flow import FLOW, Question, after, asked, before, question, question_of_step
from installer.languages import Speech, language_of, missing
from installer.question import QuestionId
from installer.session import Plan, Session
from installer.text import ENGLISH, N_, _, speak
from installer.unfinished import Unfinished
from screens.background import WorkFailed, in_background
from screens.console_driver import ConsoleDriver
from screens.dialog import Dialog
from screens.done import DonePage
from screens.drawn_key import DrawnKey, draw_key
from screens.failed import FailedPage, Failure
from screens.form import Form
from screens.language import LanguagePage, Terminal
from screens.leave import Leave
from screens.looking import LookingPage
from screens.looks import Looks
from screens.page import Page
from screens.pages import Pages, place_of
from screens.progress import ProgressPage
from screens.refused import RefusedPage, problems_of
from screens.summary import Summary
from screens.unfinished import UnfinishedList, UnfinishedPage, Way
from screens.unlock import UnlockPage

_LOOK_SECONDS: Final = 2.0
"""Between two looks whether an installation was started elsewhere; a look opens one small file."""
_THEME: Final = "ansi-dark"
"""Textual's own theme of the terminal's 16 colours; what differs from it is in atomos.tcss."""
_ASKED_AGAIN: Final = {
    QuestionId.UNLOCK: N_("The disk is encrypted by now: its passphrase is needed."),
    QuestionId.PASSPHRASE: N_("The disk has to be encrypted anew, with a new passphrase."),
    QuestionId.RECOVERY_KEY: N_("The recovery key has to be made anew."),
}
"""Why these are asked once more, after a plan that goes on with less than was thought."""


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
        font: frozenset[str] | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """`font`: the characters of the kernel's console; None where the terminal is another."""
        super().__init__(driver_class=driver_class)
        self._session = session
        self._serial = serial
        self._clock = clock
        looks = Looks(session=session)
        self._terminal = Terminal(
            font=font, load_keymap=session.load_keymap if font is not None else None
        )
        self._pages = Pages(
            looks=looks, draw=draw, draws_half_blocks=draws_half_blocks, terminal=self._terminal
        )
        self._speech = Speech()
        self._answers = Draft()
        self._needs_medium = False
        """This system runs from its medium."""
        self._plan: Plan | None = None
        """Of the run that these screens started last."""
        self._goes_on = False
        """That run came to no end, and no question was answered anew since."""
        self._starting = False
        self._asked = QuestionId.UNFINISHED
        self.animation_level = "none"
        self.theme = _THEME

    @property
    def unexpected(self) -> Exception | None:
        """What ended the app without anybody having expected it."""
        return self._exception

    def on_mount(self) -> None:
        """Join an installation, which tells its end too when it is over; else ask."""
        words = self._begin_to_speak()
        self._answers = self._no_answers()
        if self._session.running() or self._session.has_run():
            self._show(self._progress())
        elif self._speech.chosen:
            self._ask(QuestionId.UNFINISHED)
        else:
            self._asked = QuestionId.LANGUAGE
            self._show(self._pages.languages(self._answers, self._speech, words))
        self.set_interval(_LOOK_SECONDS, self.look_for_a_run)

    def look_for_a_run(self) -> None:
        """Join an installation that was started elsewhere: by answers, or on another console."""
        if not self._follows() and not self._starting and self._session.running():
            self._plan = None
            self._show(self._progress())

    def on_language_page_picked(self, message: LanguagePage.Picked) -> None:
        """Say all in that language, from now on."""
        self._speech = message.speech
        speak(self._speech.language)
        self._show(self._pages.languages(self._answers, self._speech, changed=True))

    def on_language_page_settled(self, message: LanguagePage.Settled) -> None:
        """Here and on other consoles; then what there is to go on with."""
        self._speech = message.speech
        self._session.choose(message.speech)
        self._take(message.draft)
        self._ask(QuestionId.UNFINISHED)

    def on_page_answered(self, message: Page.Answered) -> None:
        """On to the next question."""
        self._take(message.draft)
        self._ask_next()

    def on_page_back(self, message: Page.Back) -> None:
        """To the question before, with what was typed."""
        self._take(message.draft)
        preceding = before(self._asked, self._answers)
        if preceding is not None:
            self._ask(preceding)

    def on_page_leave_to(self, message: Page.LeaveTo) -> None:
        """Out."""
        self.exit(return_code=message.leave)

    def on_page_change(self, message: Page.Change) -> None:
        """Back to one question."""
        self._ask(message.question)

    def on_unlock_page_gave_up(self, message: UnlockPage.GaveUp) -> None:
        """To the disks: this one or another, kept or erased."""
        self._answers = message.draft
        self._asked = QuestionId.DISK
        self._show(self._pages.disks(self._answers, message.words))

    def on_looking_page_looked(self, message: LookingPage.Looked) -> None:
        """Ask about what came to no end; else the questions, from the first."""
        if self._follows():
            return  # a run was started elsewhere in the meantime
        found = message.beginning.unfinished
        self._needs_medium = message.beginning.needs_medium
        self._answers = replace(self._answers, found=found)
        if found:
            self._show_found()
        else:
            self._answers = self._ordinary()
            self._ask_next()

    def on_unfinished_list_picked(self, message: UnfinishedList.Picked) -> None:
        """What about that one?"""
        self._show_unfinished(message.unfinished)

    def on_unfinished_list_another(self) -> None:
        """None of them."""
        self._answers = self._ordinary()
        self._ask_next()

    def on_unfinished_page_back_to_list(self) -> None:
        """Which one?"""
        self._show_found()

    def on_unfinished_page_chosen(self, message: UnfinishedPage.Chosen) -> None:
        """Resume it, start it over, or make another one."""
        match message.way:
            case Way.RESUME:
                self._answers = self._answers.resuming(message.unfinished)
            case Way.START_OVER:
                self._answers = self._answers.starting_over(message.unfinished)
            case Way.ANOTHER:
                self._answers = self._ordinary()
        self._goes_on = False
        self._ask_next()

    def on_summary_lacks(self, message: Summary.Lacks) -> None:
        """That question first, and then all that follow it."""
        self._answers = message.draft
        self._ask(message.question, _(_ASKED_AGAIN.get(message.question, "")))

    def on_summary_agreed(self, message: Summary.Agreed) -> None:
        """Start it, beside the app."""
        plan, answers = message.plan, message.answers
        self._answers = message.draft
        self._starting = True

        def start() -> Message:
            self._session.start(answers, plan)
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
        own = self._plan is not None
        if not own:
            # Whatever was typed here before is not what that run went by.
            self._asked = QuestionId.UNFINISHED
        if isinstance(event, RunFinished):
            user = self._answers.user_name if own and not self._answers.keeps else ""
            page = DonePage(picture, lines, plan=self._plan, user=user, seconds=event.seconds)
            self._answers = self._answers.without_secrets()
            self._show(page)
        elif isinstance(event, RunRefused):
            self._refuse(problems_of(event), own=own)
        elif isinstance(event, RunFailed | RunInterrupted):
            about = question_of_step(event.id, self._answers)
            self._goes_on = own
            self._show(
                FailedPage(
                    Failure.of_run(event, picture),
                    lines,
                    question=question(about) if own and about is not None else None,
                    may_start_over=own,
                )
            )

    def on_failed_page_try_again(self) -> None:
        """The question that it failed at: after the last, a new plan."""
        self._ask(self._asked)

    def on_failed_page_start_over(self) -> None:
        """All questions, with the answers they have."""
        self._answers = self._answers.starting_over()
        self._goes_on = False
        self._asked = QuestionId.UNFINISHED
        self._ask_next()

    def on_done_page_once_more(self) -> None:
        """Ask anew: this or another disk."""
        self._ask(QuestionId.UNFINISHED)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Looking, planning or starting did not work out."""
        error = message.error
        self._starting = False
        if isinstance(error, Refused):
            self._refuse(error.problems, own=True)
        elif isinstance(error, InstallError):
            failure = Failure.of_error(error, written=self._follows())
            self._show(FailedPage(failure, may_start_over=self._answers.going_on is not None))
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

    def _ask(self, id: QuestionId, words: str = "") -> None:
        """`words` say why it is asked once more."""
        self._asked = id
        page = self._page(id)
        if isinstance(page, Form):
            page.words = words
        self._show(page)

    def _ask_next(self) -> None:
        following = after(self._asked, self._answers)
        if following is not None:
            self._ask(following)

    def _page(self, id: QuestionId) -> Page:
        return self._pages.page(
            id,
            self._answers,
            speech=self._speech,
            needs_medium=self._needs_medium,
            start_over=self._answers.going_on is None and not self._goes_on,
        )

    def _take(self, draft: Draft) -> None:
        """With other answers it is another installation."""
        if draft != self._answers:
            self._goes_on = False
        self._answers = draft

    def _no_answers(self) -> Draft:
        source = self._session.default_source() or ""
        return Draft(source_url=source, found=self._answers.found).speaking(self._speech)

    def _ordinary(self) -> Draft:
        """The draft of an installation of its own: what was typed for it, or nothing yet."""
        is_own = self._answers.going_on is None and self._answers.given is None
        return self._answers if is_own else self._no_answers()

    def _begin_to_speak(self) -> str:
        """The language of this machine, if the console can write it; else words that say so."""
        self._speech = self._session.speech()
        language = language_of(self._speech.language)
        words = ""
        if missing(language, self._terminal.font):
            words = _("The font of this console lacks letters of {language}: it stays English.")
            words = words.format(language=language.code)
            self._speech = replace(self._speech, language=ENGLISH)
        speak(self._speech.language)
        return words

    def _progress(self) -> ProgressPage:
        own = self._plan is not None
        return ProgressPage(
            self._session.events,
            self._session.stop,
            serial=self._serial,
            clock=self._clock,
            holder=(lambda: None) if own else self._session.holder,
        )

    def _show_found(self) -> None:
        if len(self._answers.found) > 1:
            self._show(UnfinishedList(self._answers.found))
        else:
            self._show_unfinished(self._answers.found[0])

    def _show_unfinished(self, unfinished: Unfinished) -> None:
        is_only_one = len(self._answers.found) == 1
        self._show(UnfinishedPage(unfinished, is_only_one=is_only_one, now=self._clock()))

    def _refuse(self, problems: tuple[Problem, ...], *, own: bool) -> None:
        """`own`: it is this person's answers that are refused."""
        planned = own and self._asked is FLOW[-1].id
        answered: tuple[Question, ...] = ()
        if own:
            questions = asked(self._answers)
            ids = [each.id for each in questions]
            answered = questions[: ids.index(self._asked) + (not planned)]
            concerned = {problem.question for problem in problems}
            if QuestionId.LANGUAGE not in concerned:
                answered = tuple(each for each in answered if each.id is not QuestionId.LANGUAGE)
        place = place_of(self._asked, self._answers) if own else ""
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
