"""An image that is mounted, as those look into it who hold it to its contract."""

from pathlib import Path, PurePosixPath

from backends.file_errors import file_errors
from backends.inside import resolve_inside
from installer.contract import CONTRACT_PATH
from installer.errors import InstallError
from installer.text import _


class MountedImage:
    """The image at `root`; errors are about `device`, where it lies. See ImageTree."""

    def __init__(self, root: Path, device: str) -> None:
        self._root = root
        self._device = device

    def is_file(self, path: PurePosixPath) -> bool:
        """See ImageTree."""
        with file_errors(self._device):
            return self._resolved(path).is_file()

    def is_folder(self, path: PurePosixPath) -> bool:
        """See ImageTree."""
        inside = self._resolved(path.parent) / path.name
        with file_errors(self._device):
            return inside.is_dir() and not inside.is_symlink()

    def runs(self, path: PurePosixPath) -> bool:
        """See ImageTree."""
        found = self._resolved(path)
        with file_errors(self._device):
            return found.is_file() and bool(found.stat().st_mode & 0o111)

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        """See ImageTree."""
        found = self._resolved(path)
        with file_errors(self._device):
            return tuple(sorted(each.name for each in found.iterdir())) if found.is_dir() else ()

    def start_of(self, path: PurePosixPath, count: int) -> bytes:
        """See ImageTree."""
        found = self.file(path)
        with file_errors(self._device), found.open("rb") as opened:
            return opened.read(count)

    def file(self, path: PurePosixPath) -> Path:
        """Where a file of the image is, its links followed inside it. Raises InstallError."""
        found = self._resolved(path)
        if not found.is_file():
            raise InstallError(
                _("the image on {slot} has no file {path}").format(slot=self._device, path=path),
                device=self._device,
                way_out=_("Tell whoever made this image; another release may be right."),
            )
        return found

    def contract_text(self) -> bytes:
        """What stands in ``image.yaml``. Raises InstallError where there is none."""
        found = self.file(CONTRACT_PATH)
        with file_errors(self._device):
            return found.read_bytes()

    def _resolved(self, path: PurePosixPath) -> Path:
        return resolve_inside(self._root, path, device=self._device)
