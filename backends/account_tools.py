"""The programs of an image that make accounts: shadow-utils' as in most, or busybox'."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backends.account_files import Account

Run = Callable[..., None]
"""Runs one of the image's programs: its name, its arguments, and `stdin` where it reads one."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an account shall be."""

    name: str
    full_name: str
    shell: str
    groups: Sequence[str]
    """All further ones, which it does not leave."""


class AccountTools(Protocol):
    """What the installer has to have done. Each raises what `Run` raises."""

    def add(self, wanted: Wanted) -> None:
        """Make the account, with a group of its own; a home it may make or leave."""

    def change(self, found: Account, wanted: Wanted) -> None:
        """Make the account that is there already what is wanted; its number stays."""

    def set_password(self, line: str, *, hashed: bool) -> None:
        """``NAME:PASSWORD``, given where nobody else can read it."""

    def lock(self, name: str) -> None:
        """No password opens it any more."""


@dataclass(frozen=True)
class ShadowUtils:
    """useradd(8), usermod(8), chpasswd(8)."""

    run: Run

    def add(self, wanted: Wanted) -> None:
        """See `AccountTools`."""
        more = ["-G", ",".join(wanted.groups)] if wanted.groups else []
        self.run("useradd", "-m", "-U", *self._options(wanted), *more, wanted.name)

    def change(self, found: Account, wanted: Wanted) -> None:
        """See `AccountTools`; groups that are not wanted are left."""
        groups = ",".join(wanted.groups)
        self.run("usermod", *self._options(wanted), "-G", groups, found.name)

    def set_password(self, line: str, *, hashed: bool) -> None:
        """See `AccountTools`."""
        self.run("chpasswd", *(["-e"] if hashed else []), stdin=line)

    def lock(self, name: str) -> None:
        """See `AccountTools`."""
        self.run("usermod", "-L", name)

    def _options(self, wanted: Wanted) -> tuple[str, ...]:
        return "-c", wanted.full_name, "-s", wanted.shell


@dataclass(frozen=True)
class Busybox:
    """adduser, addgroup, deluser, chpasswd, passwd of busybox, as Alpine has them."""

    run: Run

    def add(self, wanted: Wanted) -> None:
        """See `AccountTools`. The home that it would make is one for everybody to read."""
        self._add(wanted)

    def change(self, found: Account, wanted: Wanted) -> None:
        """See `AccountTools`. busybox changes no account: it is taken away and made anew, with the
        same number; the home and what is in it stay."""
        self.run("deluser", found.name)
        self._add(wanted, "-u", str(found.uid))

    def set_password(self, line: str, *, hashed: bool) -> None:
        """See `AccountTools`. What it hashes by itself in some builds is DES, of eight letters."""
        self.run("chpasswd", *(["-e"] if hashed else ["-c", "sha512"]), stdin=line)

    def lock(self, name: str) -> None:
        """See `AccountTools`."""
        self.run("passwd", "-l", name)

    def _add(self, wanted: Wanted, *more: str) -> None:
        options = ("-D", "-H", "-g", wanted.full_name, "-s", wanted.shell)
        self.run("adduser", *options, *more, wanted.name)
        for group in wanted.groups:
            self.run("addgroup", wanted.name, group)
