"""What the recording of a disk says is what was sent: data, order, flushes."""

import mmap
import os
import random
import subprocess
from pathlib import Path

import pytest

from installer.quantity import MIB
from tests.faults.crash.recording import recording_disk
from tests.faults.crash.write_log import Request, WriteLog

pytestmark = [
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
]
DISK = 16 * MIB


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "disk.raw"
    with file.open("wb") as made:
        made.truncate(DISK)
    return file


def replayed(log: WriteLog, requests: tuple[Request, ...] | None = None) -> bytes:
    disk = bytearray(DISK)
    for each in requests if requests is not None else log.requests:
        disk[each.offset : each.offset + each.length] = log.data(each)
    return bytes(disk)


def end_of(write: tuple[int, bytes]) -> int:
    return write[0] + len(write[1])


def test_each_write_and_each_flush_in_their_order(image: Path, tmp_path: Path) -> None:
    dice = random.Random(1)
    sent: list[list[tuple[int, bytes]]] = [[]]
    memory = mmap.mmap(-1, 65536)
    with recording_disk(image, tmp_path / "log") as disk:
        descriptor = os.open(disk, os.O_RDWR | os.O_DIRECT)
        for number in range(200):
            length = 512 * dice.randint(1, 128)
            memory[:length] = dice.randbytes(length)
            offset = 512 * dice.randrange(DISK // 512 - 128)
            assert os.pwritev(descriptor, [memoryview(memory)[:length]], offset) == length
            sent[-1].append((offset, memory[:length]))
            if number % 7 == 0:
                os.fsync(descriptor)
                sent.append([])
        os.close(descriptor)
    log = WriteLog(tmp_path / "log")
    told: list[list[tuple[int, bytes]]] = [[]]
    for each in log.requests:
        if each.is_flush:
            told.append([])
        elif told[-1] and each.offset == end_of(told[-1][-1]):
            # The kernel sends what is not aligned in two pieces.
            offset, data = told[-1][-1]
            told[-1][-1] = (offset, data + log.data(each))
        else:
            told[-1].append((each.offset, log.data(each)))
    assert told[: len(sent)] == sent
    assert not any(told[len(sent) :]), "more was written than was sent"
    assert replayed(log) == image.read_bytes()


def test_a_file_system_s_flushes_are_there_and_all_that_it_wrote(
    image: Path, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    top.mkdir()
    with recording_disk(image, tmp_path / "log") as disk:
        subprocess.run(["mkfs.ext4", "-q", disk], check=True)
        subprocess.run(["mount", disk, str(top)], check=True)
        try:
            for number in range(10):
                with (top / f"{number}").open("wb") as file:
                    file.write(bytes([number + 1]) * 10_000)
                    file.flush()
                    os.fsync(file.fileno())
        finally:
            subprocess.run(["umount", str(top)], check=True)
    log = WriteLog(tmp_path / "log")
    assert replayed(log) == image.read_bytes()
    flushes = [number for number, each in enumerate(log.requests) if each.is_flush]
    # The journal's commit block goes behind a flush, and one goes behind it, each time.
    assert len(flushes) >= 20
    # What fsync(2) has promised went behind no flush: none of it came after the last one.
    for number in range(10):
        block = bytes([number + 1]) * 4096
        places = [at for at, each in enumerate(log.requests) if block in log.data(each)]
        assert places, "what was written is not in the recording"
        assert any(flush > places[0] for flush in flushes)


def test_what_is_zeroed_is_told_and_a_discard_is_none_of_it(image: Path, tmp_path: Path) -> None:
    """The disk is one that keeps what is discarded, as a disk may."""
    image.write_bytes(b"x" * DISK)
    with recording_disk(image, tmp_path / "log") as disk:
        subprocess.run(["blkdiscard", "-o", "1M", "-l", "1M", disk], check=True)
        subprocess.run(["blkdiscard", "-z", "-o", "4M", "-l", "64K", disk], check=True)
    log, disk_bytes = WriteLog(tmp_path / "log"), bytearray(b"x" * DISK)
    for each in log.requests:
        disk_bytes[each.offset : each.offset + each.length] = log.data(each)
    assert bytes(disk_bytes) == image.read_bytes()
    assert disk_bytes.count(b"\0") == 65536
