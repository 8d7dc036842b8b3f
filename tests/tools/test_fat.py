"""Two files of a FAT32 change places, cut off after any write; mtools and fsck.fat judge."""

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from backends.fat import Fat32
from installer.errors import InstallError

pytestmark = pytest.mark.skipif(
    shutil.which("mcopy") is None or shutil.which("mkfs.vfat") is None,
    reason="mtools or dosfstools are not installed",
)
FOLDER = PurePosixPath("/EFI/atomos.old")
OLD, NEW = os.urandom(70_000), os.urandom(120_001)
LONG = "a long name that takes several entries "


class PowerWent(Exception):
    """After so many writes."""


class Cut(Fat32):
    """One that comes no further than `writes`."""

    def __init__(self, descriptor: int, writes: int) -> None:
        super().__init__(descriptor, "/dev/x")
        self.left = writes

    def _write(self, offset: int, data: bytes) -> None:
        if not self.left:
            raise PowerWent
        self.left -= 1
        super()._write(offset, data)


class Image:
    """A file system in a file, by mtools."""

    def __init__(self, path: Path, *, before: int) -> None:
        self.path = path
        with path.open("wb") as made:
            made.truncate(40 << 20)
        subprocess.run(["mkfs.vfat", "-F", "32", path], check=True, capture_output=True)
        self.do("mmd", "::/EFI", "::/EFI/atomos.old")
        self.put("grubx64.efi", OLD)
        # Others between them: the second is in another sector, or in another cluster.
        for number in range(before):
            self.put(f"{LONG}{number}", b"x")
        self.put("ATOMOS.NEW", NEW)

    def do(self, *argv: str, stdin: bytes = b"") -> bytes:
        words = (argv[0], "-i", str(self.path), *argv[1:])
        return subprocess.run(words, check=True, capture_output=True, input=stdin).stdout

    def put(self, name: str, data: bytes) -> None:
        self.do("mcopy", "-o", "-", f"::{FOLDER}/{name}", stdin=data)

    def get(self, name: str) -> bytes | None:
        try:
            return self.do("mtype", f"::{FOLDER}/{name}")
        except subprocess.CalledProcessError:
            return None

    def exchange(self, writes: int) -> bool:
        """Whether it came to its end."""
        descriptor = os.open(self.path, os.O_RDWR)
        try:
            Cut(descriptor, writes).exchange(FOLDER, "grubx64.efi", "ATOMOS.NEW")
        except PowerWent:
            return False
        finally:
            os.close(descriptor)
        return True

    def fsck(self) -> str:
        argv = ["fsck.fat", "-n", "-v", str(self.path)]
        return subprocess.run(argv, check=False, capture_output=True, text=True).stdout


@pytest.fixture(params=[0, 4, 40], ids=["one sector", "two sectors", "two clusters"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Image:
    return Image(tmp_path / "esp.img", before=request.param)


def test_both_names_have_what_the_other_had_and_the_rest_stays(image: Image) -> None:
    before = image.do("mdir", "-b", f"::{FOLDER}")
    assert image.exchange(99)
    assert (image.get("grubx64.efi"), image.get("ATOMOS.NEW")) == (NEW, OLD)
    assert image.do("mdir", "-b", f"::{FOLDER}") == before
    image.do("mdel", f"::{FOLDER}/ATOMOS.NEW")
    assert image.get("grubx64.efi") == NEW
    argv = ["fsck.fat", "-n", str(image.path)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_cut_off_after_any_write_the_name_has_one_of_both_and_again_comes_to_its_end(
    image: Image,
) -> None:
    writes, shared = 0, "share clusters"
    whole = image.path.read_bytes()
    while True:
        image.path.write_bytes(whole)
        done = image.exchange(writes)
        assert image.get("grubx64.efi") in (OLD, NEW)
        assert image.get("ATOMOS.NEW") in (OLD, NEW, None)
        assert shared not in image.fsck()
        # As the next run goes on.
        image.put("ATOMOS.NEW", NEW)
        assert image.exchange(99)
        image.do("mdel", f"::{FOLDER}/ATOMOS.NEW")
        assert image.get("grubx64.efi") == NEW
        assert shared not in image.fsck()
        if done:
            break
        writes += 1
    assert writes in (1, 3)


def test_fsck_would_tell_of_clusters_that_two_names_share(image: Image) -> None:
    descriptor = os.open(image.path, os.O_RDWR)
    fat = Fat32(descriptor, "/dev/x")
    one, other = (fat._found(FOLDER, name) for name in ("grubx64.efi", "ATOMOS.NEW"))
    fat._write(one.offset, one.holding(other))
    os.close(descriptor)
    assert "share clusters" in image.fsck()


def test_what_is_not_there_or_no_fat32_is_told(tmp_path: Path) -> None:
    image = Image(tmp_path / "esp.img", before=0)
    descriptor = os.open(image.path, os.O_RDWR)
    fat = Fat32(descriptor, "/dev/x")
    for folder, name in (
        (FOLDER, "other.efi"),
        (PurePosixPath("/no"), "x"),
        (FOLDER.parent, "atomos.old"),
    ):
        with pytest.raises(InstallError, match="not as the installer makes it"):
            fat.exchange(folder, name, "ATOMOS.NEW")
    os.pwrite(descriptor, bytes(512), 0)
    with pytest.raises(InstallError, match="/dev/x"):
        Fat32(descriptor, "/dev/x")
    os.close(descriptor)
