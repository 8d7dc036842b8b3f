"""The order in which an image is written: seen on regular files, without root."""

import hashlib
import os
from pathlib import Path

import pytest

import backends.image_source
import backends.targets
from backends import block_device
from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.read_back import Device
from installer.errors import InstallError
from installer.quantity import MIB
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


def test_the_first_mib_is_zeroed_first_and_written_last(
    image: ReleaseFile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, int, bool]] = []
    write_at, fsync = block_device.write_at, os.fsync

    def writing(descriptor: int, data: bytes | bytearray | memoryview, offset: int) -> None:
        steps.append(("write", offset, any(memoryview(data)[:4096])))
        write_at(descriptor, data, offset)

    def flushing(descriptor: int) -> None:
        steps.append(("flush", 0, False))
        fsync(descriptor)

    monkeypatch.setattr(backends.targets, "write_at", writing)
    monkeypatch.setattr(os, "fsync", flushing)
    DirectImages(ImageSource(), allow_files=True).write(image, (str(target),), silent)
    assert steps == [
        ("write", 0, False),
        ("flush", 0, False),
        ("write", MIB, True),
        ("flush", 0, False),
        ("write", 0, True),
        ("flush", 0, False),
    ]
    assert target.read_bytes()[: len(DATA)] == DATA


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
