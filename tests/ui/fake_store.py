"""Answers and logs saved in memory, and a note of what was asked."""

from dataclasses import dataclass, field

from installer.errors import InstallError
from installer.save_place import AlreadyThere, SavePlace
from installer.secret import Secret
from installer.stores import Stores

HASH = "$6$atomosexample$" + "a" * 86


@dataclass(kw_only=True)
class FakeStore:
    """A store whose sticks have the files of `files`, by device; None is memory."""

    files: dict[str | None, str] = field(default_factory=dict)
    error: InstallError | None = None
    asked: list[tuple[str | None, bool]] = field(default_factory=list)
    """Where to, and whether what is there may be replaced."""

    def save(self, place: SavePlace, text: str, *, replaces: bool) -> None:
        self.asked.append((place.device, replaces))
        if self.error is not None:
            raise self.error
        if place.device in self.files and not replaces:
            raise AlreadyThere(f"{place.words} has a file answers.yaml already.")
        self.files[place.device] = text

    def hashed(self, password: Secret) -> Secret | None:
        return Secret(HASH)


@dataclass(kw_only=True)
class FakeLogs:
    """The same for the log; `written` are the places, in their order."""

    written: list[str | None] = field(default_factory=list)
    error: InstallError | None = None

    def save(self, place: SavePlace) -> str:
        if self.error is not None:
            raise self.error
        self.written.append(place.device)
        return "atomos-install-20260301-120000.tar.gz"


def fake_stores() -> Stores:
    """Both, empty."""
    return Stores(answers=FakeStore(), log=FakeLogs())
