"""Plain mode: walks the flow of questions, starts the installation, follows it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from installer import VERSION
from installer.answers import Answers
from installer.draft import Draft
from installer.entry_words import WAIT_FOR_PLAN
from installer.errors import InstallError, Problem, Refused
from installer.events import RunFailed, RunFinished, RunInterrupted, RunRefused
from installer.failure import Failure
from installer.flow import FLOW, lacking, question, question_of_step
from installer.languages import language_of, missing
from installer.question import QuestionId
from installer.refusal_words import problems_of
from installer.session import Plan
from installer.steps import steps_at
from installer.text import ENGLISH, _, speak
from installer.unfinished import Unfinished
from installer.walk import Walk, place_of, why_again
from screens.drawn_key import DrawnKey
from screens.leave import Leave
from screens.looks import Looks
from screens.plain.dialogue import Back, Dialogue, Jump, Left
from screens.plain.disk_question import DiskQuestion
from screens.plain.ends import AfterFailure, Ends
from screens.plain.entries import BackFrom
from screens.plain.follow import Ended, Follower
from screens.plain.language_question import LanguageQuestion
from screens.plain.network_question import NetworkQuestion
from screens.plain.questions import GaveUp, Questions
from screens.plain.recovery_question import RecoveryQuestion
from screens.plain.release_question import ReleaseQuestion
from screens.plain.saving import Saving
from screens.plain.summary_question import SummaryQuestion
from screens.plain.terminal import HungUp
from screens.plain.time_zone_question import TimeZoneQuestion
from screens.plain.unfinished_question import UnfinishedQuestion
from screens.plain.words import how_to_answer
from screens.run_lines import RunLog

Then = Callable[[], "Then"]
"""What comes next; it says what comes after it."""


class RunElsewhere(Exception):
    """An installation was started by answers, or on another console."""


@dataclass(kw_only=True)
class PlainApp:
    """One person at one terminal. The installation is a process of its own and outlives this."""

    looks: Looks
    dialogue: Dialogue
    draw: Callable[[], DrawnKey]
    font: frozenset[str] | None = None
    """The characters of the kernel's console; None where the terminal is another."""
    saving: Saving | None = None
    """Saves answers and log; None where there is nobody who could."""
    walk: Walk = field(default_factory=Walk)
    plan: Plan | None = None
    """Of the run that was started from here last."""
    carried_out: Answers | None = None
    """The answers of that run, without secrets."""
    needs_medium: bool = False
    """This system runs from its medium."""
    reads: bool = True
    """The answers file, when one begins."""

    def run(self) -> Leave:
        """Ask and tell until the person leaves, or their line is gone."""
        then: Then = self._begin
        try:
            words = self._begin_to_speak()
            self.dialogue.tell(_("AtomOS installer {version}").format(version=VERSION))
            if words:
                self.dialogue.problem(words)
            self.dialogue.tell(how_to_answer())
            while True:
                then = self._next(then)
        except Left as left:
            return left.leave
        except HungUp:
            return Leave.HUNG_UP

    def look_for_a_run(self) -> None:
        """Raises RunElsewhere."""
        if self.looks.session.running():
            raise RunElsewhere

    def _next(self, then: Then) -> Then:
        self.dialogue.finished = ()
        try:
            return then()
        except BackFrom as back:
            return self._back(back.draft)
        except Jump as jump:
            self.walk = self.walk.took(jump.draft or self.walk.draft).gone_back(jump.to)
            return partial(self._ask, jump.to)
        except Back:
            return self._back(self.walk.draft)
        except RunElsewhere:
            self.plan = None
            self.dialogue.blank()
            return self._follow
        except GaveUp as given_up:
            self.walk = self.walk.took(given_up.draft)
            from_slot = given_up.draft.from_slot
            question = QuestionId.WELCOME if from_slot else QuestionId.DISK
            return partial(self._ask, question, given_up.words)
        except Refused as refusal:
            return partial(self._refused, refusal.problems, own=True)
        except InstallError as error:
            failure = Failure.of_error(error, written=False)
            may_start_over = self.walk.draft.going_on is not None
            return partial(self._failed, failure, None, None, may_start_over=may_start_over)

    def _begin(self) -> Then:
        """Join an installation, which tells its end too when it is over; else ask."""
        session = self.looks.session
        walk = replace(self.walk, network=session.chosen_network())
        self.walk = walk.beginning(self._source())
        if session.running() or session.has_run():
            return self._follow
        chosen = self.walk.speech.chosen
        return partial(self._ask, QuestionId.UNFINISHED if chosen else QuestionId.LANGUAGE)

    def _begin_to_speak(self) -> str:
        """The language of this machine, if the console can write it; else words that say so."""
        speech = self.looks.session.speech()
        language, words = language_of(speech.language), ""
        if missing(language, self.font):
            words = _("The font of this console lacks letters of {language}: it stays English.")
            words = words.format(language=language.code)
            speech = replace(speech, language=ENGLISH)
        speak(speech.language)
        self.walk = self.walk.speaking(speech)
        return words

    def _ask(self, id: QuestionId, words: str = "") -> Then:
        """`words` say why it is asked once more."""
        self.walk = self.walk.at(id)
        draft = self.walk.draft
        self.dialogue.finished = steps_at(id, draft).finished
        questions = Questions(dialogue=self.dialogue, looks=self.looks)
        match id:
            case QuestionId.LANGUAGE:
                return self._language()
            case QuestionId.UNFINISHED:
                return self._look()
            case QuestionId.NETWORK:
                return self._network(draft)
            case QuestionId.WELCOME:
                draft = questions.welcome(draft, needs_medium=self.needs_medium, words=words)
            case QuestionId.RELEASE:
                draft = ReleaseQuestion(dialogue=self.dialogue, looks=self.looks).ask(draft)
            case QuestionId.DISK:
                draft = self._disk(draft, words)
            case QuestionId.KEEP:
                draft = questions.keep(draft)
            case QuestionId.UNLOCK if draft.going_on is not None and not draft.opens_slot:
                draft = questions.open_again(draft, words=words)
            case QuestionId.UNLOCK:
                draft = questions.unlock(draft)
            case QuestionId.PASSPHRASE:
                draft = questions.passphrase(draft, words=words)
            case QuestionId.RECOVERY_KEY:
                draft = self._recovery_key(draft, words)
            case QuestionId.USER if draft.going_on is not None:
                draft = questions.password(draft)
            case QuestionId.USER:
                draft = questions.user(draft)
            case QuestionId.SOFTWARE:
                draft = questions.software(draft)
            case QuestionId.TIMEZONE:
                draft = TimeZoneQuestion(dialogue=self.dialogue, looks=self.looks).ask(draft)
            case QuestionId.SUMMARY:
                return self._summary()
        self.walk = self.walk.took(draft)
        return self._ask_next()

    def _ask_next(self) -> Then:
        following = self.walk.following
        assert following is not None, "the last question is the summary"
        words = self.walk.why_a_disk if following is QuestionId.DISK else ""
        if not words:
            return partial(self._ask, following)
        self.walk = self.walk.told()
        return partial(self._ask, following, f"! {words}")

    def _back(self, draft: Draft) -> Then:
        self.walk = self.walk.took(draft)
        preceding = self.walk.preceding
        if preceding is None:
            self.dialogue.tell(_("There is nothing to go back to."))
            return partial(self._ask, self.walk.asked)
        return partial(self._ask, preceding)

    def _language(self) -> Then:
        """Here and on other consoles; then what there is to go on with."""
        session = self.looks.session
        question = LanguageQuestion(
            dialogue=self.dialogue,
            font=self.font,
            load_keymap=session.load_keymap,
            choose=session.choose,
        )
        if remote := session.remote_access():
            self.dialogue.tell(remote.words())
        speech = question.ask(self.walk.speech)
        session.choose(speech)
        self.walk = self.walk.speaking(speech).took(self.walk.draft.speaking(speech))
        return partial(self._ask, QuestionId.UNFINISHED)

    def _network(self, draft: Draft) -> Then:
        """For the screens of other consoles, too."""
        session = self.looks.session
        draft = NetworkQuestion(dialogue=self.dialogue, session=session).ask(draft)
        session.choose_network(draft.network)
        self.walk = self.walk.connected(draft)
        return self._ask_next()

    def _disk(self, draft: Draft, words: str) -> Draft:
        return DiskQuestion(dialogue=self.dialogue, looks=self.looks, words=words).ask(draft)

    def _recovery_key(self, draft: Draft, words: str) -> Draft:
        question = RecoveryQuestion(dialogue=self.dialogue, looks=self.looks, drawn=self.draw())
        return question.ask(draft, words=words)

    def _look(self) -> Then:
        """Is there an installation to go on with?"""
        words = _("Looking for an installation that was not finished ...")
        beginning = self.dialogue.work(words, partial(self.looks.beginning, reads=self.reads))
        if beginning.wrong:
            self.reads = Ends(dialogue=self.dialogue).wrong_answers(beginning.wrong)
            return partial(self._ask, QuestionId.UNFINISHED)
        self.needs_medium = beginning.needs_medium
        found = beginning.unfinished
        self.walk = self.walk.found(found, beginning.prefilled)
        if len(found) > 1:
            return self._found
        if found:
            return partial(self._unfinished, found[0])
        self.walk = self.walk.ordinary(self._source())
        return self._ask_next()

    def _found(self) -> Then:
        """Which of several?"""
        question = UnfinishedQuestion(dialogue=self.dialogue)
        try:
            unfinished = question.which(self.walk.draft.found)
        except Back:
            return partial(self._ask, QuestionId.LANGUAGE)
        if unfinished is not None:
            return partial(self._unfinished, unfinished)
        self.walk = self.walk.ordinary(self._source())
        return self._ask_next()

    def _unfinished(self, unfinished: Unfinished) -> Then:
        """What about that one?"""
        try:
            way = UnfinishedQuestion(dialogue=self.dialogue).way(unfinished)
        except Back:
            if len(self.walk.draft.found) > 1:
                return self._found
            return partial(self._ask, QuestionId.LANGUAGE)
        self.walk = self.walk.by(way, unfinished, self._source())
        return self._ask_next()

    def _summary(self) -> Then:
        """The plan, and consent to it."""
        before = self.walk.draft
        answers = before.answers()
        make = partial(self.looks.plan, answers, start_over=self.walk.starts_over)
        place = place_of(QuestionId.SUMMARY, before)
        plan = self.dialogue.work(_(WAIT_FOR_PLAN), make)
        draft = before.as_planned(plan)
        lacks = lacking(draft) if draft != before else None
        # There may be less to go on with than was thought: that question first.
        self.walk = self.walk.planned(draft)
        self.dialogue.finished = steps_at(QuestionId.SUMMARY, draft).finished
        if lacks is not None:
            return partial(self._ask, lacks, why_again(lacks))
        was_to_go_on = before.going_on is not None and plan.resumes is None
        SummaryQuestion(
            dialogue=self.dialogue,
            answers=answers,
            plan=plan,
            draft=draft,
            place=place,
            saving=self.saving,
        ).ask(was_to_go_on=was_to_go_on)
        return partial(self._start, answers, plan)

    def _start(self, answers: Answers, plan: Plan) -> Then:
        """Start it, not beside the terminal: half a start would be worse than a second's wait."""
        self.dialogue.tell(_("Starting ..."))
        self.looks.session.start(answers, plan)
        self.plan = plan
        self.carried_out = None if self.saving is None else self.saving.remembered(answers)
        return self._follow

    def _follow(self) -> Then:
        own, session = self.plan is not None, self.looks.session
        follower = Follower(
            dialogue=self.dialogue,
            session=session,
            holder=(lambda: None) if own else session.holder,
        )
        try:
            return self._ended(follower.to_the_end())
        except Refused:
            raise
        except InstallError as error:
            failure = Failure.of_error(error, written=True)
            may_start_over = self.walk.draft.going_on is not None
            return partial(self._failed, failure, None, None, may_start_over=may_start_over)

    def _ended(self, ended: Ended) -> Then:
        """Done, failed, stopped or refused."""
        event, own = ended.event, self.plan is not None
        if not own:
            # Whatever was answered here before is not what that run went by.
            self.walk = self.walk.at(QuestionId.UNFINISHED)
        if isinstance(event, RunFinished):
            return partial(self._done, ended, event.seconds)
        if isinstance(event, RunRefused):
            return partial(self._refused, problems_of(event), own=own)
        assert isinstance(event, RunFailed | RunInterrupted)
        failure = Failure.of_run(
            event,
            step=ended.picture.sentence_of(event.id),
            written=ended.picture.has_begun,
        )
        about = question_of_step(event.id, self.walk.draft) if own else None
        self.walk = self.walk.failed(own=own)
        return partial(self._failed, failure, ended.lines, about, may_start_over=own)

    def _done(self, ended: Ended, seconds: float) -> Then:
        own, draft = self.plan is not None, self.walk.draft
        user = draft.user_name if own and not draft.keeps else ""
        self.walk = self.walk.finished()
        save = None
        if self.saving is not None and self.plan is not None and self.carried_out is not None:
            save = partial(self.saving.answers, self.carried_out, self.plan.disk)
        Ends(dialogue=self.dialogue).done(
            ended.picture, ended.lines, plan=self.plan, user=user, seconds=seconds, save=save
        )
        return partial(self._ask, QuestionId.UNFINISHED)

    def _failed(
        self,
        failure: Failure,
        lines: RunLog | None,
        about: QuestionId | None,
        *,
        may_start_over: bool,
    ) -> Then:
        after = Ends(dialogue=self.dialogue).failed(
            failure,
            lines,
            question=None if about is None else question(about),
            may_start_over=may_start_over,
            save=None if self.saving is None else self.saving.log,
        )
        match after:
            case AfterFailure.CHANGE if about is not None:
                return partial(self._ask, about)
            case AfterFailure.START_OVER:
                self.walk = self.walk.started_over()
                return self._ask_next()
            case _:
                # The question that it failed at: after the last, a new plan.
                return partial(self._ask, self.walk.asked)

    def _refused(self, problems: tuple[Problem, ...], *, own: bool) -> Then:
        """`own`: it is this person's answers that are refused."""
        asked = self.walk.asked
        chosen = Ends(dialogue=self.dialogue).refused(
            problems,
            answered=self.walk.changeable(problems) if own else (),
            planned=own and asked is FLOW[-1].id,
            place=place_of(asked, self.walk.draft) if own else "",
        )
        return partial(self._ask, chosen)

    def _source(self) -> str:
        return self.looks.session.default_source() or ""
