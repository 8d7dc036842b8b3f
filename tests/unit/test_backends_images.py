"""The order in which an image is written: seen on regular files, without root."""

import contextlib
import gc
import hashlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import zstandard

import backends.image_source
import backends.targets
from backends import block_device
from backends.blocks import Blocks
from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.read_back import Device
from backends.targets import Target
from backends.unpacked import PIECE, unpacked
from installer.errors import InstallError
from installer.hardware import SECTOR
from installer.quantity import KIB, MIB
from installer.release import ReleaseFile

DATA = bytes(range(256)) * (3 * MIB // 256) + b"end"


@pytest.fixture
def image(tmp_path: Path) -> ReleaseFile:
    file = tmp_path / "image"
    file.write_bytes(DATA)
    digest = hashlib.sha256(DATA).hexdigest()
    return ReleaseFile(url=file.as_uri(), size_bytes=len(DATA), sha256=digest)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    made = tmp_path / "slot"
    made.write_bytes(b"\xee" * 4 * MIB)
    return made


def silent(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass
class Disk:
    """What is flushed, and the sectors written since, of which a power cut leaves any."""

    flushed: bytearray
    written: dict[int, bytes] = field(default_factory=dict)
    flushes: list[tuple[bytes, tuple[int, ...]]] = field(default_factory=list)
    """For each flush: what was on the disk before it, and the sectors that it changed."""

    def write(self, data: bytes, offset: int) -> None:
        assert offset % SECTOR == 0, "a sector written twice could be half of each"
        for start in range(0, len(data), SECTOR):
            self.written[offset + start] = data[start : start + SECTOR]

    def flush(self) -> None:
        changed = tuple(
            place
            for place, data in self.written.items()
            if self.flushed[place : place + len(data)] != data
        )
        self.flushes.append((bytes(self.flushed[:MIB]), changed))
        for place, data in self.written.items():
            self.flushed[place : place + len(data)] = data
        self.written.clear()


@pytest.fixture
def disk(target: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """What comes to `target`, in its order."""
    made = Disk(flushed=bytearray(target.read_bytes()))
    write_at, fsync = block_device.write_at, os.fsync

    def writing(descriptor: int, data: bytes | bytearray | memoryview, offset: int) -> None:
        made.write(bytes(data), offset)
        write_at(descriptor, data, offset)

    def flushing(descriptor: int) -> None:
        made.flush()
        fsync(descriptor)

    monkeypatch.setattr(backends.targets, "write_at", writing)
    monkeypatch.setattr(os, "fsync", flushing)
    return made


@pytest.mark.parametrize("mark", [0, 32 * KIB])
def test_what_makes_it_mountable_goes_first_and_comes_last(
    image: ReleaseFile, target: Path, disk: Disk, mark: int
) -> None:
    """At a power cut in any moment, of the sectors between two flushes any may be on the disk.

    The superblock of a SquashFS is at 0, that of an ISO at 32 KiB, where 0 is not in the file
    system.
    """
    DirectImages(ImageSource(), allow_files=True).write(image, (str(target),), silent)
    assert not disk.written, "all is flushed"
    assert disk.flushed[: len(DATA)] == DATA
    old, new = b"\xee" * SECTOR, DATA[mark : mark + SECTOR]
    outside = {0} - {mark}
    for before, changed in disk.flushes:
        there = before[mark : mark + SECTOR]
        others = {*changed} - {mark} - outside
        if mark in changed:
            assert others == set(), "it is written, and flushed, by itself"
        elif others:
            assert there == bytes(SECTOR), "there is nothing to mount while others change"
        assert there in (old, bytes(SECTOR), new)
    marked = [before[mark : mark + SECTOR] for before, changed in disk.flushes if mark in changed]
    assert marked == [old, bytes(SECTOR)]


def test_what_is_to_be_so_before_is_asked_for_before_a_byte_changes(
    image: ReleaseFile, target: Path
) -> None:
    before, images = target.read_bytes(), DirectImages(ImageSource(), allow_files=True)
    found: list[bytes] = []
    images.write(image, (str(target),), silent, lambda: found.append(target.read_bytes()))
    assert found == [before]
    assert target.read_bytes()[: len(DATA)] == DATA


def test_a_target_is_what_it_was_where_that_cannot_be_made_so(
    image: ReleaseFile, target: Path, tmp_path: Path
) -> None:
    before, images = target.read_bytes(), DirectImages(ImageSource(), allow_files=True)

    def refuse() -> None:
        raise InstallError("not now")

    with pytest.raises(InstallError, match="not now"):
        images.write(image, (str(target),), silent, refuse)
    # And where it would not come as far as that, it is not asked.
    gone = replace(image, url=(tmp_path / "gone").as_uri())
    with pytest.raises(InstallError, match="does not exist"):
        images.write(gone, (str(target),), silent, refuse)
    small = tmp_path / "small"
    small.write_bytes(b"small")
    with pytest.raises(InstallError, match="too little for the image"):
        images.write(image, (str(small),), silent, refuse)
    assert (target.read_bytes(), small.read_bytes()) == (before, b"small")


@pytest.mark.parametrize("size", [5, 511, 512, 513, 32 * KIB, 32 * KIB + 5, 33 * KIB, MIB - 1, MIB])
def test_shorter_than_what_is_withheld(tmp_path: Path, target: Path, disk: Disk, size: int) -> None:
    file = tmp_path / "image"
    file.write_bytes(DATA[:size])
    digest = hashlib.sha256(DATA[:size]).hexdigest()
    image = ReleaseFile(url=file.as_uri(), size_bytes=size, sha256=digest)
    images = DirectImages(ImageSource(), allow_files=True, reads_back=True)
    images.write(image, (str(target),), silent)
    assert disk.flushed[:MIB] == target.read_bytes()[:MIB] == DATA[:size] + bytes(MIB - size)
    assert disk.flushes[-1][1] == (0,)


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Python frees what nobody knows any more, and does not look for circles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("fails", [False, True])
def test_the_memory_of_one_image_is_free_for_the_next(
    image: ReleaseFile,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_collection: None,
    fails: bool,
) -> None:
    images = DirectImages(ImageSource(), allow_files=True, reads_back=True)
    if fails:
        monkeypatch.setattr(Target, "flush", _no_flush)
    for _ in range(2):
        with pytest.raises(InstallError) if fails else contextlib.nullcontext():
            images.write(image, (str(target),), silent)
    assert [each for each in gc.get_objects() if isinstance(each, Blocks)] == []


def _no_flush(target: Target) -> None:
    if threading.current_thread() is not threading.main_thread():
        raise InstallError("it has fallen off", device=target.path)


def test_a_thread_that_cannot_be_started(
    image: ReleaseFile, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that has no memory left: it ends, and all that were started end."""
    second = tmp_path / "second"
    second.write_bytes(target.read_bytes())
    start = threading.Thread.start

    def starting(thread: threading.Thread) -> None:
        if thread.name == f"write {second}":
            raise RuntimeError("can't start new thread")
        start(thread)

    images = DirectImages(ImageSource(), allow_files=True, reads_back=True)
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(threading.Thread, "start", starting)
        ended = pool.submit(images.write, image, (str(target), str(second)), silent)
        assert isinstance(ended.exception(timeout=30), RuntimeError)
    names = [each.name for each in threading.enumerate()]
    assert not [name for name in names if name.startswith(("write ", "read back"))]
    assert [each.read_bytes()[:MIB] for each in (target, second)] == [bytes(MIB)] * 2


def test_what_was_read_back_of_another_image_is_no_proof(
    image: ReleaseFile, tmp_path: Path, target: Path
) -> None:
    """Written, and then a second one that breaks off: the first is there no more."""
    images = DirectImages(ImageSource(), allow_files=True, reads_back=True)
    images.write(image, (str(target),), silent)
    with pytest.raises(InstallError, match="SHA-256"):
        images.write(replace(image, sha256="0" * 64), (str(target),), silent)
    with pytest.raises(InstallError, match="does not read back as image was written"):
        images.verify(image, str(target), silent)


def test_a_packed_image_comes_in_pieces() -> None:
    """64 MiB of zeros are 2 KiB: pieces stay as small as whoever reads devices can compare."""
    size = 64 * MIB
    frame = zstandard.ZstdCompressor(level=1).compress(bytes(size))
    lengths = [len(piece) for piece in unpacked([frame], size, "image.zst")]
    assert sum(lengths) == size
    assert max(lengths) <= PIECE


def test_a_disk_that_fails_while_written_is_named(
    image: ReleaseFile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_at = block_device.write_at

    def failing(descriptor: int, data: bytes | bytearray | memoryview, offset: int) -> None:
        if offset >= MIB:
            raise OSError(5, os.strerror(5))
        write_at(descriptor, data, offset)

    monkeypatch.setattr(backends.targets, "write_at", failing)
    with pytest.raises(InstallError, match=f"{target} reports an input/output error") as caught:
        DirectImages(ImageSource(), allow_files=True).write(image, (str(target),), silent)
    assert caught.value.device == str(target)
    assert target.read_bytes()[:MIB] == bytes(MIB)


def test_read_back(image: ReleaseFile, target: Path) -> None:
    images = DirectImages(ImageSource(), allow_files=True)
    words = f"{len(DATA)} bytes from byte 0 on are something else, that write was lost"
    with pytest.raises(InstallError, match=words):
        images.verify(image, str(target), silent)
    images.write(image, (str(target),), silent)
    images.verify(image, str(target), silent)


def test_a_target_that_ends_early(image: ReleaseFile, target: Path) -> None:
    images = DirectImages(ImageSource(), allow_files=True)
    images.write(image, (str(target),), silent)
    os.truncate(target, MIB + 5)
    words = f"{len(DATA) - MIB - 5} bytes from byte {MIB + 5} on are something else"
    with pytest.raises(InstallError, match=words):
        images.verify(image, str(target), silent)


def test_read_wrongly_and_then_rightly(
    image: ReleaseFile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = DirectImages(ImageSource(), allow_files=True)
    images.write(image, (str(target),), silent)
    at, wrong = Device.at, [True]

    def once_wrong(device: Device, offset: int, length: int) -> bytes:
        right = at(device, offset, length)
        return bytes(len(right)) if wrong and wrong.pop() else right

    monkeypatch.setattr(Device, "at", once_wrong)
    with pytest.raises(InstallError, match="and did when it was read again") as caught:
        images.verify(image, str(target), silent)
    assert "Test the memory" in caught.value.way_out


def test_progress_comes_at_most_ten_times_a_second(
    image: ReleaseFile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends.image_source, "CHUNK", 4096)
    moments = iter(number * 0.01 for number in range(100_000))
    monkeypatch.setattr("backends.paced.time.monotonic", lambda: next(moments))
    told: list[int] = []
    images = DirectImages(ImageSource(), allow_files=True)
    images.write(image, (str(target),), lambda done, total: told.append(done))
    chunks = len(DATA) // 4096 + 1
    assert chunks // 10 <= len(told) <= chunks // 10 + 2
    assert told[-1] == len(DATA)
