"""An error that came before the first write, as a reason not to begin. Pure."""

from installer.errors import InstallError, Refused
from installer.text import _


def refusal_of(error: InstallError) -> Refused:
    """`error` with the tool's own words and a way out, or as it is when it is a refusal."""
    if isinstance(error, Refused):
        return error
    return Refused.because(
        ": ".join(filter(None, (error.what, error.tool_words))),
        error.way_out or _("Look at dmesg, then start again."),
    )
