"""The word that the image's ``/usr/lib/atomos/home`` finds when a person logs in."""

from pathlib import Path, PurePosixPath
from typing import Final

from backends.inside import resolve_inside
from backends.whole_file import put_bytes
from installer.errors import InstallError
from installer.text import _

FOLDER: Final = PurePosixPath("/etc/atomos/home")


class HomeWish:
    """The file of `user` in the whole tree at `root`, whose image lies on `slot`."""

    def __init__(self, root: Path, slot: str, user: str) -> None:
        self._path = resolve_inside(root, FOLDER / user, device=slot)
        self._slot = slot

    def write(self, flake: str | None) -> None:
        """Lines of ``name=value``, as a shell reads them. Raises OSError."""
        self._path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        put_bytes(self._path, _text(flake), mode=0o644)

    def verify(self, flake: str | None) -> None:
        """Raises InstallError unless the file says so."""
        if not self._path.is_file() or self._path.read_bytes() != _text(flake):
            raise InstallError(
                _("{path} of the installed system is not what was written there").format(
                    path=FOLDER / self._path.name
                ),
                device=self._slot,
                way_out=_("Start the installation again; if it stays so, use another disk."),
            )


def _text(flake: str | None) -> bytes:
    return f"mode=deferred\nflake={flake or ''}\n".encode()
