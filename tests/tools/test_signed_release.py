"""A release as `./dev keys` and `./dev release` make it, read with its live image's keyring."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from installer.answers import Source
from installer.errors import Refused
from installer.release import SUMS_NAME, packed_name
from installer.signature import SIGNATURE_NAME
from tests.tools.pgp import gpg_home
from tests.tools.releases import releases
from tests.tools.test_release_source import release_in

RECIPES = Path(__file__).parents[2] / "mkimage-profile"
COMMAND = """\
import sys
from pathlib import Path

recipes, built = sys.argv[1:3]
del sys.argv[1:3]
sys.path.insert(0, recipes)
import build

images = {"live": "atomos-live_1.2_x86-64.iso", "system": "atomos_1.2_x86-64.squashfs"}
build.main(lambda kind, *_: Path(built) / images[kind])
"""
"""`./dev build`, but that the images are there already."""
IMAGE = "atomos_1.2_x86-64.squashfs"


def keys_in(folder: Path, name: str) -> str:
    """Make a pair of keys; returns the fingerprint."""
    argv = [sys.executable, str(RECIPES / "keys.py"), str(folder), "--name", name]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    return done.stdout.partition(":")[0]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--name", ""), 1, "gpg made no key of the name ''"),
        (("--years", "-1"), 2, "cannot have expired before it is made"),
    ],
)
def test_a_key_that_cannot_be_made(
    tmp_path: Path, words: Sequence[str], status: int, told: str
) -> None:
    argv = [sys.executable, str(RECIPES / "keys.py"), str(tmp_path / "keys"), *words]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def make_release(
    folder: Path,
    built: Path,
    keys: Sequence[Path] = (),
    trusted: Path | None = None,
    seed: Path | None = None,
) -> str:
    """As `./dev release` puts its words; returns what is said where it is refused."""
    words = ["release", "--weight", "generic", str(folder)]
    words += [word for key in keys for word in ("--key", str(key))]
    words += [] if trusted is None else ["--keys", str(trusted)]
    words += [] if seed is None else ["--seed", str(seed), "--version", "1.2"]
    argv = [sys.executable, "-c", COMMAND, str(RECIPES), str(built), *words]
    environment = {**os.environ, "ATOMOS_CACHE": str(built.parent / "cache")}
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) in ((0, f"{folder}\n"), (2, "")), done.stderr
    return done.stderr.rpartition("error: ")[2].rstrip() if done.returncode else ""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    release_in(folder, "1.2")
    (folder / SUMS_NAME).unlink()
    return folder


def found(folder: Path, keys: Path) -> str | None:
    return releases(keys).find(Source(url=folder.as_uri()), "x86-64").signed_by


def test_the_live_image_knows_who_signed(tmp_path: Path, built: Path) -> None:
    """Its keyrings are those beside the key, where nothing else is said."""
    keys, folder = tmp_path / "keys", tmp_path / "release"
    fingerprint = keys_in(keys, "Remixer <me@example.org>")
    assert make_release(folder, built, [keys / "release.key"]) == ""
    assert found(folder, keys) == f"Remixer <me@example.org> ({fingerprint})"
    assert (keys / "release.key").stat().st_mode & 0o777 == 0o600


def test_a_signature_of_a_given_day_is_the_same_each_time(tmp_path: Path, built: Path) -> None:
    """Of the key's own day where that is younger: a signature that is older than its key is bad."""
    keys, folder = tmp_path / "keys", tmp_path / "release"
    fingerprint = keys_in(keys, "Remixer <me@example.org>")
    words = (
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[1:2]; import keys;"
        "sys.stdout.buffer.write(keys.sign(b'sums', [Path(sys.argv[2])], int(sys.argv[3])))"
    )

    def signed(day: int) -> bytes:
        argv = [sys.executable, "-c", words, str(RECIPES), str(keys / "release.key"), str(day)]
        return subprocess.run(argv, check=True, capture_output=True).stdout

    first = signed(1_000_000_000)
    time.sleep(1.1)
    assert signed(1_000_000_000) == first
    assert signed(int(time.time()) + 86400) != first
    folder.mkdir()
    (folder / "sums").write_bytes(b"sums")
    (folder / "sums.gpg").write_bytes(first)
    argv = ["gpgv", "--keyring", str(keys / "release.gpg"), str(folder / "sums.gpg")]
    done = subprocess.run(
        [*argv, str(folder / "sums")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert fingerprint in done.stderr.replace(" ", "")


def test_a_home_seed_is_signed_with_the_rest(tmp_path: Path, built: Path) -> None:
    keys, folder = tmp_path / "keys", tmp_path / "release"
    keys_in(keys, "Remixer")
    seed = tmp_path / "atomos-home_1.2_x86-64.tar"
    seed.write_bytes(b"seed")
    assert make_release(folder, built, [keys / "release.key"], seed=seed) == ""
    release = releases(keys).find(Source(url=folder.as_uri()), "x86-64")
    assert release.seed is not None
    assert release.seed.url == (folder / seed.name).as_uri()
    other = seed.rename(tmp_path / "atomos-home_1.3_x86-64.tar")
    told = make_release(tmp_path / "other", built, [keys / "release.key"], seed=other)
    assert "is no home seed of this release, atomos-home_1.2_x86-64.tar" in told


def test_dev_release_begins_where_there_are_keyrings(tmp_path: Path) -> None:
    """The real command, as far as it goes without building images."""
    key, folder = tmp_path / "release.key", tmp_path / "release"
    argv = [str(RECIPES.parent / "dev"), "release", str(folder), "--key", str(key)]
    told = []
    for _ in range(2):
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        assert done.returncode == 2
        told.append(done.stderr.splitlines()[-1].partition("error: ")[2])
        key.write_text("a key")
    assert told == [
        f"{key} is no key: there is no such file",
        f"{tmp_path} has no keyrings (*.gpg, *.pgp)",
    ]
    assert not folder.exists()


def test_keys_are_not_overwritten(tmp_path: Path) -> None:
    keys_in(tmp_path, "First")
    before = (tmp_path / "release.key").read_bytes()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        keys_in(tmp_path, "Second")
    assert "release.key is there already" in caught.value.stderr
    assert (tmp_path / "release.key").read_bytes() == before


def test_a_key_is_followed_by_another(tmp_path: Path, built: Path) -> None:
    """A release signed by both is taken by live images of both times."""
    old, new, folder = tmp_path / "old", tmp_path / "new", tmp_path / "release"
    prints = [keys_in(old, "Old"), keys_in(new, "New")]
    secret = [old / "release.key", new / "release.key"]
    assert make_release(folder, built, secret, new) == ""
    assert found(folder, old) == f"Old ({prints[0]})"
    assert found(folder, new) == f"New ({prints[1]})"


def test_armoured_keyrings_are_known(tmp_path: Path, built: Path) -> None:
    keys, trusted = tmp_path / "keys", tmp_path / "trusted"
    keys_in(keys, "Remixer")
    trusted.mkdir()
    argv = ["gpg", "--enarmor", "--output", "-", str(keys / "release.gpg")]
    armoured = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    text = armoured.replace("ARMORED FILE", "PUBLIC KEY BLOCK")
    (trusted / "remixer.pgp").write_text(text)
    assert make_release(tmp_path / "release", built, [keys / "release.key"], trusted) == ""


def test_a_release_that_its_own_live_image_would_refuse_is_not_made(
    tmp_path: Path, built: Path
) -> None:
    old, new, folder = tmp_path / "old", tmp_path / "new", tmp_path / "release"
    keys_in(old, "Old")
    fingerprint = keys_in(new, "New")
    told = make_release(folder, built, [new / "release.key"], old)
    assert f"which trusts the keys in {old}, would refuse it: " in told
    assert f"is by the key {fingerprint}, which is not among those" in told
    assert not folder.exists()


def test_a_revoked_key_makes_no_release(tmp_path: Path, built: Path) -> None:
    """gpgv says of its signature that it is good."""
    keys, folder = tmp_path / "keys", tmp_path / "release"
    keys_in(keys, "Lost")
    with gpg_home() as gpg:
        gpg.run("--import", stdin=(keys / "release.gpg").read_bytes())
        revocation = (keys / "release.rev").read_text().replace("\n:---", "\n---")
        gpg.run("--import", stdin=revocation.encode())
        (keys / "release.gpg").write_bytes(gpg.run("--export"))
    told = make_release(folder, built, [keys / "release.key"])
    assert "that key was revoked: it is trusted no more" in told
    assert not folder.exists()


def test_unsigned_again_leaves_no_old_signature(tmp_path: Path, built: Path) -> None:
    keys, folder = tmp_path / "keys", tmp_path / "release"
    keys_in(keys, "Remixer")
    assert make_release(folder, built, [keys / "release.key"]) == ""
    assert (folder / SIGNATURE_NAME).exists()
    assert make_release(folder, built) == ""
    with pytest.raises(Refused, match="is unsigned: nobody vouches for it"):
        found(folder, keys)


@pytest.mark.parametrize("gains", [True, False])
def test_an_image_is_packed_where_that_gains_3_percent(
    tmp_path: Path, built: Path, gains: bool
) -> None:
    image = built / IMAGE
    image.write_bytes(bytes(1 << 20) if gains else random.Random(1).randbytes(1 << 20))
    keys, folder = tmp_path / "keys", tmp_path / "release"
    keys_in(keys, "Remixer")
    assert make_release(folder, built, [keys / "release.key"]) == ""
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
