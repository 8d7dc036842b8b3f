"""The first screen: what will happen, and where the release comes from."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget

from installer.draft import Draft
from installer.flow import Entry
from installer.question import QuestionId
from installer.text import N_, _
from screens.form import Form
from screens.widgets import Line, Push, Row, Tick, Words


class Welcome(Form):
    """Release directory, and whether it may be an unsigned one."""

    question = QuestionId.WELCOME
    heading = N_("Install AtomOS on this machine")
    help_text = N_(
        "The release is a directory with the system image, SHA256SUMS and its signature, "
        "on a web server (https://, http://), in a folder (file://), on this medium "
        "(medium:/FOLDER) or on a volume (volume:LABEL/FOLDER). It must be signed with a "
        "key of this live system, unless you tick the box; the summary says who signed."
    )

    def __init__(self, draft: Draft, *, needs_medium: bool, place: str) -> None:
        """`needs_medium`: this system runs from its medium, not from memory."""
        super().__init__(draft, place=place)
        self._needs_medium = needs_medium

    def body(self) -> Iterator[Widget]:
        """Words, address, consent, Continue."""
        yield Words(
            _(
                "AtomOS takes one whole disk. On it will be two copies of the system (Root A"
                " and Root B), a Recovery system, and a place for everything of yours."
            ),
            classes="spaced",
        )
        yield Words(
            _(
                "Everything that is on that disk now will be lost, unless it is an AtomOS whose"
                " data you keep. Nothing is written before you have read the plan and typed the"
                " disk's name."
            ),
            classes="spaced",
        )
        if self._needs_medium:
            yield Words(
                _(
                    "This system runs from its medium, since memory is too small to hold it: leave"
                    " the medium in until the end."
                ),
                classes="notice spaced",
            )
        yield Row(_("Release"), Line(self._before.source_url, id=Entry.SOURCE_URL, classes=""))
        yield Tick(
            _("Take this release even if it is UNSIGNED"),
            value=self._before.allow_unsigned,
            id=Entry.ALLOW_UNSIGNED,
            classes="above",
        )
        yield Words(
            _(
                "Leave it as it is: then only what is signed with a key of this live\n"
                "system is installed. Space ticks the box."
            ),
            classes="under",
        )
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """Begin with what is still missing."""
        missing = "continue" if self._before.source_url else Entry.SOURCE_URL.value
        self.query_one(f"#{missing}").focus()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to tick."""
        return (
            (_("Up Down"), _("Move")),
            (_("Space"), _("Tick")),
            (_("Enter"), _("Next")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def draft(self) -> Draft:
        """The address without blanks around it."""
        return replace(
            self._before,
            source_url=self.line(Entry.SOURCE_URL).strip(),
            allow_unsigned=self.ticked(Entry.ALLOW_UNSIGNED),
        )
