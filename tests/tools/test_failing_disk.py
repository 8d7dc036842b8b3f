"""A disk that fails where it is told to, and nowhere else."""

import errno
import mmap
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.holders import DiskHolders
from backends.runner import Runner
from installer.errors import InstallError
from installer.quantity import KIB, MIB
from tests.faults.failing_disk import Access, Bad, FailingDisk, failing_disk

SIZE = 16 * MIB
BAD = Bad(start=5 * MIB, length=8 * KIB)
OLD = b"\x55"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "disk.raw"
    made.write_bytes(OLD * SIZE)
    return made


@pytest.fixture(params=[512, 4096])
def disk(file: Path, request: pytest.FixtureRequest) -> Iterator[FailingDisk]:
    with failing_disk(file, sector=request.param) as made:
        yield made


def write(device: str, offset: int, data: bytes) -> None:
    """pwrite and fsync, as a buffered write to a disk is told of its error."""
    descriptor = os.open(device, os.O_WRONLY)
    try:
        os.pwrite(descriptor, data, offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(device: str, offset: int, length: int) -> bytes:
    """Past the page cache."""
    descriptor = os.open(device, os.O_RDONLY | os.O_DIRECT)
    try:
        with mmap.mmap(-1, length) as buffer:
            assert os.preadv(descriptor, [buffer], offset) == length
            return buffer[:]
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    "offset", [BAD.start, BAD.start + 4 * KIB, BAD.start - MIB, BAD.start + 7 * KIB]
)
def test_a_write_that_touches_the_range_fails(disk: FailingDisk, offset: int) -> None:
    assert read(disk.path, 0, SIZE) == OLD * SIZE
    disk.fail(BAD)
    length = 2 * MIB if offset < BAD.start else 1 * KIB
    with pytest.raises(OSError, match=os.strerror(errno.EIO)) as caught:
        write(disk.path, offset, b"n" * length)
    assert caught.value.errno == errno.EIO
    assert read(disk.path, BAD.start, BAD.length) == OLD * BAD.length


def test_all_else_works(disk: FailingDisk, file: Path) -> None:
    disk.fail(BAD)
    after = BAD.start + BAD.length
    write(disk.path, 0, b"a" * BAD.start)
    write(disk.path, after, b"b" * (SIZE - after))
    assert read(disk.path, 0, SIZE) == file.read_bytes()
    assert file.read_bytes() == b"a" * BAD.start + OLD * BAD.length + b"b" * (SIZE - after)


def test_one_byte_is_a_sector(disk: FailingDisk) -> None:
    disk.fail(Bad(start=SIZE - 1, length=1))
    write(disk.path, SIZE - 8 * KIB, b"n" * 4 * KIB)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write(disk.path, SIZE - 4 * KIB, b"n" * 4 * KIB)


def test_zeroing_fails_too(disk: FailingDisk) -> None:
    disk.fail(BAD)
    argv = ["blkdiscard", "--zeroout", "--offset", str(BAD.start), "--length", str(BAD.length)]
    done = subprocess.run([*argv, disk.path], check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert os.strerror(errno.EIO) in done.stderr


def test_reads_fail_where_they_are_to(disk: FailingDisk) -> None:
    write(disk.path, BAD.start, b"n" * BAD.length)
    disk.fail(Bad(start=BAD.start, length=BAD.length, fails=(Access.READ,)))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        read(disk.path, BAD.start, 4 * KIB)
    assert read(disk.path, BAD.start - 4 * KIB, 4 * KIB) == OLD * 4 * KIB


def test_healed_the_same_device_works(disk: FailingDisk, file: Path) -> None:
    disk.fail(BAD)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write(disk.path, BAD.start, b"n" * BAD.length)
    disk.fail(Bad(start=0, length=4 * KIB))
    write(disk.path, BAD.start, b"n" * BAD.length)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write(disk.path, 0, b"n" * 4 * KIB)
    disk.heal()
    write(disk.path, 0, b"n" * SIZE)
    assert file.read_bytes() == b"n" * SIZE


def test_many_writers_at_once(disk: FailingDisk, file: Path) -> None:
    """QEMU 10.0 mixed up the data of two writes that came together."""
    count = SIZE // (64 * KIB)
    pieces = [bytes([number % 251]) * 64 * KIB for number in range(count)]

    def put(number: int) -> None:
        descriptor = os.open(disk.path, os.O_WRONLY | os.O_DIRECT)
        try:
            with mmap.mmap(-1, 64 * KIB) as buffer:
                buffer[:] = pieces[number]
                os.pwritev(descriptor, [buffer], number * 64 * KIB)
        finally:
            os.close(descriptor)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(put, range(count)))
    assert file.read_bytes() == b"".join(pieces)


def test_nothing_of_it_is_left(file: Path) -> None:
    folders: list[Path] = []

    def used() -> None:
        with failing_disk(file) as disk:
            backing = Path("/sys/class/block", Path(disk.path).name, "loop/backing_file")
            folders.append(Path(backing.read_text().strip()).parent)
            assert str(folders[0]) in everything_there()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        used()
    assert str(folders[0]) not in everything_there()
    assert not folders[0].exists()
    assert file.read_bytes() == OLD * SIZE


def everything_there() -> str:
    """Loop devices, mounts, and the words of all processes."""
    loops = subprocess.run(["losetup", "--all"], check=True, capture_output=True, text=True)
    processes = subprocess.run(["ps", "axww"], check=True, capture_output=True, text=True)
    return loops.stdout + Path("/proc/self/mountinfo").read_text() + processes.stdout


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="No such file"), failing_disk(tmp_path / "none"):
        pass


def test_what_a_mount_could_not_write_at_its_end_is_told_when_the_disk_is_freed(
    tmp_path: Path,
) -> None:
    """Otherwise whoever writes to it next is told of it, and takes it for an error of its own."""
    image, place = tmp_path / "ext4.raw", tmp_path / "mnt"
    place.mkdir()
    with image.open("wb") as made:
        made.truncate(SIZE)
    with failing_disk(image) as disk:
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", disk.path], check=True)
        subprocess.run(["mount", disk.path, place], check=True)
        (place / "file").write_bytes(b"n" * MIB)
        disk.fail(Bad(start=0, length=4 * KIB))
        holders = DiskHolders(Runner())
        with pytest.raises(InstallError, match=rf"^{disk.path} could not write ") as caught:
            holders.release(disk.path)
        assert caught.value.device == disk.path
        assert not place.is_mount()
        disk.heal()
        holders.release(disk.path)
