"""The files of a mounted file system as lines of text, without what chance and the clock decide."""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.faults.bios_core_unpacked import unpacked
from tests.faults.names import LARGEST, Names

PIECE: Final = 1 << 20
SUBVOLUME_INODE: Final = 256
"""Inode number of the root of every BTRFS subvolume (btrfs(5))."""
CHANCE: Final = ("trusted.overlay.origin", "trusted.overlay.uuid")
"""Attributes that the kernel's overlayfs sets by itself: a file handle, a random UUID. Only that
they are there counts."""
_METHOD: Final = re.compile(r"(!*)(\$[^$]+\$|_)?(.*)")
"""A password field: locked or not, method, all the rest (crypt(5))."""
MACHINE_ID: Final = re.compile("[0-9a-f]{32}")


def tree_lines(tree: str, top: Path, names: Names) -> Iterator[str]:
    """One line or several for each file at and below `top`; `tree` begins each of them."""
    yield from _entry_lines(f"{tree} /", top, names)
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(folder, name)
            yield from _entry_lines(f"{tree} /{_printable(path.relative_to(top))}", path, names)


def _entry_lines(what: str, path: Path, names: Names) -> Iterator[str]:
    status = path.lstat()
    kind = _kind(status)
    line = f"{what} {kind} {stat.S_IMODE(status.st_mode):04o} {status.st_uid}:{status.st_gid}"
    if kind == "link":
        line += f" -> {_printable(names.in_text(str(path.readlink())))}"
    elif kind in ("char", "block"):
        line += f" {os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    elif kind == "file":
        if status.st_nlink > 1:
            line += f" links={status.st_nlink}"
        shown = _shown(path)
        if shown is None:
            line += f" sha256={digest(path, names)}"
        else:
            for number, text in enumerate(shown, start=1):
                yield f"{what} | {number:02} {_printable(names.in_text(text))}"
    yield line
    yield from _attribute_lines(what, path)


def _printable(text: object) -> str:
    return str(text).encode("unicode_escape").decode()


def _kind(status: os.stat_result) -> str:
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        return "subvolume" if status.st_ino == SUBVOLUME_INODE else "folder"
    tests: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("file", stat.S_ISREG),
        ("link", stat.S_ISLNK),
        ("char", stat.S_ISCHR),
        ("block", stat.S_ISBLK),
        ("fifo", stat.S_ISFIFO),
    )
    return next((kind for kind, test in tests if test(mode)), "socket")


def _attribute_lines(what: str, path: Path) -> Iterator[str]:
    for name in os.listxattr(path, follow_symlinks=False):
        value = "" if name in CHANCE else f"={os.getxattr(path, name, follow_symlinks=False)!r}"
        yield f"{what} xattr {name}{value}"


def digest(path: Path, names: Names) -> str:
    """SHA-256 of a file as it is once its identifiers are replaced; of a core, unpacked."""
    if path.stat().st_size <= LARGEST:
        data = path.read_bytes()
        return hashlib.sha256(_named(data, names)).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named(data: bytes, names: Names) -> bytes:
    core = unpacked(data)
    if core is None:
        return names.in_bytes(data)
    named = names.in_bytes(core)
    # As it is where nothing is replaced: then its packing is the same too.
    return data if named == core else named


def _shown(path: Path) -> list[str] | None:
    """What a file's lines are to be where its bytes are not all compared; None for any other."""
    place = "/".join(path.parts[-3:])
    if path.parts[-2] in ("etc", "upper"):
        if path.name.rstrip("-") in ("shadow", "gshadow"):
            return [_without_salt(path.name, line) for line in path.read_text().splitlines()]
        if path.name == "machine-id":
            found = path.read_text(errors="replace").removesuffix("\n")
            return ["32 hexadecimal digits" if MACHINE_ID.fullmatch(found) else found]
    if place == "log/atomos/install.jsonl":
        return []
    if re.fullmatch("grub/state[12]", "/".join(path.parts[-2:])):
        text = path.read_bytes().decode("latin-1")
        return [f"{len(text)} bytes", *text.rstrip("#").splitlines()]
    return None


def _without_salt(file: str, line: str) -> str:
    """A line of shadow(5) or gshadow(5): how a password is set, and not on which day."""
    fields = line.split(":")
    if len(fields) > 1:
        fields[1] = _how_set(fields[1])
    if file.startswith("shadow") and len(fields) > 2 and fields[2] not in ("", "0"):
        fields[2] = "day"
    return ":".join(fields)


def _how_set(field: str) -> str:
    if field.lstrip("!") in ("", "*", "x"):
        return field
    found = _METHOD.fullmatch(field)
    assert found is not None
    return f"{found[1]}set({found[2] or 'des'})"
