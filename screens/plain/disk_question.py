"""Which disk: those with a number can be chosen, the others say why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from installer import page_words
from installer.disk_bar import legend, now_on
from installer.disk_offer import DiskOffer, offered
from installer.disk_words import disk_lines, disk_row
from installer.draft import Draft
from installer.entry_words import WAIT_FOR_DISKS, label
from installer.flow import Entry
from installer.hardware import Machine
from installer.question import QuestionId
from installer.text import _
from installer.unfinished import Unfinished
from installer.walk import place_of
from screens.looks import Looks
from screens.plain.dialogue import Choice, Dialogue, Page
from screens.plain.entries import Step, through, with_entry
from screens.plain.words import Word, quoted


@dataclass(kw_only=True)
class DiskQuestion:
    """The list as it was when the machine was last looked at."""

    dialogue: Dialogue
    looks: Looks
    words: str = ""
    """Why one is back here."""
    machine: Machine | None = None
    unfinished: tuple[Unfinished, ...] = ()
    offers: tuple[DiskOffer, ...] = ()

    def ask(self, draft: Draft) -> Draft:
        """The draft for the chosen disk, with Recovery there or not. Raises BackFrom, Left."""
        page = Page(about=page_words.DISK, tell=self._tell, place=place_of(QuestionId.DISK, draft))
        # The list comes when the machine was looked at.
        self.dialogue.open(replace(page, tell=lambda: None))
        if self.words:
            self.dialogue.tell(self.words)

        def choose(before: Draft) -> Draft:
            self._look()
            while True:
                chosen = self.dialogue.choose(
                    page,
                    _("Number of the disk"),
                    self._choices(),
                    default=self._default(before),
                    words=(Word.LOOK,),
                )
                if chosen is Word.LOOK:
                    self._look()
                elif isinstance(chosen, int) and self.machine is not None:
                    return before.on(self.offers[chosen].disk, self.machine, self.unfinished)

        def recovery(before: Draft) -> Draft:
            question = label(Entry.RECOVERY)
            wanted = self.dialogue.yes_or_no(page, question, default=before.recovery)
            return with_entry(before, Entry.RECOVERY, wanted)

        return through(draft, (Step(ask=choose), Step(ask=recovery)))

    def _look(self) -> None:
        self.machine, self.unfinished = self.dialogue.work(_(WAIT_FOR_DISKS), self.looks.machine)
        self.offers = offered(self.machine, self.unfinished)
        self._tell()

    def _tell(self) -> None:
        self.dialogue.tell_choices(self._choices())
        if not self.offers:
            self.dialogue.tell(_("There is no disk in this machine."))
        look = quoted(Word.LOOK)
        if any(offer.usable for offer in self.offers):
            self.dialogue.tell(_("Type {look} to look again for disks.").format(look=look))
        else:
            words = _("No disk can be used. Plug one in and type {look}.")
            self.dialogue.problem(words.format(look=look))

    def _choices(self) -> Sequence[Choice]:
        return [
            Choice(name=disk_row(offer), meaning=tuple(_meaning(offer)), usable=offer.usable)
            for offer in self.offers
        ]

    def _default(self, draft: Draft) -> int | None:
        """The disk chosen before; else the first that can be used."""
        usable = [place for place, offer in enumerate(self.offers) if offer.usable]
        chosen = [place for place in usable if self.offers[place].disk.path == draft.disk_path]
        return next(iter(chosen or usable), None)


def _meaning(offer: DiskOffer) -> Iterator[str]:
    """As on the screens; the bar that they draw is told, since it is nothing to listen to."""
    yield from disk_lines(offer)
    if offer.disk.partitions:
        yield ", ".join(legend(now_on(offer.disk), drawn=False))
