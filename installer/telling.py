"""What a command says to whoever started it, and how it ends when nobody listens any more."""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable

from installer.errors import AnswersInvalid, ExitCode, InstallError, Refused
from installer.printable import printable_lines
from installer.text import _


def to_status(deed: Callable[[], int], program: str) -> int:
    """Do what a command is for; the value is its exit status.

    Whatever goes wrong is told on standard error, and never as a traceback.
    """
    try:
        return deed()
    except AnswersInvalid as error:
        return fail(str(error), ExitCode.ANSWERS)
    except Refused as refusal:
        from installer.describe import describe_refusal

        return fail(describe_refusal(refusal), ExitCode.REFUSED)
    except InstallError as error:
        return fail(
            "\n".join(filter(None, (error.what, error.tool_words, error.way_out))), ExitCode.FAILED
        )
    except KeyboardInterrupt:
        return fail(_("Interrupted."), ExitCode.INTERRUPTED)
    except PermissionError as error:
        text = _("{file} is root's: start {program} with sudo.")
        return fail(text.format(file=error.filename, program=program), ExitCode.REFUSED)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody to tell.
        return ExitCode.INTERRUPTED
    except Exception as error:
        return _unexpected(error)
    finally:
        _let_go()


def _let_go() -> None:
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


def _unexpected(error: Exception) -> ExitCode:
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
