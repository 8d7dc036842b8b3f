"""Where a person is among the questions, and what they have answered: for every front end. Pure."""

from dataclasses import dataclass, field, replace
from typing import Final, Self

from installer.answers_connection import Network
from installer.draft import Draft
from installer.errors import Problem
from installer.flow import FLOW, Question, after, asked, before, question
from installer.languages import Speech
from installer.prefilled import Prefilled
from installer.question import QuestionId
from installer.text import N_, _
from installer.unfinished import Unfinished
from installer.unfinished_words import Way

BEFORE_ALL: Final = (QuestionId.LANGUAGE, QuestionId.UNFINISHED, QuestionId.NETWORK)
"""Questions that are no steps of an installation."""
_ASKED_AGAIN: Final = {
    QuestionId.UNLOCK: N_("The disk is encrypted by now: its passphrase is needed."),
    QuestionId.PASSPHRASE: N_("The disk has to be encrypted anew, with a new passphrase."),
    QuestionId.RECOVERY_KEY: N_("The recovery key has to be made anew."),
}


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One way through the flow."""

    draft: Draft = field(default_factory=Draft)
    asked: QuestionId = QuestionId.UNFINISHED
    speech: Speech = field(default_factory=Speech)
    """Language and keyboard of whoever walks."""
    network: Network | None = None
    """How this machine was connected by whoever was asked; None: nobody was asked yet."""
    goes_on: bool = False
    """The run that was started last came to no end, and no question was answered anew since."""
    prefilled: Prefilled | None = None
    """What the answers file says that was begun with."""

    @property
    def why_a_disk(self) -> str:
        """Why a disk is asked for though the answers file names one; empty once it was `told`."""
        return self.prefilled.words if self.prefilled is not None else ""

    @property
    def starts_over(self) -> bool:
        """Whether a plan begins anew, even where it could go on with something."""
        return self.draft.going_on is None and not self.goes_on

    @property
    def following(self) -> QuestionId | None:
        """The question after this one."""
        return after(self.asked, self.draft)

    @property
    def preceding(self) -> QuestionId | None:
        """The question before this one."""
        return before(self.asked, self.draft)

    def gone_back(self, to: QuestionId | None = None) -> Self:
        """At the question before, or at that one: what was answered between them stays, and is
        asked again only where an answer changes what it was about."""
        if to is None:
            return self if self.preceding is None else self.at(self.preceding)
        ids = [each.id for each in asked(self.draft)]
        between = ids[ids.index(to) + 1 : ids.index(self.asked)]
        draft = replace(self.draft, settled=self.draft.settled.union(between))
        return replace(self, draft=draft, asked=to)

    def speaking(self, speech: Speech) -> Self:
        """With that language and keyboard, which are answers where they are `took`."""
        return replace(self, speech=speech)

    def connected(self, draft: Draft) -> Self:
        """The network of `draft` is chosen, for this machine."""
        return replace(self.took(draft), network=draft.network)

    def at(self, id: QuestionId) -> Self:
        """That question is asked."""
        return replace(self, asked=id)

    def took(self, draft: Draft) -> Self:
        """With other answers it is another installation."""
        return replace(self, draft=draft, goes_on=self.goes_on and draft == self.draft)

    def planned(self, draft: Draft) -> Self:
        """A plan says what there is to go on with: the same answers, by what was found."""
        return replace(self, draft=draft)

    def failed(self, *, own: bool) -> Self:
        """A run came to no end; `own`: that of these answers."""
        return replace(self, goes_on=own)

    def told(self) -> Self:
        """`why_a_disk` was said."""
        if self.prefilled is None:
            return self
        return replace(self, prefilled=replace(self.prefilled, words=""))

    def finished(self) -> Self:
        """It is installed: neither its secrets nor those of an answers file are needed any more."""
        return replace(self.took(self.draft.without_secrets()), prefilled=None)

    def found(self, unfinished: tuple[Unfinished, ...], prefilled: Prefilled | None = None) -> Self:
        """These came to no end; `prefilled` is what an answers file says."""
        return replace(self, draft=replace(self.draft, found=unfinished), prefilled=prefilled)

    def beginning(self, source_url: str) -> Self:
        """From the first question, without answers but those of a file and the release on offer."""
        draft = Draft() if self.prefilled is None else self.prefilled.draft
        spoken = Draft().speaking(self.speech)
        draft = replace(
            draft,
            locale=draft.locale or spoken.locale,
            keymap=draft.keymap or spoken.keymap,
            source_url=draft.source_url or source_url,
            found=self.draft.found,
        )
        if self.network is not None and draft.network in (Network(), self.network):
            # What a file says of a network has to be tried; what was chosen here is there.
            settled = draft.settled | {QuestionId.NETWORK}
            draft = replace(draft, network=self.network, settled=settled)
        return replace(self, draft=draft)

    def ordinary(self, source_url: str) -> Self:
        """An installation of its own: with what was typed for it, or no answers but a file's."""
        given = self.prefilled.draft.given if self.prefilled is not None else None
        is_own = self.draft.going_on is None and self.draft.given == given
        return self if is_own else self.beginning(source_url)

    def by(self, way: Way, unfinished: Unfinished, source_url: str) -> Self:
        """Resume `unfinished`, start it over, or make another one."""
        match way:
            case Way.RESUME:
                walk = replace(self, draft=self.draft.resuming(unfinished))
            case Way.START_OVER:
                # Come back to once more, what was typed since stays.
                is_over = self.draft.going_on is None and self.draft.given == unfinished.answers
                draft = self.draft if is_over else self.draft.starting_over(unfinished)
                if self.speech.chosen:
                    # On this start of the machine, and so by whoever is to type at the prompt.
                    draft = draft.speaking(self.speech)
                walk = replace(self, draft=draft)
            case Way.ANOTHER:
                walk = self.ordinary(source_url)
        return replace(walk, goes_on=False)

    def started_over(self) -> Self:
        """All questions, with the answers they have."""
        draft = self.draft.starting_over()
        return replace(self, draft=draft, goes_on=False, asked=QuestionId.UNFINISHED)

    def changeable(self, problems: tuple[Problem, ...]) -> tuple[Question, ...]:
        """The questions that can be gone back to from where one is: the summary is none of them,
        and the language only where one of these `problems` is about it."""
        questions = asked(self.draft)
        ids = [each.id for each in questions]
        planned = self.asked is FLOW[-1].id
        if self.asked not in ids:
            return ()  # nothing is answered yet
        before = questions[: ids.index(self.asked) + (not planned)]
        about = {problem.question for problem in problems}
        hidden = {QuestionId.LANGUAGE, QuestionId.NETWORK} - about
        if QuestionId.WELCOME in about:  # a release that cannot be reached
            hidden.discard(QuestionId.NETWORK)
        return tuple(each for each in before if each.id not in hidden)


def why_again(id: QuestionId) -> str:
    """Why that is asked once more, after a plan that goes on with less than was thought."""
    return _(_ASKED_AGAIN[id]) if id in _ASKED_AGAIN else ""


def place_of(id: QuestionId, draft: Draft) -> str:
    """Where one is; nowhere as long as it is not clear what is to be installed."""
    questions = [each.id for each in asked(draft) if each.id not in BEFORE_ALL]
    if id not in questions:
        return ""
    return _("Step {number} of {count}: {title}").format(
        number=questions.index(id) + 1, count=len(questions), title=question(id).title
    )
