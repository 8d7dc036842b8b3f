"""``files/`` of a remix, which is laid over its base: looked at first, then put in place.

``python remix_files.py FILES TREE`` puts them; what is owned by whoever made the folder is root's
in the image, and nobody else's to write.
"""

import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

sys.path[:0] = [str(Path(__file__).parents[1])]

from backends.inside import resolve_inside  # noqa: E402
from installer.errors import InstallError  # noqa: E402

OTHERS_WRITE = 0o022
_KINDS = (
    (stat.S_ISBLK, "a device node"),
    (stat.S_ISCHR, "a device node"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def entries(top: Path) -> Iterator[PurePosixPath]:
    """All below `top`, folders before what is in them; links are not followed."""
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted([*folders, *files]):
            yield PurePosixPath(Path(folder, name).relative_to(top))


def digest_of_files(top: Path) -> str:
    """SHA-256 over names, modes and what is there, folders and links among it."""
    digest = hashlib.sha256()
    for each in entries(top):
        path = top / each
        facts = path.lstat()
        digest.update(os.fsencode(f"{each}\0{facts.st_mode:o}\0{facts.st_rdev}\0"))
        if stat.S_ISLNK(facts.st_mode):
            digest.update(os.fsencode(path.readlink()))
        elif stat.S_ISREG(facts.st_mode):
            with path.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def strange_files(top: Path, meant: tuple[str, ...]) -> Iterator[str]:
    """What nobody puts into an image without knowing it, each in a sentence, but those `meant`."""
    for each in entries(top):
        if str(each) in meant:
            continue
        what = _strangeness(top / each, each)
        if what:
            yield f"{top / each} is {what}"


def _strangeness(path: Path, inside: PurePosixPath) -> str:
    mode = path.lstat().st_mode
    for is_kind, name in _KINDS:
        if is_kind(mode):
            return name
    if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
        return "setuid" if mode & stat.S_ISUID else "setgid"
    if stat.S_ISLNK(mode) and _leads_out(PurePosixPath(path.readlink()), inside.parent):
        return f"a link that leads out of the image: {path.readlink()}"
    return ""


def _leads_out(target: PurePosixPath, folder: PurePosixPath) -> bool:
    """Whether the link climbs above the root; an absolute one begins at the image's own."""
    depth = 0 if target.is_absolute() else len(folder.parts)
    for part in target.parts:
        depth += -1 if part == ".." else part != "/"
        if depth < 0:
            return True
    return False


def lay(top: Path, tree: Path) -> None:
    """Put all of `top` into `tree`. Links of the tree are followed inside it, as /lib is one.

    Raises InstallError: a link of the tree leads out of it; OSError.
    """
    for each in entries(top):
        source = top / each
        facts = source.lstat()
        folder = resolve_inside(tree, PurePosixPath("/", each.parent), device=str(tree))
        target = folder / each.name
        if stat.S_ISDIR(facts.st_mode):
            _lay_folder(tree, each, stat.S_IMODE(facts.st_mode))
            continue
        if target.is_dir() and not target.is_symlink():
            raise InstallError(f"{each} is a folder of the base, and no folder in files/")
        target.unlink(missing_ok=True)
        if stat.S_ISLNK(facts.st_mode):
            target.symlink_to(source.readlink())
        elif stat.S_ISREG(facts.st_mode):
            shutil.copyfile(source, target)
        else:
            os.mknod(target, facts.st_mode, facts.st_rdev)
        os.chown(target, 0, 0, follow_symlinks=False)
        if not stat.S_ISLNK(facts.st_mode):
            target.chmod(stat.S_IMODE(facts.st_mode) & ~OTHERS_WRITE)


def _lay_folder(tree: Path, inside: PurePosixPath, mode: int) -> None:
    """A folder that is there stays as it is."""
    target = resolve_inside(tree, PurePosixPath("/", inside), device=str(tree))
    if target.is_dir():
        return
    if target.exists():
        raise InstallError(f"{inside} is a file of the base, and a folder in files/")
    target.mkdir()
    target.chmod(mode & ~OTHERS_WRITE)


def main() -> None:
    """Command line."""
    top, tree = map(Path, sys.argv[1:])
    try:
        lay(top, tree)
    except (InstallError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
