"""What a person has on a disk before a reinstallation, and must have afterwards."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

from backends.mounts import Mounts
from backends.runner import Runner
from installer.layout import VOLUME_GROUP, VOLUMES, Role, partition_path
from tests.faults.layouts import PASSPHRASE, Layout

_BYTES = 200_000
_SMALL = 700
"""A file that BTRFS keeps inside its metadata."""


def leave_belongings(disk: str, layout: Layout, mounts: Mounts) -> None:
    """Put some into an installation of `layout` on `disk`."""
    dice = random.Random(0)
    with data_of(disk, layout) as data, mounts.device(data, "btrfs", read_only=False) as top:
        letters = top / "@home" / "ada" / "letters"
        letters.mkdir(parents=True, exist_ok=True)
        (letters / "long").write_bytes(dice.randbytes(_BYTES))
        (letters / "short").write_bytes(dice.randbytes(_SMALL))
        (letters / "link").symlink_to("long")
        store = top / "@nix" / "store" / "0abc-hello"
        store.mkdir(parents=True)
        (store / "hello").write_text("hello\n")
        (store / "hello").chmod(0o555)
        mine = top / "@var" / "lib" / "mine"
        mine.mkdir(parents=True)
        (mine / "file").write_text("of the old system\n")


def missing_belongings(top: Path, *, var: bool, nix: bool = True) -> str:
    """What is not as `leave_belongings` left it, in the data mounted there; also of /var, /nix."""
    dice = random.Random(0)
    files = {
        "@home/ada/letters/long": dice.randbytes(_BYTES),
        "@home/ada/letters/short": dice.randbytes(_SMALL),
        **({"@nix/store/0abc-hello/hello": b"hello\n"} if nix else {}),
        **({"@var/lib/mine/file": b"of the old system\n"} if var else {}),
    }
    for name, content in files.items():
        try:
            found = (top / name).read_bytes()
        except OSError as error:
            return f"{name}: {error.strerror}"
        if found != content:
            return f"{name} is not what it was"
    return ""


@contextlib.contextmanager
def data_of(disk: str, layout: Layout) -> Iterator[str]:
    """Device node of the data of an installation that is closed; closed again at the end."""
    number = 7 if not layout.encrypted else 5
    partition = partition_path(disk, number)
    if not layout.encrypted:
        yield partition
        return
    run = Runner().run
    key = PASSPHRASE.reveal()
    run(["cryptsetup", "open", "--key-file=-", partition, VOLUME_GROUP], stdin=key, timeout=60)
    try:
        run(["lvm", "vgchange", "--activate", "y", VOLUME_GROUP], timeout=60)
        yield f"/dev/{VOLUME_GROUP}/{VOLUMES[Role.DATA]}"
    finally:
        run(["lvm", "vgchange", "--activate", "n", VOLUME_GROUP], timeout=60)
        run(["cryptsetup", "close", VOLUME_GROUP], timeout=60)
