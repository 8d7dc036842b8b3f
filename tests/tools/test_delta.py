"""Only what differs of an image crosses the network, and the image is what is written."""

import hashlib
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.patience import Patience
from installer.errors import InstallError, Interrupted
from installer.quantity import KIB, MIB
from installer.release import IndexFile, ReleaseFile
from installer.roothash import parse_roothash
from tests.tools.servers import Behaviour, Server, serving

ROOT: Final = Path(__file__).parents[2]
BLOCK: Final = 8 * KIB
QUICK: Final = Patience(connect=2.0, read=2.0, failures=3, first_pause=0.01, longest_pause=0.02)
SLOT: Final = 12 * MIB
DICE: Final = random.Random(10)
OLD: Final = DICE.randbytes(8 * MIB)
FRESH: Final = DICE.randbytes(200_001)
NEW: Final = OLD[: 3 * MIB + 77] + FRESH + OLD[3 * MIB + 50_000 :]
"""Something in the middle has become longer, by a number of bytes that is no block."""
CHANGED: Final = len(FRESH) + 2 * BLOCK
"""What has to be fetched of it at most: whole blocks."""


@dataclass(kw_only=True)
class Bench:
    """A slot to write, one that runs, and a server of the release."""

    folder: Path
    server: Server
    new: bytes = NEW
    said: list[str] = field(default_factory=list)
    pulse: Callable[[], None] = lambda: None
    begin: Callable[[], None] = lambda: None
    image: ReleaseFile = field(init=False)

    def __post_init__(self) -> None:
        self.write("runs", OLD)
        self.write("target", b"")
        self.publish(self.new)

    @property
    def target(self) -> Path:
        return self.folder / "target"

    def write(self, slot: str, data: bytes | bytearray) -> None:
        with (self.folder / slot).open("wb") as file:
            file.write(data)
            file.truncate(SLOT)

    def publish(self, data: bytes, index: bytes | None = None) -> None:
        index = index_of(self.folder, data) if index is None else index
        self.server.files |= {"/image": Behaviour(data=data), "/index": Behaviour(data=index)}
        self.image = ReleaseFile(
            url=f"{self.server.url}/image",
            size_bytes=len(data),
            sha256=sha256(data),
            index=IndexFile(url=f"{self.server.url}/index", sha256=sha256(index)),
        )

    def write_changed(self, *seeds: str) -> None:
        source = ImageSource(patience=QUICK, say=self.said.append, pulse=self.pulse)
        images = DirectImages(source, reads_back=True, allow_files=True)
        paths = tuple(str(self.folder / seed) for seed in seeds)
        images.write_changed(self.image, str(self.target), paths, silent, self.begin)

    def is_written(self) -> bool:
        return self.target.read_bytes()[: len(self.new)] == self.new

    def fetched(self) -> int:
        """Of the image, in bytes."""
        return self.server.sent - len(self.server.files["/index"].data)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with serving({}) as server:
        yield Bench(folder=tmp_path, server=server)


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def index_of(folder: Path, data: bytes) -> bytes:
    image, index = folder / "to-index", folder / "index"
    image.write_bytes(data)
    argv = ("rdiff", "-f", "-b", str(BLOCK), "-S", "8", "signature", image, index)
    subprocess.run(argv, check=True)
    return index.read_bytes()


def test_only_what_differs_is_fetched(bench: Bench) -> None:
    bench.write_changed("runs")
    assert bench.is_written()
    assert len(FRESH) <= bench.fetched() <= CHANGED
    whole = bench.fetched() + len(bench.server.files["/index"].data)
    assert any(f"({whole} bytes)" in line and "to fetch" in line for line in bench.said)


def test_the_old_content_of_the_target_counts_too(bench: Bench) -> None:
    """From the place on that is written; its first MiB is gone by then, and in memory."""
    bench.write("target", NEW)
    bench.write_changed("nothing-here")
    assert bench.is_written()
    assert bench.fetched() == len(NEW) % BLOCK
    assert any("nothing-here" in line for line in bench.said)


def test_what_is_overwritten_before_it_is_needed_is_fetched(bench: Bench) -> None:
    """All but its first MiB is on the target, but 64 KiB before where it goes to."""
    bench.write("target", bytes(MIB) + NEW[MIB + 64 * KIB :])
    bench.write_changed()
    assert bench.is_written()
    assert "hardly anything" in bench.said[-1]


def test_what_lies_farther_on_the_target_is_taken(bench: Bench) -> None:
    bench.write("target", bytes(64 * KIB) + NEW)
    bench.write_changed()
    assert bench.is_written()
    assert bench.fetched() == len(NEW) % BLOCK


@pytest.mark.parametrize("place", [0, 5 * KIB, MIB - 1, MIB, MIB + BLOCK, 6 * MIB])
def test_of_a_damaged_image_the_damaged_block_is_fetched(bench: Bench, place: int) -> None:
    damaged = bytearray(NEW)
    damaged[place] ^= 1
    bench.write("target", damaged)
    bench.write_changed()
    assert bench.is_written()
    assert BLOCK <= bench.fetched() <= BLOCK + len(NEW) % BLOCK


def test_a_killed_update_is_not_fetched_again(bench: Bench) -> None:
    """Half of it was written, and its head was never."""
    half = len(NEW) // 2
    bench.write("target", bytes(MIB) + NEW[MIB:half])
    bench.write("runs", NEW[:MIB] + DICE.randbytes(MIB))
    bench.write_changed("runs")
    assert bench.is_written()
    assert bench.fetched() <= half + 2 * BLOCK


def test_the_same_image_costs_its_index(bench: Bench) -> None:
    bench.write("runs", NEW)
    bench.write_changed("runs")
    assert bench.is_written()
    # The last block is shorter, and is found where a slot ends with it.
    assert bench.fetched() == len(NEW) % BLOCK


def test_blocks_that_an_image_has_twice(bench: Bench) -> None:
    bench.new = OLD[:MIB] + bytes(MIB) + OLD[MIB : 2 * MIB] + bytes(MIB + 5)
    bench.publish(bench.new)
    bench.write("runs", OLD[: 2 * MIB] + bytes(2 * BLOCK) + FRESH)
    bench.write_changed("runs")
    assert bench.is_written()
    assert bench.fetched() <= 2 * BLOCK


def test_a_damaged_slot_is_no_harm(bench: Bench) -> None:
    damaged = bytearray(OLD)
    for place in range(500_000, len(OLD), MIB):
        damaged[place] ^= 1
    bench.write("runs", damaged)
    bench.write_changed("runs")
    assert bench.is_written()
    assert bench.fetched() <= CHANGED + 8 * 2 * BLOCK


def test_a_slot_that_changes_while_it_is_read(bench: Bench) -> None:
    """Between the look at it and the copy, as a failing disk does: the sum of all finds it."""
    asked: list[int] = []

    def change(number: int, file: Behaviour) -> None:
        if not asked:
            bench.write("runs", FRESH)
        asked.append(number)

    bench.server.files["/image"].before = change
    bench.write_changed("runs")
    assert bench.is_written()
    assert "the whole image is fetched: the SHA-256 of image is not" in bench.said[-1]


def test_a_server_without_ranges(bench: Bench) -> None:
    bench.server.files["/image"].ranges = False
    bench.write_changed("runs")
    assert bench.is_written()
    assert "the whole image is fetched" in bench.said[-1]
    assert "does not send parts of files" in bench.said[-1]


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (b"", "cut off"),
        (b"<html>" * 40, "none that rdiff makes"),
        (bytes.fromhex("72730147 00000000 00000008"), "a length that is of no use"),
        (bytes.fromhex("72730147 00002000 00000008") + bytes(12), "not one of an image of"),
    ],
)
def test_an_index_that_is_none(bench: Bench, index: bytes, words: str) -> None:
    bench.publish(NEW, index)
    bench.write_changed("runs")
    assert bench.is_written()
    assert words in bench.said[-1]


def test_an_index_that_lies(bench: Bench) -> None:
    """It is one of that length, and of another image: what it leads to is found wrong."""
    lie = NEW[:MIB] + OLD[:BLOCK] + NEW[MIB + BLOCK :]
    bench.publish(NEW, index_of(bench.folder, lie))
    bench.write_changed("runs")
    assert bench.is_written()
    assert "the whole image is fetched: the SHA-256 of image is not" in bench.said[-1]


def test_an_index_that_nobody_signed(bench: Bench) -> None:
    bench.server.files["/index"].data += b"x"
    bench.write_changed("runs")
    assert bench.is_written()
    assert "not the one in the release's sums" in bench.said[-1]


def test_an_index_from_a_mirror(bench: Bench) -> None:
    index, image = bench.image.index, bench.image
    assert index is not None
    elsewhere = replace(index, url=f"{bench.server.url}/gone", mirrors=(index.url,))
    bench.image = replace(image, index=elsewhere)
    bench.write_changed("runs")
    assert bench.is_written()
    assert bench.fetched() <= CHANGED + 400  # the page of the 404


def test_a_connection_that_is_cut(bench: Bench) -> None:
    bench.server.files["/image"].cuts = (70_000, 10)
    bench.write_changed("runs")
    assert bench.is_written()
    assert bench.fetched() <= CHANGED
    assert sum("trying again" in line for line in bench.said) == 2


def test_a_mirror_goes_on(bench: Bench) -> None:
    bench.server.files["/mirror"] = Behaviour(data=NEW)
    bench.server.files["/image"].cuts = (70_000, 0, 0, 0)
    bench.image = replace(bench.image, mirrors=(f"{bench.server.url}/mirror",))
    bench.write_changed("runs")
    assert bench.is_written()
    assert bench.fetched() <= CHANGED
    assert any("going on from" in line for line in bench.said)


def test_a_server_that_is_gone(bench: Bench) -> None:
    """The whole image cannot be had either, and that is what is said; nothing can be mounted."""
    bench.server.files["/image"].cuts = (70_000,) + (0,) * 20
    with pytest.raises(InstallError, match="broke off"):
        bench.write_changed("runs")
    assert bench.target.read_bytes()[:MIB] == bytes(MIB)


def test_an_image_of_another_length(bench: Bench) -> None:
    bench.server.files["/image"].data = NEW + b"more"
    with pytest.raises(InstallError, match="should have"):
        bench.write_changed("runs")


def test_asked_to_stop(bench: Bench) -> None:
    def stop() -> None:
        raise Interrupted

    bench.pulse = stop
    begun: list[bytes] = []
    bench.begin = lambda: begun.append(bench.target.read_bytes())
    with pytest.raises(Interrupted):
        bench.write_changed("runs")
    assert bench.server.files["/image"].connections == 0
    assert begun == [], "nothing of the target was to be overwritten yet"


def test_before_a_byte_changes_the_server_has_given_something(bench: Bench) -> None:
    begun: list[tuple[bytes, int]] = []
    before = bench.target.read_bytes()
    bench.begin = lambda: begun.append((bench.target.read_bytes(), bench.server.sent))
    bench.write_changed("runs")
    ((found, sent),) = begun
    assert found == before
    assert sent >= len(bench.server.files["/index"].data)
    assert bench.is_written()


@pytest.fixture
def with_tree(bench: Bench, tmp_path: Path) -> Bench:
    """The new image ends in its hash tree."""
    image = tmp_path / "atomos.squashfs"
    image.write_bytes(NEW)
    script = ROOT / "mkimage-profile/hash_tree.py"
    argv = [sys.executable, str(script), str(image)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    bench.new = image.read_bytes()
    bench.publish(bench.new)
    text = (tmp_path / "atomos.roothash").read_text()
    bench.image = replace(bench.image, verity=parse_roothash(text, "atomos.roothash"))
    return bench


def test_the_hash_tree_is_made_here(with_tree: Bench) -> None:
    with_tree.write_changed("runs")
    assert with_tree.is_written()
    assert with_tree.fetched() <= CHANGED + 4096 + BLOCK


def test_a_hash_tree_of_another_kind_is_fetched(with_tree: Bench) -> None:
    verity = with_tree.image.verity
    assert verity is not None
    with_tree.image = replace(with_tree.image, verity=replace(verity, root_hash="0" * 64))
    with_tree.write_changed("runs")
    assert with_tree.is_written()
    tree = len(with_tree.new) - verity.hash_offset_bytes
    assert tree <= with_tree.fetched() <= CHANGED + tree + BLOCK
