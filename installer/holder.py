"""Who holds the lock of the installation: told to whoever comes second."""

import json
import os
import time
from dataclasses import dataclass
from typing import Final

from installer.revealed import revealed
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class Starter:
    """Who started an installation."""

    command: str
    """As a person types it: ``atomos-install run``."""
    terminal: str
    """Its device node; empty: none, as where a service starts it."""

    @classmethod
    def here(cls, command: str) -> "Starter":
        """`command` in this process, on the terminal that it has."""
        for descriptor in (0, 1, 2):
            try:
                return cls(command=command, terminal=os.ttyname(descriptor))
            except OSError:
                continue
        return cls(command=command, terminal="")


NOBODY: Final = Starter(command="", terminal="")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The process of a run that is on."""

    pid: int
    """0: one is about to begin."""
    since: float = 0.0
    """Seconds since the epoch."""
    starter: Starter = NOBODY

    def to_bytes(self) -> bytes:
        """What is written into the lock."""
        return json.dumps(revealed(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Holder":
        """The one in the lock; one that is about to begin where there is none, or half of one."""
        try:
            fields = json.loads(data)
            starter = Starter(**fields.pop("starter"))
            return cls(**fields, starter=starter)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls(pid=0)

    def words(self) -> str:
        """Who it is and since when, as a clause; empty for one that is about to begin."""
        if not self.pid:
            return ""
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.since))
        words = _("process {pid} since {when} UTC").format(pid=self.pid, when=when)
        if self.starter.command:
            place = self.starter.terminal or _("no terminal")
            words += ", " + _("started by `{command}` on {terminal}").format(
                command=self.starter.command, terminal=place
            )
        return words
