"""Reading passwd, shadow and group of a tree that is not the running system's.

The C library's own functions (pwd, grp) read the live system's files, and would find the live
user. Formats: passwd(5), shadow(5), group(5).
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from backends.account_rows import PEOPLE
from backends.inside import resolve_inside
from installer.secret import Secret

FIRST_USER_ID: Final = PEOPLE.start
"""Smaller ones belong to the image."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A line of passwd."""

    name: str
    uid: int
    gid: int
    full_name: str
    home: PurePosixPath
    shell: str


@dataclass(frozen=True, kw_only=True)
class AccountFiles:
    """The account files of the tree at `root`, which lies on `device`."""

    root: Path
    device: str

    def account(self, name: str) -> Account | None:
        """The account of that name."""
        fields = self._line("passwd", name, 7)
        if fields is None:
            return None
        return Account(
            name=name,
            uid=int(fields[2]),
            gid=int(fields[3]),
            full_name=fields[4].split(",")[0],
            home=PurePosixPath(fields[5]),
            shell=fields[6],
        )

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Every group's further members."""
        return {
            fields[0]: tuple(filter(None, fields[3].split(",")))
            for fields in self._lines("group")
            if len(fields) == 4
        }

    def has_password(self, name: str) -> bool:
        """Whether one can log in as `name` by a password: one is set and not locked."""
        field = self._password_field(name)
        return bool(field) and field[0] not in "!*"

    def has_hash(self, name: str, hash: Secret) -> bool:
        """Whether the password of `name` is the one with this hash."""
        return Secret(self._password_field(name)) == hash

    def is_locked(self, name: str) -> bool:
        """Whether no password at all opens `name`; an empty field opens it without any."""
        return self._password_field(name).startswith(("!", "*"))

    def _password_field(self, name: str) -> str:
        fields = self._line("shadow", name, 2)
        return "" if fields is None else fields[1]

    def _line(self, file: str, name: str, least: int) -> list[str] | None:
        found = (each for each in self._lines(file) if each[0] == name and len(each) >= least)
        return next(found, None)

    def _lines(self, file: str) -> list[list[str]]:
        path = resolve_inside(self.root, PurePosixPath("/etc") / file, device=self.device)
        if not path.is_file():
            return []
        return [line.split(":") for line in path.read_text(errors="replace").splitlines()]
