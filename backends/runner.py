"""The only caller of subprocess and fork: runs the tools, starts the install process."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.pipes import Output, Pipes
from installer.errors import ToolFailed
from installer.text import _

LAST_LINES: Final = 20
"""Lines of a failed tool's words that are kept: mkfs and efibootmgr explain themselves in fewer."""
SEARCH_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Fixed: without /usr/sbin, as a desktop's terminal has it, no mkfs is found."""
PULSE_SECONDS: Final = 0.2
"""How long a tool can run on after somebody asked the run to stop."""
LINGER_SECONDS: Final = 1.0
"""How long after a tool's end its output is still read while a child of it holds the pipe."""

OnLine = Callable[[str, str], None]
"""Told `(tool, line)` for each line as it comes."""


@dataclass(frozen=True, kw_only=True)
class Completed:
    """How a tool ended, and all that it printed."""

    stdout: str
    stderr: str
    returncode: int


def _ignore_line(tool: str, line: str) -> None:
    """Nobody listens."""


def _never_stop() -> None:
    """Nobody stops the run."""


class _TimeIsUp(Exception):
    """The tool hangs."""


class Runner:
    """Runs tools, each to its end; may be shared by threads.

    `pulse` is called about five times a second while a tool runs; what it raises (Interrupted)
    ends the tool and goes on to the caller. `inherits`: what is run gets the caller's environment,
    as processes of this program do.
    """

    def __init__(
        self,
        on_line: OnLine = _ignore_line,
        *,
        pulse: Callable[[], None] = _never_stop,
        inherits: bool = False,
    ) -> None:
        self._on_line = on_line
        self._pulse = pulse
        self._inherits = inherits

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float,
        device: str | None = None,
        ok: tuple[int, ...] = (0,),
        cleaning_up: bool = False,
    ) -> Completed:
        """Run `argv` to its end, `stdin` on its standard input, at most `timeout` seconds.

        The tool gets a process group of its own, which is killed whole when time is up or when
        the caller is interrupted: mkfs or a chroot may have children that go on writing. `stdin`
        is where secrets go; it is never logged. When `cleaning_up`, `pulse` is not asked: a run
        that is to stop still has to unmount.

        Raises ToolFailed, about `device`, when the tool is missing, hangs, is killed, or ends
        with a status that is not in `ok`.
        """
        words = tuple(argv)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        tool = Path(argv[0]).name
        stdout = Output(lambda line: self._on_line(tool, line))
        stderr = Output(lambda line: self._on_line(tool, line))
        environment = None if self._inherits else _environment()
        process = _start(words, environment, with_stdin=data is not None, device=device)
        try:
            pipes = _pipes(process, data or b"", stdout, stderr)
            with contextlib.closing(pipes):
                _follow(process, pipes, timeout, _never_stop if cleaning_up else self._pulse)
        except _TimeIsUp:
            status = _("did not finish within {seconds:g} seconds").format(seconds=timeout)
            raise ToolFailed(words, status, _tail(stdout, stderr), device=device) from None
        finally:
            _end(process)
        if process.returncode not in ok:
            status = _status(process.returncode)
            raise ToolFailed(words, status, _tail(stdout, stderr), device=device)
        return Completed(stdout=stdout.text, stderr=stderr.text, returncode=process.returncode)

    def launch_detached(self, argv: Sequence[str], stdin: bytes, log: Path) -> None:
        """Start `argv` in a session of its own, `stdin` to read, its output appended to `log`.

        It lives on when the caller ends, however soon and however hard: its input is complete
        before it starts, in memory that belongs to no file system (memfd_create(2)), so that
        answers with a password in them touch no disk. `log` is made with mode 0600.

        Raises ToolFailed when it cannot be started, OSError when `log` cannot be opened.
        """
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        memory = os.memfd_create("stdin")
        try:
            with os.fdopen(os.dup(memory), "wb") as file:
                file.write(stdin)
            os.lseek(memory, 0, os.SEEK_SET)
            process = subprocess.Popen(
                argv, stdin=memory, stdout=output, stderr=output, start_new_session=True
            )
        except OSError as error:
            raise ToolFailed(tuple(argv), _("did not start"), str(error)) from error
        finally:
            os.close(memory)
            os.close(output)
        # Without somebody to wait for it, it would stay behind as a zombie while the caller lives.
        threading.Thread(target=process.wait, daemon=True).start()


def fork() -> int:
    """fork(2): 0 in the child, its process id in the parent. Only for a process without threads."""
    return os.fork()


def _follow(
    process: subprocess.Popen[bytes],
    pipes: Pipes,
    timeout: float,
    pulse: Callable[[], None],
) -> None:
    """Serve the pipes until the tool has ended. Raises _TimeIsUp, or what `pulse` raises."""
    deadline = time.monotonic() + timeout
    ended_at: float | None = None
    while pipes.open or ended_at is None:
        if ended_at is not None and time.monotonic() > ended_at + LINGER_SECONDS:
            # Once more: it may be this process that stood still, and not somebody who holds on.
            pipes.serve(0.0)
            return
        pipes.serve(PULSE_SECONDS) if pipes.open else _wait(process, PULSE_SECONDS)
        pulse()
        if ended_at is None and process.poll() is not None:
            ended_at = time.monotonic()
        if ended_at is None and time.monotonic() > deadline:
            raise _TimeIsUp


def _start(
    words: tuple[str, ...],
    environment: dict[str, str] | None,
    *,
    with_stdin: bool,
    device: str | None,
) -> subprocess.Popen[bytes]:
    """A tool in a session and process group of its own, away from the terminal's Ctrl-C."""
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.PIPE if with_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise ToolFailed(words, _("is not installed"), "", device=device) from None
    except OSError as error:
        raise ToolFailed(words, _("did not start"), str(error), device=device) from error


def _pipes(process: subprocess.Popen[bytes], data: bytes, stdout: Output, stderr: Output) -> Pipes:
    """The pipes of a tool; the end of its input becomes theirs to close."""
    assert process.stdout is not None
    assert process.stderr is not None
    stdin = os.dup(process.stdin.fileno()) if process.stdin else None
    if process.stdin:
        process.stdin.close()
    return Pipes(
        stdin=stdin,
        data=data,
        stdout=(process.stdout.fileno(), stdout),
        stderr=(process.stderr.fileno(), stderr),
    )


def _environment() -> dict[str, str]:
    """Nothing of the caller's environment but what a tool needs: words that can be read.

    libblkid's cache is off: mkfs.btrfs refused a UUID that a device had two seconds before.
    """
    return {
        "LC_ALL": "C.UTF-8",
        "PATH": SEARCH_PATH,
        "HOME": "/",
        "TERM": "dumb",
        "BLKID_FILE": "/dev/null",
    }


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Give a tool that closed its output `seconds` to end."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the tool's group when the tool itself did not end; reap it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _status(returncode: int) -> str:
    """How a tool ended, for a person."""
    if returncode >= 0:
        return _("ended with status {status}").format(status=returncode)
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = str(-returncode)
    return _("was killed by signal {name}").format(name=name)


def _tail(stdout: Output, stderr: Output) -> str:
    """The last lines that a tool said of its trouble."""
    text = stderr.text.strip() or stdout.text.strip()
    return "\n".join(text.splitlines()[-LAST_LINES:])
