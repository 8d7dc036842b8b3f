"""Files in an ISO are found where xorriso says that they are; broken ISOs are told."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from backends.iso_files import BLOCK, Extent, IsoFiles
from installer.errors import InstallError

pytestmark = pytest.mark.skipif(shutil.which("xorriso") is None, reason="xorriso is not installed")
LONG = "a-name-of-" + "many-" * 45 + "letters"
MANY = 200
"""Files in a folder of several blocks."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    (root / "live").mkdir()
    (root / "live/root.squashfs").write_bytes(os.urandom(12345))
    (root / "live/empty").touch()
    for number in range(MANY):
        (root / "live" / f"file with a number {number:03}").write_text(f"{number}\n")
    (root / "live" / LONG).write_text("long\n")
    return root


@pytest.fixture(scope="module")
def made(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    iso = tmp_path_factory.mktemp("iso") / "x.iso"
    argv = ["xorriso", "-as", "mkisofs", "-quiet", "-r", "-partition_offset", "16"]
    subprocess.run([*argv, "-o", str(iso), str(tree)], check=True, capture_output=True)
    return iso


@pytest.fixture
def files(made: Path) -> Iterator[IsoFiles]:
    descriptor = os.open(made, os.O_RDONLY)
    yield IsoFiles(descriptor, "/dev/x")
    os.close(descriptor)


@pytest.mark.parametrize(
    "name", ["root.squashfs", LONG, "file with a number 000", f"file with a number {MANY - 1}"]
)
def test_a_file_is_where_its_bytes_are(files: IsoFiles, made: Path, tree: Path, name: str) -> None:
    extent = files.find(PurePosixPath("/live", name))
    assert extent is not None
    start = extent.offset_bytes
    expected = (tree / "live" / name).read_bytes()
    assert made.read_bytes()[start : start + extent.size_bytes] == expected


def test_what_is_not_there(files: IsoFiles) -> None:
    for path in ("/live", "/live/other", "/other/x", "/live/root.squashfs/x", "/LIVE"):
        assert files.find(PurePosixPath(path)) is None
    with pytest.raises(InstallError, match="has no file /live/other"):
        files.file(PurePosixPath("/live/other"))
    with pytest.raises(InstallError, match="has no file"):
        files.file(PurePosixPath("/live/empty"))
    assert files.find(PurePosixPath("live/root.squashfs")) == files.find(
        PurePosixPath("/live/root.squashfs")
    )


@pytest.mark.parametrize("length", [0, 5 * BLOCK, 16 * BLOCK + 7])
def test_no_iso(tmp_path: Path, length: int) -> None:
    file = tmp_path / "none"
    file.write_bytes(bytes(length))
    descriptor = os.open(file, os.O_RDONLY)
    with pytest.raises(InstallError, match=r"is damaged|no ISO"):
        IsoFiles(descriptor, "/dev/x").find(PurePosixPath("/live/root.squashfs"))
    os.close(descriptor)


def test_nothing_that_is_in_a_broken_one_leads_on_for_ever(made: Path, tmp_path: Path) -> None:
    """Each byte of the descriptor, of the root and of its folder is spoilt once: an answer, or an
    error in words."""
    data = bytearray(made.read_bytes())
    file = tmp_path / "spoilt"
    file.write_bytes(data)
    path = PurePosixPath("/live/root.squashfs")
    root = int.from_bytes(data[16 * BLOCK + 158 : 16 * BLOCK + 162], "little") * BLOCK
    descriptor = os.open(file, os.O_RDWR)
    places = [*range(16 * BLOCK, 16 * BLOCK + 192), *range(root, root + 512)]
    for place in places:
        for value in (0x00, 0xFF):
            os.pwrite(descriptor, bytes((value,)), place)
            with contextlib.suppress(InstallError):
                assert isinstance(IsoFiles(descriptor, "/dev/x").find(path), Extent | None)
            os.pwrite(descriptor, bytes((data[place],)), place)
    os.close(descriptor)
