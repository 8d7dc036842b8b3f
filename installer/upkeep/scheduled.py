"""An update that nobody asked for just now: what the policy allows, step by step, and what is kept
of it. Whoever does a step is handed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from installer.answers import Source
from installer.errors import AnswersInvalid, ExitCode, InstallError, Refused
from installer.release import Release
from installer.text import _
from installer.upkeep.notes import LastLook, NoteBook, Notes, Result, Surroundings
from installer.upkeep.policy import Action, UpdatePolicy
from installer.upkeep.status import image_words, title
from installer.upkeep.system import System
from installer.upkeep.wish import Wish
from installer.version import compare


class Writing(Protocol):
    """What of `Upkeep` is needed here."""

    def look(self) -> System:
        """See Upkeep."""
        ...

    def find(self, wish: Wish) -> Release:
        """See Upkeep."""
        ...


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """One start of the timer."""

    upkeep: Writing
    notes: NoteBook
    surroundings: Surroundings
    source: Callable[[], Source]
    """Where releases are. Raises Refused where nobody says it."""
    write: Callable[[Wish], ExitCode]
    """Carries a wish out to its end, and tells it. Raises Refused, InstallError."""
    wait: Callable[[int], None]
    """Waits for a time by chance, up to so many seconds."""
    now: Callable[[], str]
    """The time, as `LastLook.at` has it."""

    def run(self) -> ExitCode:
        """Look, and go as far as the policy says; how it ended is kept, and said at the login.

        Raises AnswersInvalid when the policy cannot be read, with nothing done.
        """
        policy = self.notes.read().policy
        if isinstance(policy, AnswersInvalid):
            raise policy
        if policy.policy is Action.OFF:
            return ExitCode.DONE
        self._say_again()
        against = tuple(reasons_against(policy, self.surroundings))
        if not against:
            self.wait(policy.delay * 60)
            # Hours may have passed: the machine may be elsewhere.
            against = tuple(reasons_against(policy, self.surroundings))
        if against:
            seen = self.notes.read().look
            version = seen.version if seen is not None else None
            return self._keep(Result.NOT_NOW, ExitCode.DONE, version, " ".join(against))
        try:
            return self._look_and_write(policy)
        except Refused as refusal:
            words = " ".join(each.what for each in refusal.problems)
            self._keep(Result.REFUSED, ExitCode.REFUSED, None, words)
            raise
        except InstallError as error:
            self._keep(Result.FAILED, ExitCode.FAILED, None, error.what)
            raise

    def _say_again(self) -> None:
        """What is said at the login is gone after a restart, and may be true no more."""
        look = self.notes.read().look
        if look is not None:
            self.notes.write(look, shown_at_login(look, self._system()))

    def _look_and_write(self, policy: UpdatePolicy) -> ExitCode:
        wish = Wish(source=self.source(), starts=policy.policy is Action.INSTALL)
        system, release = self.upkeep.look(), self.upkeep.find(wish)
        result = verdict(policy, system, release, self.notes.read())
        if result is not Result.NEWER or policy.policy is Action.CHECK:
            slot = system.spare.name if result is Result.DOWNLOADED else None
            return self._keep(result, ExitCode.DONE, release.version, slot=slot)
        code = self.write(wish)
        done = Result.INSTALLED if wish.starts else Result.DOWNLOADED
        if code is not ExitCode.DONE:
            words = _("`atomos log` says why.")
            return self._keep(Result.FAILED, code, release.version, words)
        return self._keep(done, code, release.version, slot=system.spare.name)

    def _keep(
        self,
        result: Result,
        code: ExitCode,
        version: str | None,
        words: str = "",
        slot: str | None = None,
    ) -> ExitCode:
        look = LastLook(at=self.now(), result=result, version=version, words=words, slot=slot)
        earlier = self.notes.read().look
        saw_nothing = result is Result.NOT_NOW or version is None
        if saw_nothing and earlier is not None and earlier.slot is not None:
            # What was downloaded stays so.
            look = replace(earlier, at=look.at, words=words)
        self.notes.write(look, shown_at_login(look, self._system()))
        return code

    def _system(self) -> System | None:
        try:
            return self.upkeep.look()
        except InstallError:
            return None


def reasons_against(policy: UpdatePolicy, around: Surroundings) -> Iterator[str]:
    """Why nothing is fetched now, as sentences."""
    if not policy.metered and around.is_metered():
        yield _("The network is metered.")
    percent = around.battery_percent()
    if percent is not None and percent < policy.battery:
        yield _("The machine runs on battery, with {percent} percent left.").format(percent=percent)


def verdict(policy: UpdatePolicy, system: System, release: Release, notes: Notes) -> Result:
    """What is to be said of a release; NEWER alone is one to take."""
    version, runs = release.version, system.runs.contract
    if runs is not None and compare(version, runs.version) <= 0:
        return Result.NEWEST
    if version in policy.hold:
        return Result.HELD
    if notes.has_failed(version):
        return Result.FAILED_BEFORE
    spare = system.spare
    if spare.contract is not None and spare.contract.version == version:
        if system.after_once == spare.name:
            return Result.INSTALLED
        if policy.policy is Action.DOWNLOAD and notes.is_downloaded(spare.name, version):
            return Result.DOWNLOADED
        if system.is_whole(spare.name):
            return Result.TAKEN_BACK
    return Result.NEWER


def shown_at_login(look: LastLook, system: System | None) -> str:
    """What whoever logs in is to know; empty: nothing."""
    if system is None or system.runs.contract is None or look.version is None:
        return ""
    runs = system.runs.contract
    if compare(look.version, runs.version) <= 0:
        return ""
    match look.result:
        case Result.INSTALLED:
            text = _("{name} {version} is in {slot} and starts with the next restart.")
            if system.next != system.spare.name == system.after_once:
                text = _("{name} {version} is in {slot}, and starts after {next}.")
        case Result.DOWNLOADED:
            text = _("{name} {version} is in {slot}; `atomos update` has it start next.")
        case Result.NEWER | Result.NOT_NOW | Result.FAILED:
            text = _("{name} {version} is there, {installed} runs. `atomos update` writes it.")
        case _:
            return ""
    return text.format(
        name=runs.name,
        version=look.version,
        installed=image_words(runs),
        slot=title(system.spare.name),
        next=title(system.next),
    )
