"""Pages with entries to fill in: walk them with Enter, show what is wrong, keep what was typed."""

from typing import ClassVar, Final

from textual.widgets import Checkbox

from installer.draft import Draft
from installer.flow import Entry, problems
from installer.question import QuestionId
from installer.text import _
from screens.page import Page
from screens.widgets import Item, Line, Push, Row, Tick

SHOWN: Final = "shown"
"""Id of the box that shows what is typed into secret lines."""


class Form(Page):
    """One question of the flow. Its widgets have the ids of the entries that they fill in."""

    question: QuestionId
    secrets: ClassVar[tuple[Entry, ...]] = ()
    """Lines whose text is hidden until the box `SHOWN` is ticked."""
    words: str = ""
    """Why it is asked once more; shown until there is something else to say."""

    def __init__(self, draft: Draft, *, place: str) -> None:
        super().__init__(place=place)
        self._before = draft

    def on_mount(self) -> None:
        """Say why one is here. Textual calls this besides that of each kind of form."""
        self.say(self.words)

    def draft(self) -> Draft:
        """What was known before, and what is typed here now."""
        raise NotImplementedError

    def line(self, entry: Entry) -> str:
        """What is typed into a line."""
        return self.query_one(f"#{entry}", Line).value

    def ticked(self, entry: Entry) -> bool:
        """Whether a box is ticked."""
        return self.query_one(f"#{entry}", Tick).value

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to move."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Next")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Show the secrets, or stop showing them. As with `on_mount`."""
        if message.checkbox.id == SHOWN:
            for entry in self.secrets:
                self.query_one(f"#{entry}", Line).password = not message.value

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Continue, unless something is wrong: then the first such entry gets the focus."""
        message.stop()
        if not isinstance(message.item, Push):
            return
        draft = self.draft()
        found = problems(self.question, draft)
        for row in self.query(Row):
            row.say("")
        self.say("")
        for problem in found:
            self._show(problem.entry, problem.what)
        if found:
            self.query_one(f"#{found[0].entry}").focus()
        else:
            self.answered(draft)

    def answered(self, draft: Draft) -> None:
        """Nothing is wrong with it."""
        self.leave(self.Answered(draft))

    def action_back(self) -> None:
        """Nothing typed is lost."""
        self.leave(self.Back(self.draft()))

    def _show(self, entry: Entry, what: str) -> None:
        row = next((row for row in self.query(Row) if row.query(f"#{entry}")), None)
        if row is None:
            self.say(f"! {what}", danger=True)
        else:
            row.say(what)
