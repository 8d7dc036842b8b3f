"""The steps of the flow as a person sees them: what is done, where they are, what comes. Pure."""

from dataclasses import dataclass
from enum import Enum

from installer.draft import Draft
from installer.flow import Question, asked, is_settled
from installer.question import QuestionId
from installer.walk import BEFORE_ALL


class StepState(Enum):
    """How far a step is; the value is its mark, since not every terminal has colours."""

    DONE = "[x]"
    HERE = "[>]"
    TO_COME = "[ ]"


@dataclass(frozen=True, kw_only=True)
class FlowStep:
    """One of the steps that are counted."""

    question: Question
    state: StepState


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Where somebody is."""

    all: tuple[FlowStep, ...]
    """Those that are counted, as far as the answers tell by now."""
    finished: tuple[Question, ...]
    """What can be gone back to: all that was asked before, what is no step included."""


def steps_at(id: QuestionId, draft: Draft) -> Steps:
    """The steps for whoever is asked that."""
    questions = asked(draft)
    ids = [each.id for each in questions]
    here = ids.index(id) if id in ids else 0

    def state(place: int) -> StepState:
        if place == here:
            return StepState.HERE
        done = place < here or is_settled(ids[place], draft)
        return StepState.DONE if done else StepState.TO_COME

    steps = [
        FlowStep(question=question, state=state(place))
        for place, question in enumerate(questions)
        if question.id not in BEFORE_ALL
    ]
    counted = id in ids and id not in BEFORE_ALL
    return Steps(all=tuple(steps) if counted else (), finished=questions[:here])
