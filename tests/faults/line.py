"""The line between an installation and the test that watches it: a question, and its answer.

The installation is a process that is killed on purpose, so all that is to be remembered, and all
that decides what goes wrong, is on the other side.
"""

import json
import socket
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

PATIENCE: Final = 0.2
"""Seconds between two looks whether the installation still lives."""


class About(StrEnum):
    """What the installation asks about."""

    EVENT = "event"
    """An event has been written to the journal: `line`."""
    CALL = "call"
    """A tool is about to be called: `argv`, `device`, `cleaning_up`."""
    CALLED = "called"
    """That call has ended well after `seconds`."""
    TELLING = "telling"
    """An operation is about to tell how far it is."""
    NOTING = "noting"
    """The journal on the disk is about to be written."""
    NOTED = "noted"
    """It has been."""
    LEAVING = "leaving"
    """It did not go well: everything on the disk is about to be unmounted and closed."""


class What(StrEnum):
    """What the installation is to do."""

    GO_ON = "go on"
    FAIL = "fail"
    MISS = "miss"
    HANG = "hang"
    DIE = "die"


@dataclass(frozen=True, kw_only=True)
class Do:
    """The answer."""

    what: What = What.GO_ON
    after: float = 0.0
    """How many seconds into the call the process dies; less than none: when it has ended."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question; of the fields those that its kind has."""

    about: About
    line: str = ""
    argv: tuple[str, ...] = ()
    device: str | None = None
    cleaning_up: bool = False
    seconds: float = 0.0


class InstallationEnd:
    """The installation's end of the line; may be shared by threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._lock = threading.Lock()

    def ask(self, about: About, **fields: object) -> Do:
        """Ask, and wait for the answer. A line that is gone answers nothing but "go on"."""
        with self._lock:
            try:
                self._stream.write(json.dumps({"about": about, **fields}).encode() + b"\n")
                self._stream.flush()
                answer: dict[str, Any] = json.loads(self._stream.readline() or b"{}")
            except OSError:
                answer = {}
        return Do(**{**answer, "what": What(answer.get("what", What.GO_ON))})


class TestEnd:
    """The test's end of the line."""

    __test__ = False

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(PATIENCE)
        self._rest = b""

    def close(self) -> None:
        """No more questions."""
        self._connection.close()

    def question(self) -> Question | None:
        """The next question; None when none came within `PATIENCE`, or the line is gone."""
        while b"\n" not in self._rest:
            try:
                came = self._connection.recv(1 << 16)
            except TimeoutError:
                return None
            except ConnectionError:
                came = b""
            if not came:
                return None
            self._rest += came
        line, _newline, self._rest = self._rest.partition(b"\n")
        fields: dict[str, Any] = json.loads(line)
        fields["about"] = About(fields["about"])
        fields["argv"] = tuple(fields.get("argv", ()))
        return Question(**fields)

    def answer(self, do: Do) -> None:
        """Answer the last question; whoever asked may be dead by now."""
        try:
            self._connection.sendall(
                json.dumps({"what": do.what, "after": do.after}).encode() + b"\n"
            )
        except ConnectionError:
            return
