"""A line to a virtual machine: read with a deadline, typed into, kept in a log."""

import itertools
import os
import re
import select
import socket
import sys
import termios
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import pexpect.fdpexpect
import pyte
from pexpect import spawn
from pexpect.fdpexpect import fdspawn

COLUMNS: Final = 80
ROWS: Final = 24
LEAVE: Final = b"\x1d"
"""Ctrl+], as telnet and virsh have it: the key that gives a person their terminal back."""
_MARK: Final = "atomos-mark-"
_ESCAPES: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])")


class NeverCame(AssertionError):
    """What was waited for did not come; says what, how long, and what stood there instead."""


class Log(Protocol):
    """Where what comes is kept."""

    def write(self, text: str, /) -> object:
        """All of it."""
        ...

    def flush(self) -> None:
        """At once."""
        ...

    def close(self) -> None:
        """No more comes."""
        ...


class Line:
    """Whatever a person has before them: what comes, and a picture of it."""

    def __init__(self, line: "fdspawn[str] | spawn[str]", log: Path) -> None:
        self._log: Log = log.open("a", encoding="utf-8")
        self._line = line
        self._line.logfile_read = self._log
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        self._marks = itertools.count(1)

    def log_to(self, log: Log) -> None:
        """What comes from now on is kept there."""
        self._log.close()
        self._log = log
        self._line.logfile_read = log

    def close(self) -> None:
        """Hang up."""
        self._log.close()

    def wait_for(self, pattern: str, *, within: float, what: str) -> re.Match[str]:
        """The match of a regular expression in what comes from now on.

        `within` is in seconds. Raises NeverCame.
        """
        try:
            self._line.expect(pattern, timeout=within)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            tail = without_escapes(str(self._line.before or ""))[-2000:]
            raise NeverCame(f"waited {within:.0f} s for {what}; the line said:\n{tail}") from error
        match = self._line.match
        assert isinstance(match, re.Match)
        return match

    def wait_for_any(self, patterns: dict[str, str], *, within: float) -> str:
        """Name of the first of several patterns (name to expression) that comes."""
        names = list(patterns)
        try:
            index = self._line.expect(list(patterns.values()), timeout=within)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            tail = without_escapes(str(self._line.before or ""))[-2000:]
            words = " or ".join(names)
            raise NeverCame(f"waited {within:.0f} s for {words}; the line said:\n{tail}") from error
        return names[index]

    def type(self, text: str) -> None:
        """Type `text` as it is; ``\\r`` is Enter."""
        self._line.send(text)

    def what_comes(self, *, within: float) -> str:
        """Whatever comes in the next `within` seconds, without escape sequences."""
        self._line.expect(pexpect.TIMEOUT, timeout=within)
        return without_escapes(str(self._line.before))

    def wait_for_silence(self) -> None:
        """Read on until nothing has come for two seconds; what came is forgotten."""
        while True:
            try:
                self._line.read_nonblocking(65536, timeout=2)
            except pexpect.TIMEOUT:
                return

    def run(self, command: str, *, within: float = 60) -> tuple[int, str]:
        """Exit status and output of a command at a shell prompt of this line."""
        # Each has a mark of its own: one that was given up may answer while the next one is waited
        # for. The marks are split in what is typed, so that its echo is not taken for the answer.
        mark = f"{_MARK}{next(self._marks)}"
        typed = f"{mark[:3]}''{mark[3:]}"
        self.type(f"echo {typed}; {command}; echo {typed}=$?=\r")
        what = f"the end of {command!r}"
        match = self.wait_for(rf"{mark}\r?\n(?s:(.*?)){mark}=(\d+)=\r?\n", within=within, what=what)
        output = without_escapes(match.group(1)).replace("\r\n", "\n").replace("\r", "")
        return int(match.group(2)), output.strip()

    def output_of(self, command: str, *, within: float = 60) -> str:
        """Output of a command that must succeed."""
        status, output = self.run(command, within=within)
        assert status == 0, f"{command!r} ended with status {status}:\n{output}"
        return output

    def choose(
        self,
        key: str,
        title: str,
        *,
        press: Callable[[str], None] | None = None,
        within: float = 120,
    ) -> None:
        """Start an entry of a GRUB menu by its hot key; `press` presses it on another keyboard.

        Pressed until the countdown stops: a key that comes while the firmware's console is being
        set up is lost. (GRUB says "Booting" only of an entry that was not started by its key.)
        """
        counting = r"executed automatically in \d"
        self.wait_for(counting, within=within, what=f"the menu with {title!r}")
        press = press or self.type
        while True:
            press(key)
            try:
                # On a busy machine seconds are long; what starts meanwhile says its words anyway.
                seen = self.wait_for(rf"{counting}|Booting", within=10, what="the countdown")
            except NeverCame:
                return
            if seen.group() == "Booting":
                raise NeverCame(f"GRUB did not take {key!r} and booted its default, not {title!r}")

    def forget_screen(self) -> None:
        """What it showed is gone: the next picture is of what comes from now on."""
        self._screen.reset()

    def screen_with(self, text: str, *, within: float) -> str:
        """Its picture as soon as that shows `text`. Raises NeverCame."""
        return self.screen_where(lambda picture: text in picture, repr(text), within=within)

    def screen_where(self, holds: Callable[[str], bool], what: str, *, within: float) -> str:
        """Its picture as soon as something holds of it; `what` says what. Raises NeverCame."""
        deadline = time.monotonic() + within
        while True:
            picture = "\n".join(self._screen.display)
            if holds(picture):
                return picture
            left = deadline - time.monotonic()
            if left <= 0:
                raise NeverCame(f"waited {within:.0f} s for {what}; the screen was:\n{picture}")
            try:
                self._stream.feed(self._line.read_nonblocking(65536, timeout=min(left, 1)))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF as error:
                raise NeverCame(f"the line ended before {what}; it was:\n{picture}") from error


class Serial(Line):
    """The serial line."""

    def __init__(self, path: Path, log: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        # Not pexpect's SocketSpawn: as of 4.9 it hands out bytes even with an encoding.
        line = pexpect.fdpexpect.fdspawn(
            self._socket.fileno(), encoding="utf-8", codec_errors="replace"
        )
        super().__init__(line, log)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        super().close()

    def hand_over(self) -> None:
        """Join the line with this process's own terminal until Ctrl+] or until it ends."""
        stdin = sys.stdin.fileno()
        before = termios.tcgetattr(stdin)
        line = self._socket.fileno()
        try:
            tty.setraw(stdin)
            while True:
                ready, _, _ = select.select([stdin, line], [], [])
                if line in ready:
                    data = os.read(line, 65536)
                    if not data:
                        return
                    os.write(sys.stdout.fileno(), data)
                if stdin in ready:
                    keys = os.read(stdin, 1024)
                    if LEAVE in keys:
                        return
                    os.write(line, keys)
        finally:
            termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def without_escapes(text: str) -> str:
    """`text` without terminal escape sequences."""
    return _ESCAPES.sub("", text)
