"""What has to be typed: a word before something is lost, or the passphrase of the disk."""

import contextlib
import getpass
import sys

from installer.errors import Refused
from installer.printable import printable_lines
from installer.secret import Secret
from installer.text import _


def nobody_can_type() -> bool:
    """Whether standard input is no terminal."""
    return not sys.stdin.isatty()


def typed_or_refused(word: str, what: str, *, given: str | None) -> None:
    """Show `what` and come back when `word` was typed, or `given` as an option.

    It is asked on standard error, so that standard output has the answer alone. Raises Refused for
    another word.
    """
    print(printable_lines(what), file=sys.stderr, flush=True)
    typed = given
    if typed is None:
        prompt = _("Type {word} if this is meant: ").format(word=word)
        print(prompt, end="", file=sys.stderr, flush=True)
        with contextlib.suppress(EOFError):
            typed = input()
    if (typed or "").strip() != word:
        raise Refused.because(
            _("The word {word} was not given: nothing is reset.").format(word=word),
            _("Start again, and type it as it stands there."),
        )


def passphrase() -> Secret:
    """The one of the disk: asked for at a terminal, unseen, else the first line of standard
    input."""
    if nobody_can_type():
        return Secret(sys.stdin.readline().rstrip("\n"))
    with contextlib.suppress(EOFError):
        return Secret(getpass.getpass(_("Passphrase of the disk: "), stream=sys.stderr))
    return Secret("")
