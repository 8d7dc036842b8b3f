"""Bad input, row for row: refused in words, and nothing left that could be mounted or booted."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.images import DirectImages
from installer.errors import InstallError
from installer.quantity import MIB
from tests.tools import bad_downloads, bad_packed
from tests.tools.bad_inputs import Bad, Ground, Offer
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs
from tests.tools.servers import Authority, make_authority

ROWS = (*bad_downloads.rows(), *bad_packed.rows())
DEVICE = 8 * MIB


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SquashFS of a bit more than 6 MiB."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "root").mkdir()
    (folder / "root/file").write_bytes(os.urandom(6 * MIB))
    made = squashfs(folder / "root", folder / "image").read_bytes()
    assert 6 * MIB < len(made) < DEVICE
    return made


@pytest.fixture
def ground(image: bytes, authority: Authority, tmp_path: Path) -> Iterator[Ground]:
    folder = tmp_path / "release"
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        yield Ground(image=image, folder=folder, authority=authority, stack=stack)


@pytest.fixture
def targets(loop: LoopMaker, image: bytes) -> tuple[str, str]:
    """Two slots with an older image each, one that would mount."""
    made = (loop(DEVICE), loop(DEVICE, sector=4096))
    for path in made:
        with Path(path).open("r+b") as file:
            file.write(image[:4096] + b"\xee" * (DEVICE - 4096))
        assert recognised(path) == "squashfs"
    return made


def recognised(device: str) -> str:
    argv = ["blkid", "-p", "-o", "value", "-s", "TYPE", device]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def content(device: str) -> bytes:
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    return Path(device).read_bytes()


def test_rows_have_names_of_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60


def test_the_right_image_is_taken(ground: Ground, targets: tuple[str, str]) -> None:
    """What all rows differ from."""
    offer = Offer(image=ground.said(ground.file(ground.image)))
    DirectImages(offer.source, reads_back=True).write(offer.image, targets, silent)
    for target in targets:
        assert recognised(target) == "squashfs"
        assert content(target)[: len(ground.image)] == ground.image


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_refused(row: Bad, ground: Ground, targets: tuple[str, str]) -> None:
    before = [content(target) for target in targets]
    offer = row.make(ground)
    with pytest.raises(InstallError, match=row.words) as caught:
        DirectImages(offer.source, reads_back=True).write(offer.image, targets, silent)
    assert caught.value.way_out
    assert re.search(row.way_out, caught.value.way_out)
    after = [content(target) for target in targets]
    if row.untouched:
        assert after == before
        return
    assert [each[:MIB] for each in after] == [bytes(MIB)] * 2
    assert [recognised(target) for target in targets] == ["", ""]


def silent(done: int, total: int) -> None:
    """Nobody watches."""
