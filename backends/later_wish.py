"""The words that the installed system's services find: ``/usr/lib/atomos/home``, ``flatpaks``."""

from pathlib import Path, PurePosixPath
from typing import Final

from backends.inside import resolve_inside
from backends.whole_file import put_bytes
from installer.errors import InstallError
from installer.text import _

_FOLDER: Final = PurePosixPath("/etc/atomos")


def home_text(flake: str | None) -> str:
    """What the service reads of a home to be set up."""
    return f"mode=deferred\nflake={flake or ''}\n"


def flatpaks_text(apps: tuple[str, ...], url: str) -> str:
    """What the service reads of applications; the remote has the name of its description."""
    remote = PurePosixPath(url).stem
    return "".join((f"remote={remote}\nurl={url}\n", *(f"app={app}\n" for app in apps)))


class Wish:
    """The file `name` in /etc/atomos of the whole tree at `root`, whose image lies on `slot`.

    Lines of ``name=value``, as a shell reads them.
    """

    def __init__(self, root: Path, slot: str, name: str) -> None:
        self._shown = _FOLDER / name
        self._path = resolve_inside(root, self._shown, device=slot)
        self._slot = slot

    def write(self, text: str) -> None:
        """Write it, for everybody to read. Raises OSError."""
        _make_readable(self._path.parent)
        put_bytes(self._path, text.encode(), mode=0o644)

    def verify(self, text: str) -> None:
        """Raises InstallError unless the file says so."""
        if not self._path.is_file() or self._path.read_bytes() != text.encode():
            raise InstallError(
                _("{path} of the installed system is not what was written there").format(
                    path=self._shown
                ),
                device=self._slot,
                way_out=_("Try again; if it stays so, use another disk."),
            )


def _make_readable(folder: Path) -> None:
    """The folder and those above it that are missing. The process that installs keeps what it
    writes to root (umask), and mkdir heeds that: the service of the user never found its word."""
    if not folder.is_dir():
        _make_readable(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)
