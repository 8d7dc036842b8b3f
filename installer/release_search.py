"""Looking for the release, so that what is wrong with it joins the plan's other problems."""

from dataclasses import replace

from installer.answers import Answers
from installer.errors import Refused
from installer.question import QuestionId
from installer.release import Release, ReleaseSource
from installer.release_offer import ReleaseOffer


def find_release(releases: ReleaseSource, answers: Answers, architecture: str) -> Release | Refused:
    """The release that `answers` name, or why there is none."""
    try:
        return releases.find(answers.reached_source, architecture)
    except Refused as refusal:
        return Refused(
            tuple(
                replace(each, question=each.question or QuestionId.WELCOME)
                for each in refusal.problems
            )
        )


def find_offer(releases: ReleaseSource, answers: Answers, architecture: str) -> ReleaseOffer:
    """What there is where `find_release` finds the release. Raises Refused."""
    return releases.offer(answers.reached_source, architecture)
