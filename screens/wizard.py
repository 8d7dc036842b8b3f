"""The app: walks the flow of questions, starts the installation, follows it.

The first page is painted with as little loaded as will do: core and pages take as long to load as
Textual itself. `_first_look` loads them beside the app; what is used here is imported where it is.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.driver import Driver
from textual.message import Message

from installer.errors import InstallError, Refused
from installer.question import QuestionId
from installer.text import ENGLISH, _, speak
from screens.background import WorkFailed, in_background
from screens.drawn_key import DrawnKey, draw_key
from screens.left_out import load_hashes
from screens.looking import LookingPage
from screens.looks import Beginning, Looks
from screens.page import Page
from screens.saver import Saver, SavingApp

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.errors import Problem
    from installer.languages import Speech
    from installer.session import Plan, Session
    from installer.stores import Stores
    from installer.unfinished import Unfinished
    from installer.walk import Walk
    from screens.language import LanguagePage
    from screens.pages import Pages
    from screens.progress import ProgressPage
    from screens.summary import Summary
    from screens.unfinished import UnfinishedList, UnfinishedPage
    from screens.unlock import UnlockPage

_LOOK_SECONDS: Final = 2.0
"""Between two looks whether an installation was started elsewhere; a look opens one small file."""


class AtomosApp(SavingApp):
    """One person at one console. The installation is a process of its own and outlives this."""

    class Started(Message):
        """The installation by `plan` runs; `answers` may stay in memory."""

        def __init__(self, plan: "Plan", answers: "Answers") -> None:
            super().__init__()
            self.plan = plan
            self.answers = answers

    def __init__(
        self,
        session: "Session",
        *,
        serial: bool,
        draws_half_blocks: bool = True,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], DrawnKey] = draw_key,
        font: frozenset[str] | None = None,
        driver_class: type[Driver] | None = None,
        read: "Callable[[], Answers] | None" = None,
        stores: "Callable[[], Stores] | None" = None,
    ) -> None:
        """`font`: the characters of the kernel's console; None where the terminal is another.
        `read` reads the answers file to begin with (Looks.read); `stores` makes whoever
        saves answers and logs."""
        super().__init__(driver_class=driver_class)
        self._session = session
        self._serial = serial
        self._clock = clock
        self._saver = Saver(session.machine, stores)
        self._looks = Looks(session=session, read=read)
        self._draw = draw
        self._draws_half_blocks = draws_half_blocks
        self._font = font
        self._speech: Speech
        self._letters_lack = ""
        """Why it is not the language that this machine asks for."""
        self._walk: Walk
        """From the first look on."""
        self._reads = True
        """The answers file, when one begins."""
        self._needs_medium = False
        """This system runs from its medium."""
        self._plan: Plan | None = None
        """Of the run that these screens started last."""
        self._starting = False
        self._looked = False
        """What the pages need is loaded, and the first look is done."""
        self.animation_level = "none"

    def on_mount(self) -> None:
        """Show something."""
        self._begin_to_speak()
        self._show(self._first_page())

    def look_for_a_run(self) -> None:
        """Join an installation that was started elsewhere: by answers, or on another console."""
        if not self._follows() and not self._starting and self._session.running():
            self._plan = None
            self._show(self._progress())

    def on_language_page_picked(self, message: "LanguagePage.Picked") -> None:
        """Say all in that language, from now on."""
        self._speech = message.speech
        self._walk = self._walk.speaking(message.speech)
        speak(self._speech.language)
        self._show(self._pages().languages(self._walk.draft, self._speech, changed=True))

    def on_language_page_settled(self, message: "LanguagePage.Settled") -> None:
        """Here and on other consoles; then what there is to go on with."""
        self._speech = message.speech
        self._session.choose(message.speech)
        self._walk = self._walk.speaking(message.speech).took(message.draft)
        self._ask(QuestionId.UNFINISHED)

    def on_page_answered(self, message: Page.Answered) -> None:
        """On to the next question."""
        self._walk = self._walk.took(message.draft)
        if self._walk.asked is QuestionId.NETWORK:
            self._session.choose_network(message.draft.network)
            self._walk = self._walk.connected(message.draft)
        self._ask_next()

    def on_page_back(self, message: Page.Back) -> None:
        """To the question before, or to a finished one, with what was typed."""
        self._walk = self._walk.took(message.draft).gone_back(message.to)
        self._ask(self._walk.asked)

    def on_page_leave_to(self, message: Page.LeaveTo) -> None:
        """Out."""
        self.exit(return_code=message.leave)

    def on_page_change(self, message: Page.Change) -> None:
        """Back to one question."""
        self._ask(message.question)

    def on_unlock_page_gave_up(self, message: "UnlockPage.GaveUp") -> None:
        """To the disks: this one or another, kept or erased; or to where the release comes from."""
        if message.draft.from_slot:
            self._walk = self._walk.took(message.draft)
            self._ask(QuestionId.WELCOME, message.words)
            return
        self._walk = self._walk.took(message.draft).at(QuestionId.DISK)
        self._show(self._pages().disks(self._walk.draft, message.words))

    def on_looking_page_looked(self, message: LookingPage.Looked) -> None:
        """Join an installation, which tells its end too when it is over. Else ask about what came
        to no end; else the questions, from the first."""
        if self._follows():
            return  # a run was started elsewhere in the meantime
        is_first, self._looked = not self._looked, True
        if is_first:
            self.set_interval(_LOOK_SECONDS, self.look_for_a_run)
        if message.beginning.has_run:
            self._show(self._progress())
            return
        if is_first and not self._speech.chosen:
            self._walk = self._walk.at(QuestionId.LANGUAGE)
            draft, words = self._walk.draft, self._letters_lack
            self._show(self._pages().languages(draft, self._speech, words))
            return
        if message.beginning.wrong:
            from screens.wrong_answers import WrongAnswersPage

            self._show(WrongAnswersPage(message.beginning.wrong))
            return
        found = message.beginning.unfinished
        self._needs_medium = message.beginning.needs_medium
        self._walk = self._walk.found(found, message.beginning.prefilled)
        if found:
            self._show_found()
        else:
            self._walk = self._walk.ordinary(self._source())
            self._ask_next()

    def on_wrong_answers_page_read_again(self) -> None:
        """From the beginning."""
        self._ask(QuestionId.UNFINISHED)

    def on_wrong_answers_page_without_it(self) -> None:
        """From the beginning, as if there were none."""
        self._reads = False
        self._ask(QuestionId.UNFINISHED)

    def on_unfinished_list_picked(self, message: "UnfinishedList.Picked") -> None:
        """What about that one?"""
        self._show_unfinished(message.unfinished)

    def on_unfinished_list_another(self) -> None:
        """None of them."""
        self._walk = self._walk.ordinary(self._source())
        self._ask_next()

    def on_unfinished_page_back_to_list(self) -> None:
        """Which one?"""
        self._show_found()

    def on_unfinished_page_chosen(self, message: "UnfinishedPage.Chosen") -> None:
        """Resume it, start it over, or make another one."""
        self._walk = self._walk.by(message.way, message.unfinished, self._source())
        self._ask_next()

    def on_summary_lacks(self, message: "Summary.Lacks") -> None:
        """That question first, and then all that follow it."""
        from installer.walk import why_again

        self._walk = self._walk.planned(message.draft)
        self._ask(message.question, why_again(message.question))

    def on_summary_agreed(self, message: "Summary.Agreed") -> None:
        """Start it, beside the app."""
        plan, answers = message.plan, message.answers
        self._walk = self._walk.planned(message.draft)
        self._starting = True

        def start() -> Message:
            self._session.start(answers, plan)
            return self.Started(plan, self._saver.to_remember(answers))

        in_background(self, start)

    def on_atomos_app_started(self, message: Started) -> None:
        """Follow it."""
        self._starting = False
        self._plan = message.plan
        self._saver.carried_out = message.answers
        self._show(self._progress())

    def on_progress_page_ended(self, message: "ProgressPage.Ended") -> None:
        """Done, failed, stopped or refused: each has its screen."""
        from installer.events import RunFailed, RunFinished, RunInterrupted, RunRefused
        from installer.failure import Failure
        from installer.flow import question, question_of_step
        from installer.refusal_words import problems_of
        from screens.done import DonePage
        from screens.failed import FailedPage

        event, picture, lines = message.event, message.picture, message.lines
        own, answers = self._plan is not None, self._walk.draft
        if not own:
            # Whatever was typed here before is not what that run went by.
            self._walk = self._walk.at(QuestionId.UNFINISHED)
        if isinstance(event, RunFinished):
            user = answers.user_name if own and not answers.keeps else ""
            page = DonePage(
                picture,
                lines,
                plan=self._plan,
                user=user,
                seconds=event.seconds,
                can_save=own and self._saver.can_save,
            )
            self._walk = self._walk.finished()
            self._show(page)
        elif isinstance(event, RunRefused):
            self._refuse(problems_of(event), own=own)
        elif isinstance(event, RunFailed | RunInterrupted):
            about = question_of_step(event.id, answers)
            self._walk = self._walk.failed(own=own)
            self._show(
                FailedPage(
                    Failure.of_run(
                        event, step=picture.sentence_of(event.id), written=picture.has_begun
                    ),
                    lines,
                    question=question(about) if own and about is not None else None,
                    may_start_over=own,
                    can_save=self._saver.can_save,
                )
            )

    def on_failed_page_try_again(self) -> None:
        """The question that it failed at: after the last, a new plan."""
        self._ask(self._walk.asked)

    def on_failed_page_start_over(self) -> None:
        """All questions, with the answers they have."""
        self._walk = self._walk.started_over()
        self._ask_next()

    def on_done_page_once_more(self) -> None:
        """Ask anew: this or another disk."""
        self._ask(QuestionId.UNFINISHED)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Looking, planning or starting did not work out."""
        from installer.failure import Failure
        from screens.failed import FailedPage

        error = message.error
        self._starting = False
        if isinstance(error, Refused):
            self._refuse(error.problems, own=True)
        elif isinstance(error, InstallError):
            failure = Failure.of_error(error, written=self._follows())
            self._show(
                FailedPage(
                    failure,
                    may_start_over=self._walk.draft.going_on is not None,
                    can_save=self._saver.can_save,
                )
            )
        else:
            raise error

    def _ask(self, id: QuestionId, words: str = "") -> None:
        """`words` say why it is asked once more."""
        from screens.form import Form

        self._walk = self._walk.at(id)
        page = self._page(id)
        if isinstance(page, Form):
            page.words = words
        self._show(page)

    def _ask_next(self) -> None:
        words = self._walk.why_a_disk
        if self._walk.following is QuestionId.DISK and words:
            self._walk = self._walk.at(QuestionId.DISK).told()
            self._show(self._pages().disks(self._walk.draft, f"! {words}"))
        elif self._walk.following is not None:
            self._ask(self._walk.following)

    def _first_page(self) -> LookingPage:
        return LookingPage(self._first_look)

    def _first_look(self) -> Beginning:
        """Beside the app: load what all pages are made of, then look."""
        load_hashes()
        from installer.walk import Walk

        self._pages()
        # All that is loaded now stays: no look for what has gone has to go through it.
        if not self.is_headless:
            gc.freeze()
            gc.enable()
        self._walk = Walk(speech=self._speech, network=self._session.chosen_network())
        self._walk = self._walk.beginning(self._source())
        if self._session.running() or self._session.has_run():
            return Beginning(has_run=True)
        # Whoever is asked for their language first has the disks looked at after it.
        return self._looks.beginning() if self._speech.chosen else Beginning()

    def _pages(self) -> "Pages":
        from screens.language import Terminal
        from screens.pages import Pages

        has_keymap = self._font is not None
        return Pages(
            looks=self._looks,
            draw=self._draw,
            draws_half_blocks=self._draws_half_blocks,
            terminal=Terminal(
                font=self._font, load_keymap=self._session.load_keymap if has_keymap else None
            ),
            can_save=self._saver.can_save,
        )

    def _page(self, id: QuestionId) -> Page:
        return self._pages().page(
            id,
            self._walk.draft,
            speech=self._speech,
            needs_medium=self._needs_medium,
            start_over=self._walk.starts_over,
            reads=self._reads,
        )

    def _source(self) -> str:
        return self._session.default_source() or ""

    def _begin_to_speak(self) -> None:
        """The language of this machine, if the console can write it."""
        from installer.languages import language_of, missing

        self._speech = self._session.speech()
        language = language_of(self._speech.language)
        if missing(language, self._font):
            words = _("The font of this console lacks letters of {language}: it stays English.")
            self._letters_lack = words.format(language=language.code)
            self._speech = replace(self._speech, language=ENGLISH)
        speak(self._speech.language)

    def _progress(self) -> "ProgressPage":
        from screens.progress import ProgressPage

        own = self._plan is not None
        return ProgressPage(
            self._session.events,
            self._session.stop,
            serial=self._serial,
            clock=self._clock,
            holder=(lambda: None) if own else self._session.holder,
        )

    def _show_found(self) -> None:
        from screens.unfinished import UnfinishedList

        if len(self._walk.draft.found) > 1:
            self._show(UnfinishedList(self._walk.draft.found))
        else:
            self._show_unfinished(self._walk.draft.found[0])

    def _show_unfinished(self, unfinished: "Unfinished") -> None:
        from screens.unfinished import UnfinishedPage

        is_only_one = len(self._walk.draft.found) == 1
        self._show(UnfinishedPage(unfinished, is_only_one=is_only_one, now=self._clock()))

    def _refuse(self, problems: "tuple[Problem, ...]", *, own: bool) -> None:
        """`own`: it is this person's answers that are refused."""
        from installer.flow import FLOW
        from installer.walk import place_of
        from screens.refused import RefusedPage

        asked = self._walk.asked
        planned = own and asked is FLOW[-1].id
        answered = self._walk.changeable(problems) if own else ()
        place = place_of(asked, self._walk.draft) if own else ""
        self._show(RefusedPage(problems, answered=answered, planned=planned, place=place))
