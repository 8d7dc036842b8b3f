"""The steps at the side of a wide screen, and the list of those that can be gone back to."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from installer.flow import Question
from installer.question import QuestionId
from installer.steps import Steps, StepState
from installer.text import _
from screens.cells import shortened
from screens.dialog import Box
from screens.widgets import Item, Push, Scrolled, Words

_TITLE_CELLS: Final = 16
"""With the mark and a gap 22: on 100 columns 74 are left, which is what a row of disks takes."""


class Sidebar(Static):
    """All steps: what is done, where one is, what is to come."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(markup=False)
        self._steps = steps

    def render(self) -> Content:
        """A line each."""
        lines = [
            Content.styled(
                f"{step.state.value} {shortened(step.question.title, _TITLE_CELLS)}",
                "bold" if step.state is StepState.HERE else "",
            )
            for step in self._steps.all
        ]
        return Content("\n").join(lines)


class FinishedStep(Item):
    """One that can be gone back to."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.title)
        self.question = question.id


class StepList(Box[QuestionId | None]):
    """Which of the finished steps to go back to; None: to none of them."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2,f4", "stay", show=False),
        Binding("up,left", "move(-1)", show=False, priority=True),
        Binding("down,right", "move(1)", show=False, priority=True),
    ]

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def compose(self) -> ComposeResult:
        """The last step but this one has the focus: it is the likeliest."""
        with Vertical(id="box"):
            yield Words(_("Back to which step?"), classes="strong")
            kept = _("What was entered is kept, here and in the steps between.")
            yield Words(kept, classes="spaced")
            with Scrolled(id="finished"):
                yield from (FinishedStep(question) for question in self._steps.finished)
            yield Push(_("Stay here"), id="stay")

    def on_mount(self) -> None:
        """Begin at the step that was finished last."""
        self.query(FinishedStep).last().focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """That one, or none."""
        item = message.item
        self.dismiss(item.question if isinstance(item, FinishedStep) else None)

    def action_stay(self) -> None:
        """Esc."""
        self.dismiss(None)
