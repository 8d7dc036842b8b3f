"""An app on a pty of 80x24, with a clock: when it has painted, what a key costs, what it sends."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROWS, COLUMNS = 24, 80
TOO_LONG: Final = 120.0
"""Seconds, after which an app hangs."""
QUIET: Final = 0.25
"""Seconds without a byte, after which a key's effect is all there: fifteen of Textual's frames."""
DEAF: Final = 0.5
"""Seconds after which a key that nothing was painted for has no effect."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came for a key: seconds to the last byte of it, and how many bytes."""

    seconds: float
    size_bytes: int
    ran: float
    """Seconds of processor time, from the key until nothing had come for `QUIET`."""


class PtyApp:
    """A process on a terminal of its own. Seconds count from before it was started."""

    def __init__(self, master: int, process: "subprocess.Popen[bytes]", began: float) -> None:
        self._master = master
        self._process = process
        self._began = began
        self.sent = b""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def paints(self, *words: str) -> float:
        """Wait until all `words` were sent; after how many seconds that was."""
        wanted = [word.encode() for word in words]
        while not all(word in self.sent for word in wanted):
            if not self._read(TOO_LONG):
                raise RuntimeError(f"waited for {words}, and there was only {self.sent!r}")
        return time.monotonic() - self._began

    def waits_for(self, ready: int) -> None:
        """Take what it sends until there is a byte on `ready`."""
        deadline = time.monotonic() + TOO_LONG
        while ready not in select.select([ready, self._master], [], [], TOO_LONG)[0]:
            if not self._read(0.0) or time.monotonic() > deadline:
                raise RuntimeError(f"it ended on its way: {self.sent[-4000:]!r}")

    def comes_to_rest(self) -> None:
        """Until nothing has come for a while."""
        while self._read(DEAF):
            pass

    def press(self, key: bytes) -> Answer | None:
        """Press a key; None when nothing is painted for it."""
        while self._read(0.0):
            pass  # what came since the key before is no answer to this one
        ran = self.ran()
        before, pressed = len(self.sent), time.monotonic()
        os.write(self._master, key)
        if not self._read(DEAF):
            return None
        last = time.monotonic()
        while self._read(QUIET):
            last = time.monotonic()
        size = len(self.sent) - before
        return Answer(seconds=last - pressed, size_bytes=size, ran=self.ran() - ran)

    def type(self, keys: bytes) -> None:
        """Press keys, and do not wait for what comes of it."""
        os.write(self._master, keys)

    def sends_within(self, seconds: float) -> int:
        """How many bytes come in that time."""
        before, end = len(self.sent), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)
        return len(self.sent) - before

    def most_memory(self) -> int:
        """VmHWM of proc_pid_status(5), in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def processor_seconds(self) -> float:
        """Its own, user and system (proc_pid_stat(5)), children left out."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ran(self) -> float:
        """Seconds that its threads, as far as they live, were on a processor: finer than the ticks
        above, and the same on a machine that does other things too (sched-stats in Linux)."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 10**9

    def _read(self, timeout: float) -> bool:
        """Whether anything came in that time."""
        if not select.select([self._master], [], [], timeout)[0]:
            return False
        try:
            read = os.read(self._master, 65536)
        except OSError:  # EIO: the process has closed its terminal
            return False
        self.sent += read
        return bool(read)


@contextlib.contextmanager
def on_pty(argv: Sequence[str], *, term: str, inherits: tuple[int, ...] = ()) -> Iterator[PtyApp]:
    """`argv` on a new terminal of 80x24, killed at the end. `inherits`: descriptors it gets."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    began = time.monotonic()
    process = subprocess.Popen(
        argv,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        pass_fds=inherits,
        cwd=ROOT,
        env=environment(term),
    )
    os.close(slave)
    try:
        yield PtyApp(master, process, began)
    finally:
        process.kill()
        process.wait()
        os.close(master)


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of ours."""
    return (sys.executable, "-m", module, *arguments)


def environment(term: str) -> dict[str, str]:
    """Of whatever is measured: nothing of the caller's that Textual or Python would go by."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "TERM": term, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
