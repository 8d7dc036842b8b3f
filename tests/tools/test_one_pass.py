"""Written, read back behind the writing, and never mountable before both are right."""

import hashlib
import mmap
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.follower import Follower
from backends.image_source import ImageSource
from backends.images import DirectImages
from installer.errors import InstallError, Interrupted
from installer.quantity import MIB
from installer.release import ReleaseFile
from tests.tools.conftest import LoopMaker, random_image

SIZE = 84 * MIB + 4096 + 17
"""More than what the reading stays behind the writing."""
DEVICE = 88 * MIB


@pytest.fixture
def image(tmp_path: Path) -> ReleaseFile:
    return random_image(tmp_path / "image", SIZE)


@pytest.fixture
def images() -> DirectImages:
    return DirectImages(ImageSource(), reads_back=True)


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def never(done: int, total: int) -> None:
    pytest.fail("it was read again")


def head(device: str) -> bytes:
    with Path(device).open("rb") as file:
        return file.read(MIB)


def behind(file: Path, offset: int) -> None:
    """Flip a bit of what a device holds, behind the back of whoever writes to it."""
    with file.open("r+b") as changed:
        changed.seek(offset)
        old = changed.read(1)
        changed.seek(offset)
        changed.write(bytes([old[0] ^ 4]))


def once(when: Callable[[int], bool], deed: Callable[[], None]) -> Callable[[int, int], None]:
    done_already: list[int] = []

    def tell(done: int, total: int) -> None:
        if when(done) and not done_already:
            done_already.append(done)
            deed()

    return tell


def test_verified_in_the_same_run_and_read_whole_in_the_next(
    loop: LoopMaker, images: DirectImages, image: ReleaseFile, tmp_path: Path
) -> None:
    targets = (loop(DEVICE), loop(DEVICE, sector=4096))
    told: list[tuple[int, int]] = []
    images.write(image, targets, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (2 * SIZE, 2 * SIZE)
    for target in targets:
        images.verify(image, target, never)
        with Path(target).open("rb") as file:
            assert hashlib.sha256(file.read(SIZE)).hexdigest() == image.sha256
    behind(tmp_path / "disk0.img", 7 * MIB)
    with pytest.raises(InstallError, match=f"1 bytes from byte {7 * MIB} on are damaged"):
        images.verify(image, targets[0], silent)


@pytest.mark.parametrize("which", [0, 1])
def test_a_disk_that_damages_data_is_named_with_the_place(
    loop: LoopMaker,
    images: DirectImages,
    image: ReleaseFile,
    tmp_path: Path,
    which: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is damaged has been written by then (all blocks on their way are 20 MiB), and not read.
    monkeypatch.setattr("backends.paced.PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr("backends.follower.DISTANCE", 64 * MIB)
    targets = (loop(DEVICE), loop(DEVICE))
    damage = once(
        lambda done: done >= 48 * MIB, lambda: behind(tmp_path / f"disk{which}.img", 9 * MIB + 5)
    )
    words = f"^{targets[which]} does not read back as image was written: 1 bytes from byte"
    with pytest.raises(InstallError, match=rf"{words} {9 * MIB + 5} on are damaged$") as caught:
        images.write(image, targets, damage)
    assert caught.value.device == targets[which]
    assert [head(each) for each in targets] == [bytes(MIB)] * 2


@pytest.mark.parametrize("place", [MIB, 6 * MIB + 4096, 20 * MIB - 512, SIZE - 2 * MIB])
def test_what_is_overwritten_after_it_was_read_back(
    loop: LoopMaker,
    images: DirectImages,
    image: ReleaseFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: int,
) -> None:
    """As a stick does that claims more than it has: 2 MiB, wherever they are."""
    target = loop(DEVICE)
    look_again = Follower._look_again

    def overwritten_first(follower: Follower) -> None:
        with (tmp_path / "disk0.img").open("r+b") as disk:
            disk.seek(place)
            disk.write(bytes(2 * MIB))
        look_again(follower)

    monkeypatch.setattr(Follower, "_look_again", overwritten_first)
    with pytest.raises(InstallError, match=rf"bytes from byte {place // 10}\d+ on are"):
        images.write(image, (target,), silent)
    assert head(target) == bytes(MIB)


@pytest.mark.parametrize("moment", [20 * MIB, SIZE - MIB, SIZE + 50 * MIB])
def test_stopped_at_any_moment(
    loop: LoopMaker, images: DirectImages, image: ReleaseFile, moment: int
) -> None:
    targets = (loop(DEVICE), loop(DEVICE))

    stopped_at = 0

    def stop(done: int, total: int) -> None:
        nonlocal stopped_at
        stopped_at = 0 if done < moment else done
        if stopped_at:
            raise Interrupted

    with pytest.raises(Interrupted):
        images.write(image, targets, stop)
    # The last MiBs are read back between two tellings: then all was written when it was stopped.
    is_whole = stopped_at == 2 * SIZE
    with Path(image.url.removeprefix("file://")).open("rb") as opened:
        wanted = opened.read(MIB) if is_whole else bytes(MIB)
    assert [head(each) for each in targets] == [wanted] * 2
    # Nobody holds them any more.
    images.write(image, targets, silent)


def test_nothing_of_it_is_left_in_the_page_cache(
    loop: LoopMaker, images: DirectImages, image: ReleaseFile
) -> None:
    target = loop(DEVICE)
    images.write(image, (target,), silent)
    # Cached pages of the device itself, which fincore(1) asks for in the same way.
    with Path(target).open("r+b") as file, mmap.mmap(file.fileno(), DEVICE) as mapping:
        assert _cached_bytes(mapping) < 4 * MIB


def _cached_bytes(mapping: mmap.mmap) -> int:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    pages = (ctypes.c_ubyte * (len(mapping) // mmap.PAGESIZE))()
    start = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(mapping)))
    assert libc.mincore(start, ctypes.c_size_t(len(mapping)), pages) == 0
    return sum(each & 1 for each in pages) * mmap.PAGESIZE
