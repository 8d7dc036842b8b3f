"""The spare slot, or Recovery, while it is written."""

from installer.run_words import RunWords
from installer.text import N_, _
from installer.upkeep import page_words
from installer.upkeep.update_words import words_of
from screens.progress import ProgressPage


class WritingPage(ProgressPage):
    """As an installation is followed: the run is a process of its own."""

    about = page_words.WRITING
    program = N_("AtomOS {version}")
    waiting = N_("Waiting for the first word ...")
    may_leave = N_("You may leave this screen: the writing goes on without it.")
    stopping = (N_("Stop the writing?"), N_("Go on writing"))

    @property
    def words(self) -> RunWords:
        """How this run is spoken of, as far as it has said what it does."""
        return words_of([each.step.id for each in self._picture.steps])

    def stop_words(self) -> str:
        """What runs is safe."""
        return _(self.words.stopped)
