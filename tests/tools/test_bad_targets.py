"""Bad targets: named, in words, and nothing left that could be mounted."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.image_source import ImageSource
from backends.images import DirectImages
from installer.errors import InstallError
from installer.quantity import MIB
from installer.release import ReleaseFile
from tests.faults.failing_disk import Bad, FailingDisk, failing_disk
from tests.tools.conftest import LoopMaker, random_image

SIZE = 7 * MIB + 4096 + 17
DEVICE = 8 * MIB
OLD = b"\xee"
LAST = SIZE // 512 * 512


@pytest.fixture
def image(tmp_path: Path) -> ReleaseFile:
    return random_image(tmp_path / "image", SIZE)


@pytest.fixture
def other(loop: LoopMaker) -> str:
    """A slot that nothing is wrong with, full of what was there before."""
    device = loop(DEVICE)
    Path(device).write_bytes(OLD * DEVICE)
    return device


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[FailingDisk]:
    raw = tmp_path / "disk.raw"
    raw.write_bytes(OLD * DEVICE)
    # With sectors of 512 bytes, a write that begins within a page comes to the file in two parts,
    # and of one whose second part fails Linux 6.18's loop driver says that all is well.
    with failing_disk(raw, sector=4096) as disk:
        yield disk


def head(device: str) -> bytes:
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    with Path(device).open("rb") as file:
        return file.read(MIB)


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def refused(
    image: ReleaseFile,
    targets: tuple[str, ...],
    words: str,
    progress: Callable[[int, int], None] = silent,
) -> InstallError:
    with pytest.raises(InstallError, match=words) as caught:
        DirectImages(ImageSource(), reads_back=True).write(image, targets, progress)
    assert caught.value.way_out
    return caught.value


@pytest.mark.parametrize("place", [0, MIB, 4 * MIB, LAST, MIB - 512])
@pytest.mark.parametrize("first", [True, False])
def test_a_write_error(
    failing: FailingDisk, other: str, image: ReleaseFile, place: int, first: bool
) -> None:
    failing.fail(Bad(start=place, length=1))
    targets = (failing.path, other) if first else (other, failing.path)
    error = refused(image, targets, f"^{failing.path} reports an input/output error")
    assert error.device == failing.path
    if place >= MIB:
        assert head(failing.path) == bytes(MIB)
    # A first MiB that cannot be written stops all before the second target is touched, or after.
    assert head(other) == (OLD * MIB if place < MIB and first else bytes(MIB))


def test_a_device_that_vanishes(failing: FailingDisk, other: str, image: ReleaseFile) -> None:
    gone: list[int] = []

    def vanish(done: int, total: int) -> None:
        if not gone:
            gone.append(done)
            failing.vanish()

    error = refused(image, (other, failing.path), f"^{failing.path} ", vanish)
    assert error.device == failing.path
    assert gone
    assert head(other) == bytes(MIB)


def test_whatever_gives_the_room_is_full(
    tmp_path: Path, loop: LoopMaker, other: str, image: ReleaseFile
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4M", "tmpfs", small], check=True)
    try:
        file = small / "disk"
        with file.open("wb") as made:
            made.truncate(DEVICE)
        device = loop(file=file)
        error = refused(image, (other, device), f"^{device} ")
        assert error.device == device
        assert [head(other), head(device)] == [bytes(MIB)] * 2
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


def _read_only(device: str) -> contextlib.AbstractContextManager[object]:
    subprocess.run(["blockdev", "--setro", device], check=True)
    return contextlib.nullcontext()


def _held(device: str) -> contextlib.AbstractContextManager[object]:
    descriptor = os.open(device, os.O_RDONLY | os.O_EXCL)
    return contextlib.closing(os.fdopen(descriptor, "rb"))


@pytest.mark.parametrize(
    ("spoil", "words"), [(_read_only, "cannot be written to"), (_held, "is in use by")]
)
def test_refused_before_anything_is_written(
    loop: LoopMaker,
    other: str,
    image: ReleaseFile,
    spoil: Callable[[str], contextlib.AbstractContextManager[object]],
    words: str,
) -> None:
    device = loop(DEVICE)
    Path(device).write_bytes(OLD * DEVICE)
    with spoil(device):
        error = refused(image, (other, device), f"^{device} {words}")
    assert error.device == device
    assert [head(other), head(device)] == [OLD * MIB] * 2


def test_missing(other: str, image: ReleaseFile) -> None:
    refused(image, (other, "/dev/atomos-missing"), "^/dev/atomos-missing is not there$")
    assert head(other) == OLD * MIB


def test_a_device_given_twice(other: str, image: ReleaseFile) -> None:
    refused(image, (other, other), f"^{other} is in use by something else$")
    assert head(other) == OLD * MIB
