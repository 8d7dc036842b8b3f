"""An update that nobody asked for just now: what the policy allows, step by step, and what is kept
of it. Whoever does a step is handed in."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from installer.answers import Source
from installer.errors import AnswersInvalid, ExitCode, InstallError, Refused
from installer.printable import printable
from installer.release import Release
from installer.text import _
from installer.upkeep.notes import Downloaded, LastLook, NoteBook, Notes, Result, Surroundings
from installer.upkeep.policy import Action, UpdatePolicy
from installer.upkeep.status import image_words, title
from installer.upkeep.system import System
from installer.upkeep.update_words import result_words
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
    log: Callable[[InstallError], None]
    """Told what keeps the notes from being written."""

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
            self._keep(self._look(Result.NOT_NOW, " ".join(against)))
            return ExitCode.DONE
        source = self._source()
        with self._keeping_errors():
            wish, found, slot = self._find(policy, source)
        if found.result is not Result.NEWER or policy.policy is Action.CHECK:
            self._keep(found)
            return ExitCode.DONE
        with self._keeping_errors(found):
            return self._write(wish, found, slot)

    def _say_again(self) -> None:
        """What is said at the login is gone after a restart, and may be true no more."""
        look = self.notes.read().look
        if look is not None:
            self._note(look)

    @contextlib.contextmanager
    def _keeping_errors(self, found: LastLook | None = None) -> Iterator[None]:
        """What goes wrong within is kept, with what was found until then."""
        try:
            yield
        except InstallError as error:
            result, words = Result.FAILED, error.what
            if isinstance(error, Refused):
                result, words = Result.REFUSED, _reasons(error)
            self._keep(found.ended(result, words) if found else self._look(result, words))
            raise

    def _source(self) -> Source:
        """An image may come without any: that is no refusal, to be read at each login."""
        try:
            return self.source()
        except Refused as refused:
            self._keep(self._look(Result.NOT_NOW, _reasons(refused)))
            raise

    def _find(self, policy: UpdatePolicy, source: Source) -> tuple[Wish, LastLook, str]:
        """What is there, how it would be taken, and into which slot."""
        notes = self.notes.read()
        wish = Wish(
            source=source,
            starts=policy.policy is Action.INSTALL,
            # Not the newest and nothing else: what lies between may close a hole.
            passing=(*policy.hold, *notes.failed_versions),
        )
        system, release = self.upkeep.look(), self.upkeep.find(wish)
        return wish, self._found(policy, system, release, notes), system.spare.name

    def _write(self, wish: Wish, found: LastLook, slot: str) -> ExitCode:
        code = self.write(wish)
        if code is ExitCode.DONE:
            done = Result.INSTALLED if wish.starts else Result.DOWNLOADED
            self._keep(replace(found, result=done, slot=slot))
        else:
            self._keep(found.ended(Result.FAILED, _("`atomos log` says why.")))
        return code

    def _found(
        self, policy: UpdatePolicy, system: System, release: Release, notes: Notes
    ) -> LastLook:
        """What is to be said of a release, and of newer ones beside it."""
        version, passed = release.version, newer_than(system, release.passed)
        result = verdict(policy, system, version, notes)
        if result is Result.NEWEST and passed:
            (version, *_older), passed = passed, ()
            result = verdict(policy, system, version, notes)
        reasons = (result_words(verdict(policy, system, each, notes), each) for each in passed)
        words = " ".join(f"{each}." for each in reasons)
        look = self._look(result, words, version=version)
        slot = system.spare.name if result is Result.DOWNLOADED else None
        return replace(look, slot=slot, passed=passed)

    def _look(self, result: Result, words: str, *, version: str | None = None) -> LastLook:
        return LastLook(at=self.now(), result=result, version=version, words=words)

    def _keep(self, look: LastLook) -> None:
        self._note(look.after(self.notes.read().look))

    def _note(self, look: LastLook) -> None:
        """Where there is no room for notes, updates go on: a slot needs none of /var."""
        try:
            self.notes.write(look, shown_at_login(look, self._system()))
        except InstallError as error:
            self.log(error)

    def _system(self) -> System | None:
        try:
            return self.upkeep.look()
        except InstallError:
            return None


def _reasons(refused: Refused) -> str:
    return " ".join(each.what for each in refused.problems)


def reasons_against(policy: UpdatePolicy, around: Surroundings) -> Iterator[str]:
    """Why nothing is fetched now, as sentences."""
    if not policy.metered and around.is_metered():
        yield _("The network is metered.")
    percent = around.battery_percent()
    if percent is not None and percent < policy.battery:
        yield _("The machine runs on battery, with {percent} percent left.").format(percent=percent)


def newer_than(system: System, versions: Iterable[str]) -> tuple[str, ...]:
    """Those that are newer than what runs."""
    runs = system.runs.contract
    return tuple(each for each in versions if runs is None or compare(each, runs.version) > 0)


def verdict(policy: UpdatePolicy, system: System, version: str, notes: Notes) -> Result:
    """What is to be said of a version of the release; NEWER alone is one to take."""
    if not newer_than(system, (version,)):
        return Result.NEWEST
    if version in policy.hold:
        return Result.HELD
    if notes.has_failed(version):
        return Result.FAILED_BEFORE
    spare = system.spare
    if spare.contract is not None and spare.contract.version == version:
        if system.after_once == spare.name:
            return Result.INSTALLED
        if system.is_whole(spare.name):
            return Result.TAKEN_BACK
        image = Downloaded(slot=spare.name, version=version)
        if policy.policy is Action.DOWNLOAD and notes.command_for(image) is not None:
            return Result.DOWNLOADED
    return Result.NEWER


def shown_at_login(look: LastLook, system: System | None) -> str:
    """What whoever logs in is to know; empty: nothing."""
    lines = [_seen_words(look, system)]
    if look.result is Result.REFUSED:
        lines.append(_("Updates by themselves are refused: {why}").format(why=look.words))
    return "\n".join(printable(line) for line in lines if line)


def _seen_words(look: LastLook, system: System | None) -> str:
    if system is None or system.runs.contract is None or look.version is None:
        return ""
    runs = system.runs.contract
    if not newer_than(system, (look.version,)):
        return ""
    match look.verdict:
        # Until it failed, or was taken back.
        case Result.INSTALLED if system.after_once == system.spare.name:
            text = _("{name} {version} is in {slot} and starts with the next restart.")
            if system.next != system.spare.name:
                text = _("{name} {version} is in {slot}, and starts after {next}.")
        case Result.DOWNLOADED:
            text = _("{name} {version} is in {slot}; `{command}` has it start next.")
        # The last two: as older installers kept what an earlier look had seen.
        case Result.NEWER | Result.NOT_NOW | Result.FAILED:
            text = _("{name} {version} is there, {installed} runs. `{command}` writes it.")
        case _:
            return ""
    return text.format(
        name=runs.name,
        version=look.version,
        command=look.command,
        installed=image_words(runs),
        slot=title(system.spare.name),
        next=title(system.next),
    )
