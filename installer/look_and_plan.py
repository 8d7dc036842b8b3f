"""From answers to the plan for this machine as it is now: looked at, then planned."""

from installer.answers import Answers
from installer.identifiers import Identifiers
from installer.inspection import Sources, facts
from installer.planning import make_plan
from installer.release import ReleaseSource
from installer.release_search import find_release
from installer.session import Plan


def look_and_plan(
    answers: Answers,
    sources: Sources,
    releases: ReleaseSource,
    identifiers: Identifiers,
    *,
    unattended: bool,
    start_over: bool,
) -> Plan:
    """The plan that is shown, and the one that is carried out: both are made here, of what the
    machine is at that moment. Raises Refused with every problem."""
    seen = facts(answers, sources)
    named = answers.timezone is not None or answers.keymap is not None
    return make_plan(
        answers,
        seen.machine,
        seen.slot or find_release(releases, answers, seen.machine.architecture),
        identifiers,
        unattended=unattended,
        installation=seen.installation,
        traces=seen.traces,
        start_over=start_over,
        names=sources.names() if named else None,
    )
