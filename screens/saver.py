"""What the app needs to save answers: by whom, and those that were carried out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from screens.terminal_app import TerminalApp

if TYPE_CHECKING:  # the first page is painted before these are loaded
    from installer.answers import Answers
    from installer.hardware import Machine
    from installer.session import Plan
    from installer.stores import Stores
    from screens.done import DonePage
    from screens.failed import FailedPage
    from screens.save_answers import SaveAnswers
    from screens.save_log import SaveLog
    from screens.summary import Summary


class Saver:
    """`stores` makes whoever writes files; it is None where there is nobody."""

    def __init__(
        self,
        machine: "Callable[[], Machine]",
        stores: "Callable[[], Stores] | None",
    ) -> None:
        self._machine = machine
        self._stores = stores
        self.carried_out: Answers | None = None
        """The answers of the run that these screens started last, without secrets."""

    @property
    def can_save(self) -> bool:
        """Whether there is anybody to write them."""
        return self._stores is not None

    def to_remember(self, answers: "Answers") -> "Answers":
        """What may stay in memory of answers that are carried out. Takes a moment, to hash."""
        from installer.answers_to_save import to_remember

        return to_remember(answers, None if self._stores is None else self._stores().answers)

    def screen(self, answers: "Answers", plan: "Plan") -> "SaveAnswers | None":
        """The screen that asks where to."""
        if self._stores is None:
            return None
        from screens.save_answers import SaveAnswers, Saving

        return SaveAnswers(
            Saving(
                answers=answers,
                disk=plan.disk,
                machine=self._machine,
                store=self._stores().answers,
            )
        )

    def log_screen(self) -> "SaveLog | None":
        """The screen that asks where the log goes."""
        if self._stores is None:
            return None
        from screens.save_log import SaveLog

        return SaveLog(self._machine, self._stores().log)


class SavingApp(TerminalApp):
    """An app whose summary and last screens lead to where answers and the log are saved."""

    _saver: Saver
    _plan: "Plan | None"

    def on_summary_save(self, message: "Summary.Save") -> None:
        """Over the summary, which stays."""
        self._save(message.answers, message.plan)

    def on_done_page_save(self, _message: "DonePage.Save") -> None:
        """What was carried out."""
        if self._saver.carried_out is not None and self._plan is not None:
            self._save(self._saver.carried_out, self._plan)

    def on_failed_page_save_log(self, _message: "FailedPage.SaveLog") -> None:
        """Over the page that tells of the failure."""
        screen = self._saver.log_screen()
        if screen is not None:
            self.push_screen(screen)

    def _save(self, answers: "Answers", plan: "Plan") -> None:
        screen = self._saver.screen(answers, plan)
        if screen is not None:
            self.push_screen(screen)
