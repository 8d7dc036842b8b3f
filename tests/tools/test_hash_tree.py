"""The hash tree at the end of an image, by the real veritysetup."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from installer.release import Verity
from installer.roothash import BLOCK, parse_roothash
from tests.tools.packed import squashfs

HASH_TREE = Path(__file__).parents[2] / "mkimage-profile" / "hash_tree.py"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SquashFS of 3 MiB whose length is no whole number of blocks."""
    folder = tmp_path_factory.mktemp("packed")
    (folder / "root").mkdir()
    (folder / "root/data").write_bytes(random.Random(1).randbytes(3 << 20))
    squashfs(folder / "root", folder / "image", "-nopad", "-mkfs-time", "0", "-all-time", "0")
    data = (folder / "image").read_bytes()
    assert len(data) % BLOCK
    return data


def append(image: Path) -> Verity:
    done = subprocess.run([sys.executable, HASH_TREE, image], check=True, capture_output=True)
    beside = image.with_suffix(".roothash")
    assert done.stdout.decode() == f"{beside}\n"
    return parse_roothash(beside.read_text(), beside.name)


def verify(image: Path, verity: Verity) -> tuple[int, str]:
    argv = ["veritysetup", "verify", str(image), str(image), verity.root_hash]
    argv.append(f"--hash-offset={verity.hash_offset_bytes}")
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return done.returncode, done.stderr


def image_in(folder: Path, data: bytes) -> Path:
    image = folder / "atomos_1_x86-64.squashfs"
    image.write_bytes(data)
    return image


def test_the_image_is_padded_and_its_tree_is_right(tmp_path: Path, packed: bytes) -> None:
    image = image_in(tmp_path, packed)
    verity = append(image)
    assert verity.hash_offset_bytes == -(-len(packed) // BLOCK) * BLOCK
    data = image.read_bytes()
    assert data[: verity.hash_offset_bytes] == packed.ljust(verity.hash_offset_bytes, b"\0")
    assert verify(image, verity) == (0, "")
    # A superblock, the hashes of 769 blocks, 128 in each block, and the hashes of those seven.
    assert len(data) - verity.hash_offset_bytes == (1 + 7 + 1) * BLOCK
    assert {each.name for each in tmp_path.iterdir()} == {image.name, "atomos_1_x86-64.roothash"}


def test_it_is_a_squashfs_as_before(tmp_path: Path, packed: bytes) -> None:
    image = image_in(tmp_path, packed)
    append(image)
    out = subprocess.run(["unsquashfs", "-cat", image, "data"], check=True, capture_output=True)
    assert out.stdout == random.Random(1).randbytes(3 << 20)


def test_the_same_image_gets_the_same_tree(tmp_path: Path, packed: bytes) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        image = image_in(tmp_path / name, packed)
        made.append((append(image), image.read_bytes()))
    assert made[0] == made[1]


@pytest.mark.parametrize("place", [0, 8, 1_234_567, -1])
def test_a_flipped_bit_is_found_and_where(tmp_path: Path, packed: bytes, place: int) -> None:
    image = image_in(tmp_path, packed)
    verity = append(image)
    data = bytearray(image.read_bytes())
    place %= verity.hash_offset_bytes  # -1 is in what was padded
    data[place] ^= 0x10
    image.write_bytes(data)
    status, said = verify(image, verity)
    assert status == 2
    match = re.search(r"Verification failed at position (\d+)", said)
    assert match is not None, said
    assert int(match[1]) == place // BLOCK * BLOCK


def test_a_flipped_bit_of_the_tree_is_found(tmp_path: Path, packed: bytes) -> None:
    image = image_in(tmp_path, packed)
    verity = append(image)
    data = bytearray(image.read_bytes())
    data[-1 - 2000] ^= 1
    image.write_bytes(data)
    assert verify(image, verity)[0] == 2


def test_another_image_has_another_root(tmp_path: Path, packed: bytes) -> None:
    image = image_in(tmp_path, packed)
    verity = append(image)
    (tmp_path / "other").mkdir()
    other = image_in(tmp_path / "other", packed[:-1] + b"\x99")
    assert append(other).root_hash != verity.root_hash
    assert verify(other, verity)[0] != 0


def test_a_second_tree_on_top_is_refused(tmp_path: Path, packed: bytes) -> None:
    image = image_in(tmp_path, packed)
    append(image)
    before = image.read_bytes()
    done = subprocess.run([sys.executable, HASH_TREE, image], check=False, capture_output=True)
    assert done.returncode == 2
    assert b"is there already" in done.stderr
    assert image.read_bytes() == before


@pytest.mark.parametrize("room", [0, 2 * BLOCK, 5 * BLOCK])
def test_a_run_that_fails_amid_leaves_the_image_as_it_was(
    tmp_path: Path, packed: bytes, room: int
) -> None:
    """The next one makes the same tree as if there had been none before it."""
    image = image_in(tmp_path, packed)
    limit = -(-len(packed) // BLOCK) * BLOCK + room
    argv = ["prlimit", f"--fsize={limit}", sys.executable, str(HASH_TREE), str(image)]
    assert subprocess.run(argv, check=False, capture_output=True).returncode != 0
    assert image.read_bytes() == packed
    verity = append(image)
    assert verity.hash_offset_bytes == -(-len(packed) // BLOCK) * BLOCK
    assert verify(image, verity) == (0, "")
    assert {each.name for each in tmp_path.iterdir()} == {image.name, "atomos_1_x86-64.roothash"}


def test_a_root_whose_image_did_not_get_its_tree_is_made_anew(
    tmp_path: Path, packed: bytes
) -> None:
    """As a run leaves it that was killed before the image was put in its place."""
    image = image_in(tmp_path, packed)
    first = append(image)
    image.write_bytes(packed)
    assert append(image) == first
    assert verify(image, first) == (0, "")
