"""Addresses of files, as they may be shown."""

from urllib.parse import unquote, urlsplit, urlunsplit


def printable(url: str) -> str:
    """`url` without user, password, query and fragment: any of them may be a credential."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def host_of(url: str) -> str:
    """Its host and port: a release server beside another one is told apart by the port."""
    return urlsplit(printable(url)).netloc


def is_web(url: str) -> bool:
    """Whether a web server gives the file, which can be asked for parts of it."""
    return urlsplit(url).scheme in ("http", "https")


def file_name(url: str) -> str:
    """The name of the file that `url` points to."""
    return unquote(urlsplit(url).path.rpartition("/")[2])
