"""Paths inside an image's tree, whose links must not lead out of it."""

from pathlib import Path, PurePosixPath
from typing import Final

from installer.errors import InstallError
from installer.text import _

LINKS_MAXIMUM: Final = 40
"""As many as Linux follows (path_resolution(7))."""


def resolve_inside(root: Path, path: PurePosixPath, *, device: str) -> Path:
    """Where `path` of the tree at `root` really is, its links followed as the image itself would.

    An absolute link begins at `root`. The last part need not exist. Raises InstallError, about
    `device`, for a link that climbs out of the tree or goes in a circle: /boot/vmlinuz pointing
    to ../../etc/shadow would copy the live system's.
    """
    todo = list(reversed(_parts(path)))
    found = root
    followed = 0
    while todo:
        part = todo.pop()
        if part == "..":
            if found == root:
                raise _outside(path, device)
            found = found.parent
            continue
        here = found / part
        if not here.is_symlink():
            found = here
            continue
        followed += 1
        if followed > LINKS_MAXIMUM:
            raise _circle(path, device)
        target = PurePosixPath(here.readlink())
        if target.is_absolute():
            found = root
        todo += reversed(_parts(target))
    return found


def _parts(path: PurePosixPath) -> list[str]:
    return [part for part in path.parts if part not in ("/", "//", ".")]


def _outside(path: PurePosixPath, device: str) -> InstallError:
    return InstallError(
        _("{path} of the image on {device} is a link that leads out of it").format(
            path=path, device=device
        ),
        device=device,
        way_out=_("Tell whoever made this image; another release may be right."),
    )


def _circle(path: PurePosixPath, device: str) -> InstallError:
    return InstallError(
        _("{path} of the image on {device} is a link that goes in a circle").format(
            path=path, device=device
        ),
        device=device,
        way_out=_("Tell whoever made this image; another release may be right."),
    )
