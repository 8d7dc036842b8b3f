"""Plain mode on a real pty: by itself where TERM=dumb; the terminal is always left usable."""

import os
import re
import signal
import string
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from installer.errors import Refused
from screens.front_end import FrontEnd, can_draw, front_end
from tests.unit.plain_terminal import PASSPHRASE, PASSWORD
from tests.waiting import end, until

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 20.0
LOCAL = 3
PAPER = set(string.printable.encode()) - set(b"\x0b\x0c")
Child = "pexpect.spawn[bytes]"


@contextmanager
def started(scene: str, *options: str, term: str = "dumb") -> Iterator["pexpect.spawn[bytes]"]:
    """The installer on a terminal that has this name."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    child: pexpect.spawn[bytes] = pexpect.spawn(
        sys.executable,
        ["-m", "tests.unit.plain_child", scene, *options],
        cwd=str(ROOT),
        env={**kept, "TERM": term, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)},
        dimensions=(24, 80),
        timeout=DEADLINE_SECONDS,
    )
    try:
        yield child
    finally:
        end(child)


def echoes(child: "pexpect.spawn[bytes]") -> bool:
    """Whether the terminal shows what is typed."""
    return bool(termios.tcgetattr(child.child_fd)[LOCAL] & termios.ECHO)


class Reader:
    """Keeps all that came."""

    def __init__(self, child: "pexpect.spawn[bytes]") -> None:
        self.child = child
        self.sent = b""

    def line(self, question: str, typed: str) -> None:
        """Wait for a question, and answer it."""
        self.child.expect(question.encode())
        self.sent += (self.child.before or b"") + bytes(self.child.after)  # type: ignore[arg-type]
        self.child.send(f"{typed}\r")

    def ends(self) -> int:
        """Exit status."""
        self.child.expect(pexpect.EOF)
        self.sent += self.child.before or b""
        self.child.wait()
        assert self.child.exitstatus is not None
        return self.child.exitstatus


TO_PASSPHRASE = (
    (r"Release \[http[^:]*:[^:]*:[^:]*: ", ""),
    (r"UNSIGNED, yes or no \[no\]: ", "yes"),
    (r"688 MiB\s+Number \[1\]: ", ""),
    (r"Number of the disk \[1\]: ", "2"),
    (r"Recovery on this disk [^:]*: ", ""),
    (r"Encrypt this disk [^:]*: ", ""),
)


def test_a_dumb_terminal_is_asked_line_by_line_to_the_end() -> None:
    with started("fresh") as child:
        reader = Reader(child)
        for question, typed in TO_PASSPHRASE:
            reader.line(question, typed)
        child.expect("Passphrase: ")
        assert not echoes(child)
        child.send(f"{PASSPHRASE}\r")
        reader.line("Passphrase again: ", PASSPHRASE)
        child.expect("Make a recovery key[^:]*: ")
        assert echoes(child)
        child.send("\r")
        child.expect(r"(([a-z]{8}-){3}[a-z]{8})\s+It is written down[^:]*: ")
        key = child.match.group(1).decode()  # type: ignore[union-attr]
        child.send("yes\r")
        child.expect(r"Type group (\d) of 4: ")
        child.send(key.split("-")[int(child.match.group(1)) - 1] + "\r")  # type: ignore[union-attr]
        for question, typed in (
            (r"Number \[1\]: ", ""),
            ("Full name, optional: ", "Ada Lovelace"),
            ("Login name, for example ada: ", "ada"),
            (r"Host name \[atomos\]: ", "engine"),
            ("Password: ", PASSWORD),
            ("Password again: ", PASSWORD),
            ("with home-manager, yes or no[^:]*: ", ""),
            ("at the first login, yes or no[^:]*: ", ""),
            ("Flake[^:]*: ", ""),
            ("Flatpaks[^:]*: ", ""),
            (r"Time zone \[UTC\]: ", ""),
            ("Disk's name: ", "vda"),
            (r"AtomOS is installed(?s:.*)Number: ", "1"),
        ):
            reader.line(question, typed)
        assert reader.ends() == 0
        assert b"the machine would restart" in reader.sent
        assert set(reader.sent) <= PAPER
        assert not re.search(rb"\r(?!\n)", reader.sent), "nothing is drawn over"
        for secret in (PASSPHRASE, PASSWORD):
            assert secret.encode() not in reader.sent


@pytest.mark.parametrize("way", ["interrupted", "terminated", "hung up", "left", "crash"])
def test_the_echo_comes_back_however_it_ends(way: str) -> None:
    with started("crash" if way == "crash" else "fresh") as child:
        reader = Reader(child)
        for question, typed in TO_PASSPHRASE:
            reader.line(question, typed)
        child.expect("Passphrase: ")
        until(lambda: not echoes(child), "the echo to go", within=DEADLINE_SECONDS)
        match way:
            case "interrupted":
                child.send("\x03")
                child.expect("to leave, Enter to stay: ")
                child.send("\x03")
            case "terminated":
                child.kill(signal.SIGTERM)
            case "hung up":
                child.kill(signal.SIGHUP)
            case "left":
                child.send("quit\r")
                reader.line("to leave, Enter to stay: ", "yes")
            case "crash":
                child.send(f"{PASSPHRASE}\r")
                for question, typed in (
                    ("Passphrase again: ", PASSPHRASE),
                    ("Make a recovery key[^:]*: ", "no"),
                    (r"Number \[1\]: ", ""),
                    ("Full name[^:]*: ", ""),
                    ("Login name[^:]*: ", "ada"),
                    ("Host name[^:]*: ", ""),
                    ("Password: ", PASSWORD),
                    ("Password again: ", PASSWORD),
                    ("with home-manager, yes or no[^:]*: ", ""),
                    ("at the first login, yes or no[^:]*: ", ""),
                    ("Flake[^:]*: ", ""),
                    ("Flatpaks[^:]*: ", ""),
                    (r"Time zone \[UTC\]: ", ""),
                    ("Disk's name: ", "vda"),
                ):
                    reader.line(question, typed)
        if way != "hung up":
            child.expect(pexpect.EOF)
        until(lambda: not child.isalive(), "its end", within=DEADLINE_SECONDS)
        assert echoes(child)


def test_control_characters_and_bytes_that_are_no_text_end_nothing() -> None:
    with started("fresh") as child:
        child.expect(r"Release \[")
        child.send(b"\x1a\x1c\xff\xfe\r")  # Ctrl+Z, Ctrl+\, noise
        child.expect("Begin with https://")
        child.send("\x04")
        child.expect("to leave, Enter to stay: ")
        child.send("\r")
        child.expect("Release")
        assert child.isalive()


def test_a_run_that_is_joined_is_left_with_ctrl_c() -> None:
    with started("joined") as child:
        child.expect("about 0:05 left|nothing new for")
        child.send("\x03")
        child.expect("The installation goes on without this screen.")
        child.expect("yes to leave, Enter to stay:")
        child.send("yes\r")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0


def test_a_terminal_that_is_taken_away_ends_it() -> None:
    with started("joined") as child:
        child.expect("about 0:05 left|nothing new for")
        os.close(child.child_fd)
        process = child.ptyproc  # type: ignore[attr-defined]  # types-pexpect leaves it out
        process.closed = True
        until(lambda: not process.isalive(), "its end", within=DEADLINE_SECONDS)
        assert process.exitstatus == 0


def test_without_a_terminal_it_says_what_to_do_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.plain_child", "fresh", "--plain"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 3
    assert "Standard input is no terminal" in done.stdout
    assert "atomos-install run --answers FILE" in done.stdout


@pytest.mark.parametrize(
    ("plain", "writes", "term", "front"),
    [
        (False, True, "linux", FrontEnd.SCREENS),
        (False, True, "vt220", FrontEnd.SCREENS),
        (False, True, "xterm-256color", FrontEnd.SCREENS),
        (False, True, "a-terminal-of-tomorrow", FrontEnd.SCREENS),
        (True, True, "linux", FrontEnd.LINES),
        (False, False, "linux", FrontEnd.LINES),
        (False, True, "dumb", FrontEnd.LINES),
        (False, True, "", FrontEnd.LINES),
        (False, True, "unknown", FrontEnd.LINES),
    ],
)
def test_who_gets_lines(plain: bool, writes: bool, term: str, front: FrontEnd) -> None:
    chosen = front_end(plain=plain, reads_terminal=True, writes_terminal=writes, term=term)
    assert chosen is front


@pytest.mark.parametrize("kind", ["cols#72, hc, cr=^M", "cols#72, cr=^M"])
def test_a_terminal_without_cursor_movement_by_terminfo_gets_lines(
    kind: str, tmp_path: Path
) -> None:
    """In another process: curses reads one terminal's description for good."""
    source = tmp_path / "paper.ti"
    source.write_text(f"paper33|a terminal, {kind}, bel=^G, cud1=^J,\n")
    subprocess.run(["tic", "-o", tmp_path, source], check=True, capture_output=True)
    code = "from screens.front_end import can_draw; print(can_draw('paper33'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "TERMINFO": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
    assert can_draw("vt220")
    assert can_draw("ansi"), "as terminfo says"


@pytest.mark.parametrize("plain", [True, False])
def test_nobody_is_asked_where_standard_input_is_no_terminal(plain: bool) -> None:
    with pytest.raises(Refused, match="no terminal"):
        front_end(plain=plain, reads_terminal=False, writes_terminal=True, term="linux")
