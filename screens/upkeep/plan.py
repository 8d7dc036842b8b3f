"""What was found, and each step that would be done: nothing was written yet."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer.printable import printable
from installer.session import Plan
from installer.text import _
from installer.upkeep import page_words
from installer.upkeep.wish import Wish
from screens.upkeep.base import UpkeepPage
from screens.widgets import Item, Push, Scrolled, Words


class PlanPage(UpkeepPage):
    """Asks whether that is meant."""

    about = page_words.PLAN

    class Agreed(Message):
        """Do it."""

        def __init__(self, wish: Wish, plan: Plan) -> None:
            super().__init__()
            self.wish = wish
            self.plan = plan

    def __init__(self, wish: Wish, plan: Plan) -> None:
        super().__init__()
        self._wish = wish
        self._plan = plan

    def body(self) -> Iterator[Widget]:
        """Release, who signed it, what goes, the steps."""
        plan = self._plan
        yield Words(printable(plan.system), classes="strong")
        if plan.signed_by is not None:
            yield Words(_("signed by {who}").format(who=printable(plan.signed_by)))
        for notice in plan.notices:
            yield Words(f"! {printable(notice)}", classes="danger")
        with Scrolled(classes="above"):
            lost = [each for operation in plan.operations for each in operation.destroys()]
            for each in lost:
                yield Words(_("It takes the place of {what}.").format(what=printable(each)))
            for number, operation in enumerate(plan.operations, 1):
                yield Words(f"{number}. {printable(operation.sentence())}")
        yield Push(_("Do it"), id="agree", first=True)
        yield Push(_("Back"), id="back")

    def on_mount(self) -> None:
        """What runs is safe whatever is chosen."""
        self.query_one("#agree").focus()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to read on."""
        return self.reading_keys()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Yes, or back."""
        if message.item.id == "agree":
            self.leave(self.Agreed(self._wish, self._plan))
        else:
            self.action_back()
