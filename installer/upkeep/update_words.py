"""What `atomos status` says of updates that come by themselves, and of those that failed. Pure."""

from collections.abc import Collection, Iterator
from typing import Final

from installer.errors import AnswersInvalid
from installer.run_words import AFTER_RECOVERY, DOWNLOAD, RENEW_RECOVERY, UPDATE, RunWords
from installer.text import N_, _
from installer.upkeep.notes import FailedStart, LastLook, Notes, Result
from installer.upkeep.operations import OpenSlot, OpenSlotLater
from installer.upkeep.policy import Action
from installer.upkeep.recovery_operations import CheckRecovery
from installer.upkeep.running import TITLES
from installer.version import compare

_ACTIONS: Final = {
    Action.OFF: N_("off"),
    Action.CHECK: N_("looked for, and told at the login"),
    Action.DOWNLOAD: N_("downloaded into the spare slot"),
    Action.INSTALL: N_("installed, for the next restart"),
}
_RESULTS: Final = {
    Result.NEWEST: N_("there was no newer one than what runs"),
    Result.NEWER: N_("{version} is newer; `{command}` writes it"),
    Result.HELD: N_("{version} is newer, and held (update.yaml)"),
    Result.TAKEN_BACK: N_("{version} is newer, and was taken back (`atomos rollback`)"),
    Result.FAILED_BEFORE: N_("{version} did not come up, and is not tried again by itself"),
    Result.DOWNLOADED: N_("{version} is downloaded; `{command}` has it start next"),
    Result.INSTALLED: N_("{version} is written, and comes first"),
    Result.NOT_NOW: N_("not now"),
    Result.REFUSED: N_("it was refused"),
    Result.FAILED: N_("it failed"),
}


def update_lines(notes: Notes, runs: str | None) -> Iterator[str]:
    """Policy and latest look; `runs` is the version that does."""
    policy = notes.policy
    if isinstance(policy, AnswersInvalid):
        yield _("Updates by themselves: none, since the policy cannot be read:")
        yield from (f"    {each}" for each in policy.errors)
    else:
        yield _("Updates by themselves: {action}.").format(action=_(_ACTIONS[policy.policy]))
    if notes.look is not None:
        yield "    " + look_words(notes.look)
        yield from (f"    {each}" for each in _seen_before(notes.look, runs))


def _seen_before(look: LastLook, runs: str | None) -> Iterator[str]:
    """What an earlier look has seen, unless it runs by now."""
    version = look.version
    if look.seen is None or version is None or (runs and compare(version, runs) <= 0):
        return
    # Where it is now is said of its slot.
    if look.seen is Result.INSTALLED:
        return
    result = result_words(look.seen, version, look.command)
    yield _("Before that: {result}.").format(result=result)


def look_words(look: LastLook) -> str:
    """How a look ended, in a line."""
    result = result_words(look.result, look.version or "", look.command)
    text = _("Last looked {at}: {result}.").format(at=look.at, result=result)
    return f"{text} {look.words}".rstrip()


def result_words(result: Result, version: str, command: str = "") -> str:
    """How a look at a version ended, as a clause; `command` is what takes it."""
    return _(_RESULTS[result]).format(version=version, command=command)


def failed_lines(failed: FailedStart) -> Iterator[str]:
    """Why a slot was passed over, below what else is said of it."""
    yield from failed.why.splitlines()
    if failed.log:
        yield _("What it wrote itself: `atomos log --failed`.")


def failed_log_words(failed: FailedStart) -> str:
    """What stands above the log of a start that failed."""
    version = f" ({failed.version})" if failed.version else ""
    name = f"{TITLES[failed.slot]}{version}"
    lines = [_("{name} did not come up three times.").format(name=name), *failed.why.splitlines()]
    lines.append("" if failed.log else _("Nothing of what it wrote itself could be kept."))
    return "\n".join(lines).rstrip("\n")


def words_of(steps: Collection[str]) -> RunWords:
    """How a run with steps of these ids is spoken of; as long as it has said none, as an update.
    One without the last step of an update only brings the image."""
    if CheckRecovery.id in steps:
        return RENEW_RECOVERY
    if OpenSlotLater.id in steps:
        return AFTER_RECOVERY
    return UPDATE if not steps or OpenSlot.id in steps else DOWNLOAD


def update_fields(notes: Notes) -> dict[str, object]:
    """The same for programs; docs/update.md has the fields."""
    policy, look = notes.policy, notes.look
    valid = not isinstance(policy, AnswersInvalid)
    return {
        "policy": policy.policy.value if not isinstance(policy, AnswersInvalid) else None,
        "fault": None if valid else str(policy),
        "last": None
        if look is None
        else {
            "at": look.at,
            "result": look.result.value,
            "version": look.version,
            "seen": look.verdict.value if look.version is not None else None,
            "slot": look.slot,
            "passed": list(look.passed),
            "words": look.words,
        },
    }


def failed_fields(failed: FailedStart | None) -> dict[str, object] | None:
    """Likewise."""
    if failed is None:
        return None
    return {
        "slot": failed.slot,
        "version": failed.version or None,
        "why": failed.why,
        "log": failed.log or None,
    }
