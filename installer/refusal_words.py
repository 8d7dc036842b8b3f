"""Why there is no plan, in words for a person, and what can be changed. Pure."""

from installer.errors import Problem
from installer.events import RunRefused
from installer.flow import Question
from installer.question import QuestionId
from installer.text import _, ngettext


def problems_of(event: RunRefused) -> tuple[Problem, ...]:
    """The reasons of a run that was refused."""
    return tuple(
        Problem(what=what, way_out=way_out, question=QuestionId(question) if question else None)
        for what, way_out, question in zip(
            event.problems, event.ways_out, event.questions, strict=True
        )
    )


def reasons_words(count: int) -> str:
    """How many reasons there are not to install, and that all is as it was."""
    words = ngettext(
        "There is {count} reason. Nothing has been written.",
        "There are {count} reasons. Nothing has been written.",
        count,
    )
    return words.format(count=count)


def change_words(question: Question) -> str:
    """The choice to go back to that question."""
    return _("Change: {screen}").format(screen=question.title)


def concerned(
    problems: tuple[Problem, ...], answered: tuple[Question, ...]
) -> tuple[Question, ...]:
    """Of the questions that were `answered` those that a reason is about, and the way out of a
    resumed installation; none where no reason is about any. With all of them there was no room for
    two reasons, and much to listen to."""
    named = {each.question for each in problems}
    if not any(each.id in named for each in answered):
        return ()
    named.add(QuestionId.UNFINISHED)
    return tuple(each for each in answered if each.id in named)


def wrong_answers_words(count: int) -> str:
    """How many errors an answers file has."""
    words = ngettext("{count} thing is wrong in it.", "{count} things are wrong in it.", count)
    return words.format(count=count)
