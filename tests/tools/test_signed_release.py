"""A release as `./dev keys` and `./dev release` make it, read with its live image's keyring."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from installer.answers import Source
from installer.errors import Refused
from installer.release import SUMS_NAME, packed_name
from installer.signature import SIGNATURE_NAME
from tests.tools.releases import releases
from tests.tools.test_release_source import release_in

RECIPES = Path(__file__).parents[2] / "mkimage-profile"
COMMAND = """\
import sys
from pathlib import Path

sys.path[:0] = sys.argv[1:3]
from release import make_release

keys, trusted = ([Path(each) for each in text.split(",") if each] for text in sys.argv[5:])
make_release(Path(sys.argv[3]), [Path(sys.argv[4])], keys, trusted)
"""
IMAGE = "atomos_1.2_x86-64.squashfs"


def keys_in(folder: Path, name: str) -> str:
    """Make a pair of keys; returns the fingerprint."""
    argv = [sys.executable, str(RECIPES / "keys.py"), str(folder), "--name", name]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    return done.stdout.partition(":")[0]


def make_release(folder: Path, built: Path, keys: list[Path], trusted: list[Path]) -> None:
    """As the command does, without building images."""
    argv = [sys.executable, "-c", COMMAND, str(RECIPES), str(RECIPES.parent), str(folder)]
    lists = [",".join(map(str, each)) for each in (keys, trusted)]
    subprocess.run([*argv, str(built), *lists], check=True, capture_output=True, text=True)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    built = tmp_path / "built"
    built.mkdir()
    release_in(built, "1.2", live=False)
    (built / SUMS_NAME).unlink()
    return built / IMAGE


def found(folder: Path, keys: Path) -> str | None:
    return releases(keys).find(Source(url=folder.as_uri()), "x86-64").signed_by


def test_the_live_image_knows_who_signed(tmp_path: Path, image: Path) -> None:
    keys, folder = tmp_path / "keys", tmp_path / "release"
    fingerprint = keys_in(keys, "Remixer <me@example.org>")
    make_release(folder, image, [keys / "release.key"], [keys / "release.gpg"])
    assert found(folder, keys) == f"Remixer <me@example.org> ({fingerprint})"
    assert (keys / "release.key").stat().st_mode & 0o777 == 0o600


def test_keys_are_not_overwritten(tmp_path: Path) -> None:
    keys_in(tmp_path, "First")
    before = (tmp_path / "release.key").read_bytes()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        keys_in(tmp_path, "Second")
    assert "release.key is there already" in caught.value.stderr
    assert (tmp_path / "release.key").read_bytes() == before


def test_a_key_is_followed_by_another(tmp_path: Path, image: Path) -> None:
    """A release signed by both is taken by live images of both times."""
    old, new, folder = tmp_path / "old", tmp_path / "new", tmp_path / "release"
    prints = [keys_in(old, "Old"), keys_in(new, "New")]
    secret = [old / "release.key", new / "release.key"]
    make_release(folder, image, secret, [new / "release.gpg"])
    assert found(folder, old) == f"Old ({prints[0]})"
    assert found(folder, new) == f"New ({prints[1]})"


def test_a_release_that_its_own_live_image_would_refuse_is_not_made(
    tmp_path: Path, image: Path
) -> None:
    old, new, folder = tmp_path / "old", tmp_path / "new", tmp_path / "release"
    keys_in(old, "Old")
    keys_in(new, "New")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        make_release(folder, image, [new / "release.key"], [old / "release.gpg"])
    assert "none of the keys that sign this release is in the keyrings" in caught.value.stderr
    assert not folder.exists()


def test_unsigned_again_leaves_no_old_signature(tmp_path: Path, image: Path) -> None:
    keys, folder = tmp_path / "keys", tmp_path / "release"
    keys_in(keys, "Remixer")
    make_release(folder, image, [keys / "release.key"], [keys / "release.gpg"])
    assert (folder / SIGNATURE_NAME).exists()
    make_release(folder, image, [], [])
    with pytest.raises(Refused, match="is unsigned: nobody vouches for it"):
        found(folder, keys)


@pytest.mark.parametrize("gains", [True, False])
def test_an_image_is_packed_where_that_gains_3_percent(
    tmp_path: Path, image: Path, gains: bool
) -> None:
    image.write_bytes(bytes(1 << 20) if gains else random.Random(1).randbytes(1 << 20))
    keys, folder = tmp_path / "keys", tmp_path / "release"
    keys_in(keys, "Remixer")
    make_release(folder, image, [keys / "release.key"], [keys / "release.gpg"])
    release = releases(keys).find(Source(url=folder.as_uri()), "x86-64")
    packed = folder / packed_name(IMAGE)
    assert packed.exists() is gains
    if not gains:
        assert release.image.packed is None
        return
    assert release.image.packed is not None
    assert release.image.packed.size_bytes == packed.stat().st_size
    assert release.image.packed.url == f"{folder.as_uri()}/{packed.name}"
    unpacked = subprocess.run(["zstd", "-dc", packed], check=True, capture_output=True).stdout
    assert unpacked == image.read_bytes()
