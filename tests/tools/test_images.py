"""Images onto loop devices: right or not mountable at all, and read back from the disk."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.patience import Patience
from installer.errors import InstallError, Interrupted
from installer.quantity import MIB
from installer.release import ReleaseFile
from tests.faults.failing_disk import Access, Bad, failing_disk
from tests.tools.conftest import LoopMaker
from tests.tools.web import served

SIZE = 9 * MIB + 4096 + 17
"""Not whole in chunks, sectors or pages."""
OLD = b"\xee"


@pytest.fixture
def images() -> DirectImages:
    return DirectImages(ImageSource(patience=Patience(first_pause=0.01)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    (made / "image").write_bytes(os.urandom(SIZE))
    return made


@pytest.fixture
def web(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


def image_at(url: str, folder: Path, **changes: str) -> ReleaseFile:
    data = (folder / "image").read_bytes()
    digest = changes.get("sha256", hashlib.sha256(data).hexdigest())
    return ReleaseFile(url=url, size_bytes=len(data), sha256=digest)


def full_of_old(device: str) -> str:
    """Fill a device with what another image left."""
    with Path(device).open("r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        file.write(OLD * size)
        os.fsync(file.fileno())
    return device


def first_mib(device: str) -> bytes:
    with Path(device).open("rb") as file:
        return file.read(MIB)


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def test_onto_two_targets_and_back(
    loop: LoopMaker, images: DirectImages, web: str, folder: Path
) -> None:
    targets = (full_of_old(loop(12 * MIB)), full_of_old(loop(16 * MIB, sector=4096)))
    told: list[tuple[int, int]] = []
    image = image_at(f"{web}/image", folder)
    images.write(image, targets, lambda done, total: told.append((done, total)))
    assert told[-1] == (SIZE, SIZE)
    assert told == sorted(told)
    for target in targets:
        with Path(target).open("rb") as file:
            assert file.read(SIZE) == (folder / "image").read_bytes()
        images.verify(image, target, silent)


def put(device: str, data: bytes, place: int = 0) -> None:
    with Path(device).open("r+b", buffering=0) as file:
        file.seek(place)
        file.write(data)
        os.fsync(file.fileno())


def test_what_a_target_holds_is_read_once_and_no_source_is_asked(
    loop: LoopMaker, images: DirectImages, folder: Path
) -> None:
    target = full_of_old(loop(12 * MIB))
    image = image_at((folder / "gone").as_uri(), folder)
    assert not images.holds(image, target, silent)
    put(target, (folder / "image").read_bytes())
    told: list[tuple[int, int]] = []
    assert images.holds(image, target, lambda done, total: told.append((done, total)))
    assert told[-1] == (SIZE, SIZE)
    put(target, OLD, SIZE - 1)
    images.verify(image, target, silent)  # by that reading, and once
    with pytest.raises(InstallError):
        images.verify(image, target, silent)
    assert not images.holds(image, target, silent)
    # Too short a device, and none at all.
    assert not images.holds(image, loop(2 * MIB), silent)
    assert not images.holds(image, str(folder / "none"), silent)


def test_smaller_than_what_is_withheld(
    loop: LoopMaker, images: DirectImages, tmp_path: Path
) -> None:
    (tmp_path / "image").write_bytes(b"tiny")
    target = loop(2 * MIB)
    image = image_at((tmp_path / "image").as_uri(), tmp_path)
    images.write(image, (target,), silent)
    images.verify(image, target, silent)
    assert first_mib(target)[:5] == b"tiny\0"


def test_as_long_as_its_target(loop: LoopMaker, images: DirectImages, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(os.urandom(2 * MIB))
    target = loop(2 * MIB, sector=4096)
    image = image_at((tmp_path / "image").as_uri(), tmp_path)
    images.write(image, (target,), silent)
    images.verify(image, target, silent)


@pytest.mark.parametrize("fault", ["sha256", "short", "longer"])
def test_a_wrong_image_leaves_nothing_to_mount(
    loop: LoopMaker, images: DirectImages, web: str, folder: Path, fault: str
) -> None:
    target = full_of_old(loop(12 * MIB))
    right = image_at(f"{web}/image", folder)
    if fault == "sha256":
        image, words = image_at(right.url, folder, sha256="0" * 64), "SHA-256 of image"
    elif fault == "short":
        image = ReleaseFile(url=f"{web}/short/image", size_bytes=2 * SIZE, sha256=right.sha256)
        target = full_of_old(loop(24 * MIB))
        words = rf"broke off after 9 MiB of 18 MiB \({SIZE} of {2 * SIZE} bytes\)"
    else:
        image = ReleaseFile(url=f"{web}/nolength/image", size_bytes=SIZE - 1, sha256=right.sha256)
        words = "but more came"
    with pytest.raises(InstallError, match=words):
        images.write(image, (target,), silent)
    assert first_mib(target) == bytes(MIB)


def test_another_length_than_the_release_said_changes_nothing(
    loop: LoopMaker, images: DirectImages, web: str, folder: Path
) -> None:
    target = full_of_old(loop(12 * MIB))
    image = ReleaseFile(url=f"{web}/image", size_bytes=SIZE + 1, sha256="0" * 64)
    with pytest.raises(InstallError, match=f"should have {SIZE + 1} bytes, but {SIZE} are offered"):
        images.write(image, (target,), silent)
    assert first_mib(target) == OLD * MIB


def test_interrupted_leaves_nothing_to_mount(
    loop: LoopMaker, images: DirectImages, web: str, folder: Path
) -> None:
    target = full_of_old(loop(12 * MIB))

    def stop(done: int, total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        images.write(image_at(f"{web}/image", folder), (target,), stop)
    assert first_mib(target) == bytes(MIB)


def test_one_target_too_small_touches_none(
    loop: LoopMaker, images: DirectImages, web: str, folder: Path
) -> None:
    large, small = full_of_old(loop(12 * MIB)), full_of_old(loop(8 * MIB))
    with pytest.raises(InstallError, match=f"{small} has 8 MiB, 1 MiB too little") as caught:
        images.write(image_at(f"{web}/image", folder), (large, small), silent)
    assert caught.value.device == small
    assert first_mib(large) == OLD * MIB


def test_a_regular_file_is_no_target(images: DirectImages, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "vda4"
    target.write_bytes(OLD * 12 * MIB)
    with pytest.raises(InstallError, match="not a block device"):
        images.write(image_at((folder / "image").as_uri(), folder), (str(target),), silent)
    assert target.read_bytes() == OLD * 12 * MIB


@pytest.fixture
def written(loop: LoopMaker, images: DirectImages, folder: Path) -> str:
    """A device with the image, all of which the kernel has in memory too."""
    target = loop(12 * MIB)
    images.write(image_at((folder / "image").as_uri(), folder), (target,), silent)
    with Path(target).open("rb") as file:
        file.read(SIZE)
    return target


def behind_the_cache(folder: Path, offset: int, data: bytes) -> None:
    """Change what is on the device that was made first, without the kernel's knowledge."""
    with (folder / "disk0.img").open("r+b") as file:
        file.seek(offset)
        file.write(data)


def flipped(folder: Path, offset: int) -> bytes:
    """The image's byte at `offset`, with another lowest bit."""
    return bytes([(folder / "image").read_bytes()[offset] ^ 1])


@pytest.mark.parametrize("offset", [0, MIB - 1, 5 * MIB + 100, SIZE - 17])
def test_a_flipped_bit_is_found(
    images: DirectImages, written: str, folder: Path, tmp_path: Path, offset: int
) -> None:
    behind_the_cache(tmp_path, offset, flipped(folder, offset))
    words = f"{written} does not read back as image was written: 1 bytes from byte {offset} on are"
    with pytest.raises(InstallError, match=f"^{words} damaged$") as caught:
        images.verify(image_at((folder / "image").as_uri(), folder), written, silent)
    assert caught.value.device == written
    assert "damages data" in caught.value.way_out


def test_the_last_byte_is_found(
    images: DirectImages, written: str, folder: Path, tmp_path: Path
) -> None:
    behind_the_cache(tmp_path, SIZE - 1, flipped(folder, SIZE - 1))
    with pytest.raises(InstallError, match=f"1 bytes from byte {SIZE - 1} on are"):
        images.verify(image_at((folder / "image").as_uri(), folder), written, silent)


@pytest.mark.parametrize("offset", [0, 4 * MIB - 4096, 5 * MIB])
def test_a_lost_write_is_found(
    images: DirectImages, written: str, folder: Path, tmp_path: Path, offset: int
) -> None:
    behind_the_cache(tmp_path, offset, bytes(4096))
    # By chance the image itself has zeros at either end of it.
    image = (folder / "image").read_bytes()[offset : offset + 4096]
    first = offset + len(image) - len(image.lstrip(b"\0"))
    words = (
        f"{len(image.strip(bytes(1)))} bytes from byte {first} on are blank, that write was lost"
    )
    with pytest.raises(InstallError, match=words) as caught:
        images.verify(image_at((folder / "image").as_uri(), folder), written, silent)
    assert "loses data" in caught.value.way_out


def test_what_was_there_before_is_a_lost_write(
    images: DirectImages, written: str, folder: Path, tmp_path: Path
) -> None:
    old = bytes(each ^ 0xFF for each in (folder / "image").read_bytes()[5 * MIB : SIZE])
    behind_the_cache(tmp_path, 5 * MIB, old)
    words = f"{len(old)} bytes from byte {5 * MIB} on are something else, that write was lost"
    with pytest.raises(InstallError, match=words):
        images.verify(image_at((folder / "image").as_uri(), folder), written, silent)


@pytest.mark.parametrize(
    ("now", "reason"), [(None, "does not exist"), (b"another", "image is another one now")]
)
def test_without_its_source_the_place_is_not_known(
    images: DirectImages,
    written: str,
    folder: Path,
    tmp_path: Path,
    now: bytes | None,
    reason: str,
) -> None:
    image = image_at((folder / "image").as_uri(), folder)
    behind_the_cache(tmp_path, 5 * MIB, bytes(4096))
    (folder / "image").unlink()
    if now is not None:
        (folder / "image").write_bytes(now)
    words = rf"do not read back as image was written; where, is not known: .*{reason}"
    with pytest.raises(InstallError, match=words) as caught:
        images.verify(image, written, silent)
    assert caught.value.device == written


def test_an_interruption_ends_the_search(
    images: DirectImages,
    written: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backends.paced.PROGRESS_SECONDS", 0.0)
    behind_the_cache(tmp_path, 0, bytes(4096))
    told: list[int] = []

    def stop(done: int, total: int) -> None:
        told.append(done)
        if told.count(SIZE) > 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        images.verify(image_at((folder / "image").as_uri(), folder), written, stop)
    assert told == sorted(told)


@pytest.mark.parametrize("offset", [0, 5 * MIB, SIZE - 17])
def test_what_cannot_be_read_is_named(
    images: DirectImages, folder: Path, tmp_path: Path, offset: int
) -> None:
    raw = tmp_path / "disk.raw"
    raw.write_bytes((folder / "image").read_bytes() + bytes(MIB))
    with failing_disk(raw) as disk:
        disk.fail(Bad(start=offset, length=1, fails=(Access.READ,)))
        place = offset // 4096 * 4096
        words = f"{disk.path} reports an input/output error: it cannot be read from byte {place} on"
        with pytest.raises(InstallError, match=words) as caught:
            images.verify(image_at((folder / "image").as_uri(), folder), disk.path, silent)
        assert caught.value.device == disk.path
        disk.heal()
        images.verify(image_at((folder / "image").as_uri(), folder), disk.path, silent)


def test_copied_from_a_device(loop: LoopMaker, images: DirectImages, folder: Path) -> None:
    source, target = loop(10 * MIB), full_of_old(loop(12 * MIB))
    image = image_at("http://192.0.2.1/image", folder)
    with Path(source).open("r+b") as file:
        file.write((folder / "image").read_bytes())
    images.copy_device(source, image, target, silent)
    images.verify(image, target, silent)


def test_a_device_with_another_image_is_not_copied(
    loop: LoopMaker, images: DirectImages, folder: Path
) -> None:
    source, target = loop(10 * MIB), full_of_old(loop(12 * MIB))
    image = image_at("http://192.0.2.1/image", folder)
    with pytest.raises(InstallError, match="SHA-256 of image"):
        images.copy_device(source, image, target, silent)
    assert first_mib(target) == bytes(MIB)


def test_a_device_that_ends_early_is_not_copied(
    loop: LoopMaker, images: DirectImages, folder: Path
) -> None:
    source, target = loop(8 * MIB), full_of_old(loop(12 * MIB))
    with pytest.raises(InstallError, match=f"only {8 * MIB} came"):
        images.copy_device(source, image_at("http://192.0.2.1/image", folder), target, silent)
    assert first_mib(target) == bytes(MIB)
