"""The app of an installed system: looks, asks once more, has it done, and follows it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual.driver import Driver
from textual.message import Message

from installer.entry_words import WAIT_FOR_UNLOCKING
from installer.errors import InstallError, Refused
from installer.events import RunFailed, RunFinished, RunInterrupted, RunRefused
from installer.failure import Failure
from installer.passage import Passage, Tone
from installer.printable import printable
from installer.refusal_words import problems_of
from installer.run_words import AFTER_RECOVERY, UPDATE
from installer.text import _
from installer.upkeep import page_words
from installer.upkeep.reset import consent_word, refuse_reset
from installer.upkeep.source import known_source, recovery_wish, release_address, wish_of
from installer.upkeep.status import outlook, title
from installer.upkeep.switching import once, rolled_back
from installer.upkeep.system import Level
from installer.upkeep.update_words import words_of
from installer.upkeep.wish import Wish
from screens.background import WorkFailed, in_background
from screens.dialog import Dialog
from screens.leave import Leave
from screens.page import Page
from screens.run_lines import RunLog
from screens.terminal_app import TerminalApp
from screens.upkeep.base import UpkeepPage, WaitingPage
from screens.upkeep.ended import TroublePage, WrittenPage
from screens.upkeep.once import OncePage
from screens.upkeep.plan import PlanPage
from screens.upkeep.reset import ResetPage, ResetWordPage
from screens.upkeep.status import StatusPage
from screens.upkeep.unlock import UnlockDiskPage
from screens.upkeep.wish import WishPage
from screens.upkeep.writing import WritingPage

if TYPE_CHECKING:
    from installer.errors import Problem
    from installer.session import Plan
    from installer.upkeep.session import Upkeep
    from installer.upkeep.system import System
    from screens.progress import ProgressPage

_AGAIN_SECONDS: Final = 1.0
"""Until it is looked whether a change of a moment is over."""


class UpkeepApp(TerminalApp):
    """One person at one terminal. What is written is written by a process that outlives this."""

    TITLE = "AtomOS"
    CSS_PATH = "../atomos.tcss"

    class Looked(Message):
        """That is what there is; `words` say what was done before."""

        def __init__(self, system: "System", words: str) -> None:
            super().__init__()
            self.system = system
            self.words = words

    class Planned(Message):
        """A plan that nobody has agreed to yet."""

        def __init__(self, wish: Wish, plan: "Plan") -> None:
            super().__init__()
            self.wish = wish
            self.plan = plan

    class Started(Message):
        """The process runs."""

    def __init__(
        self,
        upkeep: "Upkeep",
        *,
        place: str,
        known_source: Callable[[], str | None] = known_source,
        serial: bool = False,
        clock: Callable[[], float] = time.time,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """`place`: where releases of this system are, as far as it is written down; `known_source`
        says as much of it as may lie where everybody reads it."""
        super().__init__(driver_class=driver_class)
        self._upkeep = upkeep
        self._place = self._written_down = place
        self._known_source = known_source
        self._unsigned = False
        self._serial = serial
        self._clock = clock
        self._system: System
        """As it was found last."""
        self.animation_level = "none"

    def on_mount(self) -> None:
        """Look."""
        self._look()

    def on_upkeep_app_looked(self, message: Looked) -> None:
        """Tell; or follow what is being written."""
        self._system = message.system
        holder = message.system.holder
        if holder is not None and holder.pid:
            self._follow()
        elif holder is not None:
            # What has no run says nothing that could be followed: it was waited for without end.
            self._show(WaitingPage(page_words.LOOKING, _("Something else is being changed ...")))
            self.set_timer(_AGAIN_SECONDS, lambda: self._look_for(message.words))
        else:
            self._show(StatusPage(message.system, message.words))

    def on_upkeep_page_to_status(self, message: UpkeepPage.ToStatus) -> None:
        """Looked at anew: somebody else may have changed it."""
        self._look(message.words)

    def on_page_leave_to(self, message: Page.LeaveTo) -> None:
        """Out."""
        self.exit(return_code=message.leave)

    def on_status_page_update(self, message: StatusPage.Update) -> None:
        """From where?"""
        self._show(
            WishPage(
                self._system,
                recovery=message.recovery,
                place=self._place,
                unsigned=self._unsigned,
            )
        )

    def on_status_page_unlock(self) -> None:
        """By which passphrase?"""
        self._show(UnlockDiskPage(self._system))

    def on_unlock_disk_page_typed(self, message: UnlockDiskPage.Typed) -> None:
        """Try it, beside the app: a good key derivation takes seconds."""
        self._show(WaitingPage(page_words.UNLOCK, _(WAIT_FOR_UNLOCKING)))
        words = _("The disk is unlocked until the machine is started anew.")
        in_background(self, lambda: self.Looked(self._upkeep.unlock(message.passphrase), words))

    def on_status_page_roll_back(self) -> None:
        """Which one that is, and whether it is meant."""
        try:
            state = rolled_back(self._system)
        except Refused as refusal:
            self._refuse(refusal.problems)
            return
        first = title(state.order[0])

        def answered(yes: bool | None) -> None:
            if yes:
                self._switch(
                    lambda: self._upkeep.roll_back(),
                    _("{name} comes first, from the next start on.").format(name=first),
                )

        words = _(
            "It starts with the next restart, and from then on. Nothing is written to a slot."
        )
        if state.once is not None:
            words = _("Recovery starts next, as was asked for, and this after it.")
        question = _("Have {name} start first?").format(name=first)
        self.push_screen(Dialog(question, words, no=_("Leave it"), yes=first), answered)

    def on_status_page_restart(self) -> None:
        """Whether that is meant: people may be at work."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.exit(return_code=Leave.REBOOT)

        # Its first sentence says what starts.
        words = _("All that runs ends now. {next_start}").format(
            next_start=next(outlook(self._system))
        )
        question = _("Restart the machine?")
        self.push_screen(Dialog(question, words, no=_("Leave it"), yes=_("Restart")), answered)

    def on_status_page_once(self) -> None:
        """What?"""
        self._show(OncePage(self._system))

    def on_once_page_chosen(self, message: OncePage.Chosen) -> None:
        """That one, if it can be."""
        name = message.name
        try:
            once(self._system, name)
        except Refused as refusal:
            self._refuse(refusal.problems)
            return
        self._switch(
            lambda: self._upkeep.start_once(name),
            _("{name} starts next, that once.").format(name=title(name)),
        )

    def on_status_page_reset(self) -> None:
        """Which of it?"""
        self._show(ResetPage(self._system))

    def on_reset_page_chosen(self, message: ResetPage.Chosen) -> None:
        """What is in the way is told before anybody has to think about the word."""
        if message.level is None:
            self._switch(lambda: self._upkeep.ask_reset(None), _("Nothing is reset."))
            return
        try:
            refuse_reset(self._system, message.level)
        except Refused as refusal:
            self._refuse(refusal.problems)
            return
        word = consent_word(message.level, self._system.running.disk)
        self._show(ResetWordPage(message.level, word))

    def on_reset_word_page_typed(self, message: ResetWordPage.Typed) -> None:
        """It is done by the next start."""
        level = message.level
        words = _("It is done by the next start. Until then: `atomos reset cancel`.")
        # Recovery asks for the address else, and may have no network to be told it by.
        source = self._known_source() if level is Level.EVERYTHING else None
        self._switch(lambda: self._upkeep.ask_reset(level, source), words)

    def on_wish_page_wished(self, message: WishPage.Wished) -> None:
        """Look for it, beside the app."""
        from installer.answers import Source

        self._place, self._unsigned = message.place, message.allow_unsigned
        address = release_address(message.place)
        source = Source(url=address, allow_unsigned=message.allow_unsigned)
        self._show(
            WaitingPage(
                page_words.PLANNING,
                _("Looking for a release at {place} ...").format(place=printable(message.place)),
            )
        )

        def planned() -> Message:
            wish_for = recovery_wish if message.recovery else wish_of
            wish = wish_for(source, any_version=False)
            # Away from what is written down, and from nothing else, what was downloaded will do.
            known = message.place == self._written_down
            at_hand = self._upkeep.at_hand(wish) if known else wish
            self._upkeep.refuse_what_is_here(at_hand)
            return self.Planned(at_hand, self._upkeep.plan(at_hand))

        in_background(self, planned)

    def on_upkeep_app_planned(self, message: Planned) -> None:
        """Is that meant?"""
        self._show(PlanPage(message.wish, message.plan))

    def on_plan_page_agreed(self, message: PlanPage.Agreed) -> None:
        """Start the process, beside the app."""
        wish, plan = message.wish, message.plan

        def start() -> Message:
            self._upkeep.of(wish).start(wish, plan, "atomos")
            return self.Started()

        in_background(self, start)

    def on_upkeep_app_started(self) -> None:
        """Follow it."""
        self._follow()

    def on_progress_page_ended(self, message: "ProgressPage.Ended") -> None:
        """Written, failed, stopped or refused."""
        event, picture, lines = message.event, message.picture, message.lines
        words = words_of([each.step.id for each in picture.steps])
        if isinstance(event, RunFinished):
            done = _(words.finished).format(seconds=event.seconds)
            restarts = words in (UPDATE, AFTER_RECOVERY)
            self._show(WrittenPage(done, picture.notices, lines, restarts=restarts))
        elif isinstance(event, RunRefused):
            self._refuse(problems_of(event))
        elif isinstance(event, RunInterrupted):
            self._show(TroublePage((Passage(text=_(words.stopped)),), lines))
        elif isinstance(event, RunFailed):
            failure = Failure.of_run(event, step=picture.sentence_of(event.id), written=False)
            self._show(TroublePage(tuple(failure.told()), lines))

    def on_work_failed(self, message: WorkFailed) -> None:
        """Looking, planning, starting or switching did not work out."""
        error = message.error
        if isinstance(error, Refused):
            self._refuse(error.problems)
        elif isinstance(error, InstallError):
            self._show(TroublePage(tuple(Failure.of_error(error, written=False).told())))
        else:
            raise error

    def _look(self, words: str = "") -> None:
        self._show(WaitingPage(page_words.LOOKING, _("Reading what the slots hold ...")))
        self._look_for(words)

    def _look_for(self, words: str) -> None:
        in_background(self, lambda: self.Looked(self._upkeep.look(), words))

    def _switch(self, change: "Callable[[], System]", words: str) -> None:
        self._show(WaitingPage(page_words.LOOKING, _("Writing the boot state ...")))
        in_background(self, lambda: self.Looked(change(), words))

    def _follow(self) -> None:
        self._show(
            WritingPage(
                self._upkeep.events,
                self._upkeep.stop,
                serial=self._serial,
                clock=self._clock,
                holder=lambda: None,
            )
        )

    def _refuse(self, problems: "tuple[Problem, ...]", lines: RunLog | None = None) -> None:
        passages = [
            passage
            for each in problems
            for passage in (
                Passage(text=f"! {printable(each.what)}", tone=Tone.DANGER),
                Passage(text=printable(each.way_out), under=True, ends=True),
            )
        ]
        self._show(TroublePage(tuple(passages), lines))

    def _leave_words(self) -> str:
        """What becomes of what is written."""
        if self._follows():
            return _("The writing goes on without this screen. `atomos` shows how far it is.")
        return _("`atomos` brings these screens back.")
