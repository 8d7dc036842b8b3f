"""A runner whose calls go wrong when they are told to, each by a real process that does."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from backends.runner import Completed, OnLine, Runner
from installer.errors import ToolFailed
from tests.faults.line import About, Do, InstallationEnd, What

WORDS: Final = "the fault matrix broke it"
"""The last words of a tool that was made to fail."""
STATUS: Final = 77
"""Its status: none that a backend takes for an answer."""
HANGS: Final = 1.0
"""Seconds that a tool which hangs is waited for."""
_FAILS: Final = ("sh", "-c", f"echo '{WORDS}' >&2; exit {STATUS}")
_IS_MISSING: Final = ("atomos-no-such-tool",)
_HANGS: Final = ("sleep", "infinity")
_MILLISECONDS: Final = 0.001
_FASTER: Final = ("luksFormat", "luksAddKey")
"""What cryptsetup measures for seconds how many iterations a passphrase shall take."""


class FaultyRunner(Runner):
    """Asks before each call what is to happen."""

    def __init__(
        self, on_line: OnLine, *, pulse: Callable[[], None], line: InstallationEnd
    ) -> None:
        super().__init__(on_line, pulse=pulse)
        self._line = line

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
        """See Runner. A broken call fails in the name of the tool that was to be called."""
        words = _quicker(tuple(argv))
        do = self._line.ask(About.CALL, argv=words, device=device, cleaning_up=cleaning_up)
        fake = _fake(do.what)
        if fake is not None:
            within = HANGS if do.what is What.HANG else timeout
            try:
                return super().run(fake, timeout=within, device=device)
            except ToolFailed as error:
                raise ToolFailed(words, error.status, error.tool_words, device=device) from None
        began = time.monotonic()
        with _Death(do):
            done = super().run(
                words,
                stdin=stdin,
                timeout=timeout,
                device=device,
                ok=ok,
                cleaning_up=cleaning_up,
            )
        self._line.ask(About.CALLED, seconds=time.monotonic() - began)
        return done


def die() -> None:
    """End this process as the kernel ends one when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def _fake(what: What) -> tuple[str, ...] | None:
    fakes = {What.FAIL: _FAILS, What.MISS: _IS_MISSING, What.HANG: _HANGS}
    return fakes.get(what)


def _quicker(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A passphrase by few iterations and little memory: an opening takes 0.1 s, where the fewest
    iterations that cryptsetup takes are 4 s on a kernel whose page faults are slow."""
    if argv[0] != "cryptsetup" or argv[1] not in _FASTER:
        return argv
    own = list(argv[2:])
    if "--pbkdf-memory" in own:
        own[own.index("--pbkdf-memory") + 1] = "1024"
    return (*argv[:2], "--pbkdf-force-iterations", "4", *own)


class _Death:
    """Kills this process while a tool runs, before it starts, or when it has ended."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def __enter__(self) -> None:
        if self._do.what is not What.DIE:
            return
        if 0 <= self._do.after < _MILLISECONDS:
            die()
        elif self._do.after > 0:
            timer = threading.Timer(self._do.after, die)
            timer.daemon = True
            timer.start()

    def __exit__(self, *_error: object) -> None:
        # However fast the tool was this time: it is the one that was to be survived.
        if self._do.what is What.DIE:
            die()
