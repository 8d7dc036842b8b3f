"""What goes wrong with a file that is fetched, in words."""

from backends.addresses import printable
from installer.errors import InstallError
from installer.quantity import format_size
from installer.text import _


class SourceFailed(InstallError):
    """A file of the release could not be read. `missing` says that the server has no such file."""

    def __init__(
        self, what: str, *, tool_words: str = "", way_out: str = "", missing: bool = False
    ) -> None:
        super().__init__(
            what,
            tool_words=tool_words,
            way_out=way_out or _("Check the network and the address, then try again."),
        )
        self.missing = missing


class BrokenOff(SourceFailed):
    """It ended before its end, or could not begin; another try may come further."""


class Absent(SourceFailed):
    """The medium that it is on is not connected."""


def broken_off(url: str, came: int, size: int | None, words: str) -> BrokenOff:
    """The connection ended after `came` bytes of `size`, as `words` say in the library's words."""
    if size is None:
        what = _("{url} broke off after {came}")
    else:
        what = _("{url} broke off after {came} of {size} ({came_bytes} of {size_bytes} bytes)")
    return BrokenOff(
        what.format(
            url=printable(url),
            came=format_size(came),
            size=format_size(size or 0),
            came_bytes=came,
            size_bytes=size,
        ),
        tool_words=words,
    )


def changed_meanwhile(url: str, came: int) -> SourceFailed:
    """The file is not the one any more whose first `came` bytes were read."""
    what = _("{url} was changed on the server while it was fetched (after {came})")
    return SourceFailed(
        what.format(url=printable(url), came=format_size(came)),
        way_out=_("Wait until the release is complete on the server, then try again."),
    )


def other_range(url: str, came: int, told: str) -> SourceFailed:
    """Asked for what follows after `came` bytes, the server sends another part of the file."""
    what = _("{url} was asked for from byte {came} on, but the server sends another part ({told})")
    return SourceFailed(
        what.format(url=printable(url), came=came, told=told or _("it does not say which")),
        way_out=_("Tell whoever runs the server or the proxy; another mirror may do."),
    )


def packed_on_the_way(url: str, coding: str) -> SourceFailed:
    """Something changes the file while it is sent, although that was asked not to happen."""
    what = _("{url} comes packed ({coding}) by the server or by a proxy on the way")
    return SourceFailed(
        what.format(url=printable(url), coding=coding),
        way_out=_("Ask for a server or a proxy that sends files as they are."),
    )


def a_page(url: str) -> str:
    """To be added where something else came, and it is a page for people."""
    return _("what came from {url} is a web page: does this network ask for a login first?").format(
        url=printable(url)
    )
