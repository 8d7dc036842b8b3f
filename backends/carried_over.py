"""What a new /var takes over of an old one: people, keys of the host, settings."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from backends.account_rows import AccountRows, clashes, merged
from backends.inside import resolve_inside
from backends.upper_etc import UpperEtc
from installer.errors import InstallError
from installer.text import _

CARRIED: Final = (
    "machine-id",
    "hostname",
    "hosts",
    "locale.conf",
    "default/locale",
    "default/keyboard",
    "vconsole.conf",
    "localtime",
    "timezone",
    "NetworkManager/system-connections",
)
"""Files and directories below /etc that are copied as they are."""
HOST_KEYS: Final = "ssh_host_*"
"""Below /etc/ssh: keys and their public halves (sshd(8))."""
OVERLAY_ATTRIBUTES: Final = "trusted.overlay."
"""Of the old overlay: they point into a slot that is written anew, or hide what is in the image."""


@dataclass(frozen=True, kw_only=True)
class CarriedOver:
    """From the upper directory `old` on `device`, for the image that is mounted at `image`."""

    old: UpperEtc
    image: Path
    device: str

    def require_no_clash(self) -> None:
        """Raises InstallError when people of the old system cannot live in the image."""
        found = clashes(self._image_accounts(), self.old.accounts())
        if found:
            raise InstallError(
                _("the accounts on {device} do not fit the image").format(device=self.device),
                device=self.device,
                tool_words="\n".join(found),
                way_out=_(
                    "Nothing of /var was changed. Keep /var as it is (keep: data-and-var), or use"
                    " another image."
                ),
            )

    def put(self, upper: Path) -> None:
        """Fill the empty directory `upper`. Raises OSError."""
        for name in self._names():
            path = PurePosixPath(name)
            source = self._source(path)
            if source is not None:
                self._make_parents(path, upper)
                _copy(source, upper / path)
        self._put_accounts(upper)

    def _put_accounts(self, upper: Path) -> None:
        """Write those account files that would not be the image's own ones anyway."""
        image = self._image_accounts()
        for name, text in merged(image, self.old.accounts()).items():
            if text == image.texts[name]:
                continue
            like = self._in_image(name)
            (upper / name).write_bytes(text.encode(errors="surrogateescape"))
            # Where the image has no such file, the old one says who may read it.
            _copy_attributes(like if like.is_file() else self.old.upper / name, upper / name)

    def _image_accounts(self) -> AccountRows:
        texts = {}
        for name in self.old.accounts().texts:
            path = self._in_image(name)
            known = path.is_file()
            texts[name] = path.read_bytes().decode(errors="surrogateescape") if known else ""
        return AccountRows(texts)

    def _in_image(self, name: str) -> Path:
        return resolve_inside(self.image, PurePosixPath("/etc") / name, device=self.device)

    def _names(self) -> Iterator[str]:
        yield from CARRIED
        ssh = self.old.upper / "ssh"
        if ssh.is_dir() and not ssh.is_symlink():
            yield from sorted(f"ssh/{path.name}" for path in ssh.glob(HOST_KEYS))

    def _source(self, path: PurePosixPath) -> Path | None:
        """The entry of the old directory itself, not behind links; None for what is not there."""
        source = self.old.upper / path
        parents = [self.old.upper / each for each in path.parents]
        if any(each.is_symlink() or not each.is_dir() for each in parents):
            return None
        return source if source.is_symlink() or source.exists() else None

    def _make_parents(self, path: PurePosixPath, upper: Path) -> None:
        """An upper directory's owner and mode become the merged one's: they are the image's."""
        for parent in reversed(path.parents[:-1]):
            if not (upper / parent).is_dir():
                (upper / parent).mkdir()
                like = self._in_image(str(parent))
                _copy_attributes(like if like.is_dir() else self.old.upper / parent, upper / parent)


def _copy(source: Path, target: Path) -> None:
    """A file, a link or a directory with all that is in it; whiteouts and the like are left out."""
    mode = source.lstat().st_mode
    if stat.S_ISLNK(mode):
        target.symlink_to(source.readlink())
    elif stat.S_ISREG(mode):
        shutil.copyfile(source, target)
    elif stat.S_ISDIR(mode):
        target.mkdir()
        for each in sorted(source.iterdir()):
            _copy(each, target / each.name)
    else:
        return
    _copy_attributes(source, target)


def _copy_attributes(source: Path, target: Path) -> None:
    """Owner, mode, extended attributes and times."""
    found = source.lstat()
    os.lchown(target, found.st_uid, found.st_gid)
    if not stat.S_ISLNK(found.st_mode):
        target.chmod(stat.S_IMODE(found.st_mode))
    for name in _attribute_names(source):
        value = os.getxattr(source, name, follow_symlinks=False)
        os.setxattr(target, name, value, follow_symlinks=False)
    times = (found.st_atime_ns, found.st_mtime_ns)
    os.utime(target, ns=times, follow_symlinks=False)


def _attribute_names(path: Path) -> list[str]:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as error:
        # A SquashFS in which no file has any was made without a table for them.
        if error.errno == errno.ENOTSUP:
            return []
        raise
    return [name for name in names if not name.startswith(OVERLAY_ATTRIBUTES)]
