"""The plan, before anything is written: what is lost, what will be there, and consent to it."""

from collections.abc import Callable, Iterator

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from installer.answers import Answers, LayoutKind
from installer.disk_offer import short_name
from installer.draft import Draft
from installer.flow import lacking
from installer.operations.free_disk import FreeDisk
from installer.printable import printable
from installer.quantity import format_size
from installer.question import QuestionId
from installer.session import Plan
from installer.text import N_, _
from screens.background import in_background
from screens.page import Page
from screens.partitions import partition_lines
from screens.widgets import Line, Push, Row, Scrolled, Words

_CONFIRM = "confirm"


class Confirmation(Line):
    """The line for the disk's name: Enter in it is as good as the button below."""

    async def action_submit(self) -> None:
        """Tell the page, as any line of Textual's does."""
        self.post_message(self.Submitted(self, self.value))


class Summary(Page):
    """Makes the plan beside the app, shows it, and asks for the disk's name."""

    heading = N_("Read this before anything is written")
    help_text = N_(
        "Red is what will be lost for good. Below it stands what stays, what will be on the "
        "disk, then each step. Page Down shows more. To agree, type the short name of the "
        "disk, as shown, and press Enter. Until then nothing has been written."
    )

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

    def __init__(self, draft: Draft, make_plan: Callable[[Answers], Plan], *, place: str) -> None:
        super().__init__(place=place)
        self._draft = draft
        self._answers = draft.answers()
        self._make_plan = make_plan
        self._plan: Plan | None = None

    def body(self) -> Iterator[Widget]:
        """Room for the plan; the question below it stays in sight."""
        with Scrolled(id="plan"):
            yield Words(_("Looking at the disk and at the release. This may take a minute ..."))
        yield Words(id="ask")
        yield Row(_("Disk's name"), Confirmation("", id=_CONFIRM))
        yield Push(_("Install"), id="install")

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
        scrolled = self.query_one(Scrolled)
        await scrolled.remove_children()
        await scrolled.mount_all(_told(plan, self._draft, was_to_go_on=was_to_go_on))
        name = short_name(plan.disk)
        self.query_one("#ask", Words).update(_ask_for(plan, self._draft).format(name=name))
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

    def on_item_chosen(self) -> None:
        """The button."""
        self._agree()

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

    def _ask(self, asking: bool) -> None:
        self.query_one("#ask").display = asking
        self.query_one(Row).display = asking
        self.query_one(Push).display = asking


def _ask_for(plan: Plan, draft: Draft) -> str:
    if plan.resumes is not None:
        return _("To go on with the installation onto this disk, type its name: {name}")
    if draft.keeps:
        return _("To install AtomOS on this disk and keep what stays, type its name: {name}")
    return _("To erase this disk and install AtomOS on it, type its name: {name}")


def _told(plan: Plan, draft: Draft, *, was_to_go_on: bool) -> list[Words]:
    """The plan in words, what hurts first."""
    notices = [Words(_list(plan.notices), classes="notice spaced")] if plan.notices else []
    new = [
        *_told_of_the_new(plan, draft),
        Words(_("Step by step"), classes="strong"),
        Words("\n".join(_numbered(plan))),
    ]
    old = _told_of_the_old(plan, draft)
    if plan.resumes is not None:
        return [*notices, *_told_of_the_lost(plan), *old, *new]
    if was_to_go_on:
        refused = _("It cannot go on where it ended: everything is done from the beginning.")
        return [Words(refused, classes="danger"), *notices, *_told_of_the_lost(plan), *old, *new]
    return [*_told_of_the_lost(plan), *old, *notices, *new]


def _told_of_the_lost(plan: Plan) -> Iterator[Words]:
    """What is not lost yet: what the steps did that are done is past."""
    lost = tuple(each for step in plan.to_do for each in step.destroys())
    name = f"{printable(plan.disk.name)}, {format_size(plan.disk.size_bytes)}"
    if not lost and plan.resumes is not None:
        words = _("Nothing more will be lost on {disk}: what was to go is gone.")
        yield Words(words.format(disk=name), classes="good spaced")
        return
    yield Words(_("WILL BE LOST, for good, on {disk}:").format(disk=name), classes="danger")
    yield Words(_list(lost), classes="danger spaced")


def _told_of_the_old(plan: Plan, draft: Draft) -> Iterator[Words]:
    """What is ended, what stays, and that an AtomOS goes."""
    ended = tuple(
        use for each in plan.operations if isinstance(each, FreeDisk) for use in each.uses
    )
    if ended:
        yield Words(_("Will be ended first"), classes="strong")
        yield Words(_list(ended), classes="notice spaced")
    if plan.kept:
        yield Words(_("Stays"), classes="strong")
        yield Words(_list(plan.kept), classes="good spaced")
    if draft.reinstall and not draft.keeps and plan.resumes is None:
        yield Words(
            _("This disk holds an AtomOS already, with its users and files: it goes too."),
            classes="danger spaced",
        )


def _told_of_the_new(plan: Plan, draft: Draft) -> Iterator[Words]:
    """What will be on the disk, and where it comes from."""
    yield Words(_("What will be on it"), classes="strong")
    yield Words(partition_lines(plan.table), classes="spaced")
    yield Words(_("{system} will be installed").format(system=printable(plan.system)))
    if plan.signed_by is not None:
        yield Words(_("Signed by {who}").format(who=printable(plan.signed_by)))
    size = sum(each.writes_bytes() for each in plan.to_do)
    yield Words(
        _("{size} will be written, from {source}").format(
            size=format_size(size), source=printable(draft.source_url)
        )
    )
    yield Words(_encryption(draft))
    if draft.keeps:
        yield Words(_("Accounts and host name as they were"), classes="spaced")
    else:
        user = _("User {user}, host name {host}")
        yield Words(user.format(user=draft.user_name, host=draft.host_name), classes="spaced")


def _encryption(draft: Draft) -> str:
    if draft.layout is LayoutKind.PLAIN:
        return _("Not encrypted: whoever has the disk can read it")
    if draft.keeps:
        return _("Encrypted, with the passphrase and keys that it has")
    words = (
        _("Encrypted, with your passphrase and a recovery key")
        if draft.wants_recovery_key
        else _("Encrypted, with your passphrase and no recovery key")
    )
    if not draft.header_backup:
        return words
    copy = _("{words}; a copy of its header on {partition}")
    return copy.format(words=words, partition=draft.header_backup)


def _list(words: tuple[str, ...]) -> str:
    return "\n".join(f"- {printable(each)}" for each in words)


def _numbered(plan: Plan) -> Iterator[str]:
    """Each step; where some are done already, they are marked."""
    done = plan.done_already
    marks = {True: _("done"), False: ""}
    width = max(len(mark) for mark in marks.values()) + 2 if done else 0
    for number, each in enumerate(plan.operations, start=1):
        mark = marks[each.id in done]
        yield f"{mark:<{width}}{number:>2}  {printable(each.sentence())}"
