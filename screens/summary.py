"""The plan, before anything is written: what is lost, what will be there, and consent to it."""

from collections.abc import Callable, Iterator

from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from installer import page_words
from installer.answers import Answers
from installer.disk_bar import now_on, then_on
from installer.disk_offer import short_name
from installer.draft import Draft
from installer.entry_words import WAIT_FOR_PLAN
from installer.flow import lacking
from installer.question import QuestionId
from installer.session import Plan
from installer.steps import steps_at
from installer.summary_words import ask_for, told
from installer.text import _
from screens.background import in_background
from screens.disk_bar import BeforeAndAfter
from screens.page import Page
from screens.widgets import Item, Line, Push, Row, Scrolled, Words, words_of

_CONFIRM = "confirm"


class Confirmation(Line):
    """The line for the disk's name: Enter in it is as good as the button below."""

    async def action_submit(self) -> None:
        """Tell the page, as any line of Textual's does."""
        self.post_message(self.Submitted(self, self.value))


class Summary(Page):
    """Makes the plan beside the app, shows it, and asks for the disk's name."""

    about = page_words.SUMMARY

    class Planned(Message):
        """There is a plan; `draft` is what was answered, by what there is to go on with."""

        def __init__(self, plan: Plan, draft: Draft) -> None:
            super().__init__()
            self.plan = plan
            self.draft = draft

    class Lacks(Message):
        """There is less to go on with than was thought: `question` is to be answered first."""

        def __init__(self, draft: Draft, question: QuestionId) -> None:
            super().__init__()
            self.draft = draft
            self.question = question

    class Agreed(Message):
        """The person read `plan`, which is made of `answers`, and typed the disk's name."""

        def __init__(self, plan: Plan, answers: Answers, draft: Draft) -> None:
            super().__init__()
            self.plan = plan
            self.answers = answers
            self.draft = draft

    class Save(Message):
        """The person wants the answers as a file."""

        def __init__(self, plan: Plan, answers: Answers) -> None:
            super().__init__()
            self.plan = plan
            self.answers = answers

    def __init__(
        self,
        draft: Draft,
        make_plan: Callable[[Answers], Plan],
        *,
        can_save: bool = False,
        place: str,
    ) -> None:
        super().__init__(place=place)
        self._can_save = can_save
        self._draft = draft
        self._answers = draft.answers()
        self._make_plan = make_plan
        self._plan: Plan | None = None

    def body(self) -> Iterator[Widget]:
        """Room for the plan; the question below it stays in sight."""
        with Scrolled(id="plan"):
            yield Words(_(WAIT_FOR_PLAN))
        yield Words(id="ask")
        yield Row(_("Disk's name"), Confirmation("", id=_CONFIRM))
        with Horizontal(id="ways"):
            yield Push(_("Install"), id="install")
            if self._can_save:
                yield Push(_("Save the answers"), id="save")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to read on."""
        return (
            (_("PgUp PgDn"), _("Read")),
            (_("Enter"), _("Agree")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Plan, beside the app: the release may be far away."""
        self._ask(False)
        in_background(self, self._planned)

    async def on_summary_planned(self, message: Planned) -> None:
        """Show the plan, and ask."""
        plan = self._plan = message.plan
        was_to_go_on = self._draft.going_on is not None and plan.resumes is None
        self._draft = message.draft
        # Where one can go back to is what is asked of this draft.
        self.steps = steps_at(QuestionId.SUMMARY, message.draft)
        scrolled = self.query_one(Scrolled)
        await scrolled.remove_children()
        await scrolled.mount_all(self._told(plan, was_to_go_on=was_to_go_on))
        name = short_name(plan.disk)
        self.query_one("#ask", Words).update(ask_for(plan, self._draft).format(name=name))
        self._ask(True)
        self.query_one(f"#{_CONFIRM}", Line).focus()

    def on_summary_lacks(self, message: Lacks) -> None:
        """Not yet; or no more, where one has gone back in the meantime."""
        if self._left:
            message.stop()
        self._left = True

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in the line is as good as the button."""
        message.stop()
        self._agree()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """A button."""
        if message.item.id != "save":
            self._agree()
        elif self._plan is not None:
            self.post_message(self.Save(self._plan, self._answers))

    def action_back(self) -> None:
        """Nothing is typed here that is worth keeping."""
        self.leave(self.Back(self._draft))

    def _agree(self) -> None:
        if self._plan is None:
            return
        line = self.query_one(f"#{_CONFIRM}", Line)
        name = short_name(self._plan.disk)
        if line.value.strip().removeprefix("/dev/") != name:
            self.query_one(Row).say(
                _("That is not {name}. Nothing has been written.").format(name=name)
            )
            line.focus()
            return
        self._ask(False)
        self.say(_("Starting ..."))
        self.leave(self.Agreed(self._plan, self._answers, self._draft))

    def _planned(self) -> Message:
        plan = self._make_plan(self._answers)
        draft = self._draft.as_planned(plan)
        question = lacking(draft) if draft != self._draft else None
        return self.Planned(plan, draft) if question is None else self.Lacks(draft, question)

    def _told(self, plan: Plan, *, was_to_go_on: bool) -> Iterator[Widget]:
        for passage in told(plan, self._draft, was_to_go_on=was_to_go_on):
            if passage.after_bars:
                yield BeforeAndAfter(now_on(plan.disk), then_on(plan.disk, plan.table))
            yield words_of(passage)

    def _ask(self, asking: bool) -> None:
        self.query_one("#ask").display = asking
        self.query_one(Row).display = asking
        self.query_one("#ways").display = asking
