"""What a command says to whoever started it, and how it ends when nobody listens any more."""

import contextlib
import os
import sys
import traceback

from installer.errors import ExitCode
from installer.printable import printable_lines
from installer.text import _


def let_go() -> None:
    """Python flushes its output when it ends, and exits with 120 of its own where that fails."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def say(text: str) -> None:
    """Print what a command is for. Raises OSError where it does not arrive."""
    print(text, flush=True)


def fail(text: str, code: ExitCode) -> ExitCode:
    """Say on standard error why it comes to no good end; the value is `code`."""
    with contextlib.suppress(OSError):
        print(printable_lines(text), file=sys.stderr, flush=True)
    return code


def unexpected(error: Exception) -> ExitCode:
    """Keep the traceback in a file, and name it."""
    import tempfile

    with tempfile.NamedTemporaryFile(
        "w", prefix="atomos-install-", suffix=".log", delete=False
    ) as log:
        traceback.print_exception(error, file=log)
    return fail(
        _("An unexpected error ({kind}). Its details are in {log}: please report it.").format(
            kind=type(error).__name__, log=log.name
        ),
        ExitCode.FAILED,
    )
