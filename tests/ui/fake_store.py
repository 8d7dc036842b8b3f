"""Answers saved in memory, and a note of what was asked."""

from dataclasses import dataclass, field

from installer.answers_store import AlreadyThere, SavePlace
from installer.errors import InstallError
from installer.secret import Secret

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
