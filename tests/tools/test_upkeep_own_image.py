"""An image of one's own in a file: as it is, signed by a key of one's own, and what is none."""

import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

from installer.answers import Source
from installer.errors import ExitCode, Refused
from installer.upkeep.status import describe
from installer.upkeep.wish import Wish
from tests.faults import small_release
from tests.tools.installed_disk import InstalledDisk
from tests.tools.pgp import gpg_home
from tests.tools.test_upkeep import (  # noqa: F401 (fixtures)
    NEWER,
    check_updated,
    identifiers,
    installed,
    new,
    old,
    pytestmark,
    written,
)


def image_wish(image: Path, *, allowed: bool = True) -> Wish:
    source = Source(url=image.as_uri(), allow_unsigned=allowed)
    return Wish(source=source, image=str(image), any_version=True)


def test_an_image_of_one_s_own(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    image = tmp_path / "my own.squashfs"
    shutil.copy(small_release.image_of(new, NEWER), image)
    with pytest.raises(Refused, match="is checked while it runs"):
        installed.upkeep().plan(image_wish(image))
    roothash = small_release.image_of(new, NEWER).with_suffix(".roothash")
    shutil.copy(roothash, image.with_suffix(".roothash"))
    with pytest.raises(Refused, match="is unsigned"):
        installed.upkeep().plan(image_wish(image, allowed=False))
    assert installed.carry_out(image_wish(image)) is ExitCode.DONE
    check_updated(installed, new)


def test_an_image_that_one_has_signed_oneself_is_verified(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    folder, keys = tmp_path / "mine", tmp_path / "keys"
    folder.mkdir()
    keys.mkdir()
    image = folder / "my_1.0_x86-64.squashfs"
    roothash = image.with_suffix(".roothash")
    shutil.copy(small_release.image_of(new, NEWER), image)
    shutil.copy(small_release.image_of(new, NEWER).with_suffix(".roothash"), roothash)
    wish, sums = image_wish(image, allowed=False), folder / "SHA256SUMS"
    with gpg_home() as gpg:
        key = gpg.make("Me <me@example.org>")
        (keys / "mine.gpg").write_bytes(gpg.public("Me <me@example.org>"))

        def sign(*files: Path) -> None:
            argv = ["sha256sum", *(each.name for each in files)]
            sums.write_bytes(
                subprocess.run(argv, cwd=folder, check=True, capture_output=True).stdout
            )
            signature = gpg.sign("Me <me@example.org>", sums.read_bytes())
            sums.with_suffix(".gpg").write_bytes(signature)

        trusting = dataclasses.replace(installed, keys=keys)

        def refused(*, allowed: bool = False) -> str:
            with pytest.raises(Refused) as caught:
                trusting.upkeep().plan(image_wish(image, allowed=allowed))
            return str(caught.value)

        sums.write_text("of something else\n")
        assert "is unsigned: nobody vouches" in refused()
        sign(image)
        assert "The SHA-256 of my_1.0_x86-64.roothash is not the one" in refused(allowed=True)
        sign(image, roothash)
        whole = image.read_bytes()
        image.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert "The SHA-256 of my_1.0_x86-64.squashfs is not the one" in refused(allowed=True)
        image.write_bytes(whole)
        sums.write_text(f"{sums.read_text()}{'0' * 64}  more\n")
        assert "SHA256SUMS is not what Me" in refused(allowed=True)
        sign(image, roothash)
    with pytest.raises(Refused, match="signature of the release cannot be checked"):
        installed.upkeep().plan(wish)
    assert trusting.carry_out(wish) is ExitCode.DONE
    check_updated(installed, new, f"Me <me@example.org> ({key})")
    assert "    signed by Me <me@example.org>" in describe(installed.upkeep().look())


@pytest.mark.parametrize(
    ("content", "words"), [(b"no image", "is no SquashFS"), (b"", "is no SquashFS")]
)
def test_what_is_no_image_is_refused(
    installed: InstalledDisk,  # noqa: F811
    tmp_path: Path,
    content: bytes,
    words: str,
) -> None:
    image = tmp_path / "image"
    image.write_bytes(content)
    with pytest.raises(Refused, match=words):
        installed.upkeep().plan(image_wish(image))
