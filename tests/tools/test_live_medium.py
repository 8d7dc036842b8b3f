"""mount-root.sh of the live medium's initramfs, with a real ISO on a real loop device."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MOUNT_ROOT = Path(__file__).parents[2] / "live/dracut/95atomos-live/mount-root.sh"
IN_A_RUN_OF_ITS_OWN = """
mount -t tmpfs tmpfs /run
# Not every kernel that tests run on knows them.
mount() {
    case $2 in
    iso9660) command mount --bind "$files" "$6" ;;
    squashfs) [ -s "$5" ] ;;
    overlay) : ;;
    *) command mount "$@" ;;
    esac
}
mkdir -p /run/atomos /run/root
NEWROOT=/run/root
getarg() { echo medium; }
info() { :; }
warn() { :; }
die() { echo "$1" >&2; exit 1; }
echo "$1" >/run/atomos/medium.found
files=$3
. "$2"
cat /run/atomos/medium
"""


def run(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What is on the medium."""
    (tmp_path / "files/live").mkdir(parents=True)
    (tmp_path / "files/live/root.squashfs").write_bytes(bytes(4096))
    return tmp_path / "files"


@pytest.fixture
def stick(tmp_path: Path, files: Path) -> Iterator[str]:
    """A device with an ISO of `files`."""
    iso = tmp_path / "live.iso"
    run("xorriso", "-as", "mkisofs", "-quiet", "-V", "ATOMOS_LIVE", "-o", str(iso), str(files))
    node = run("losetup", "--find", "--show", "--read-only", str(iso)).strip()
    yield node
    run("losetup", "--detach", node)


def test_the_medium_is_noted_with_what_it_is_known_again_by(stick: str, files: Path) -> None:
    script = ("sh", "-c", IN_A_RUN_OF_ITS_OWN, "sh", stick, str(MOUNT_ROOT), str(files))
    device, in_ram, *rest = run("unshare", "--mount", *script).splitlines()
    uuid = run("blkid", "-p", "-s", "UUID", "-o", "value", stick).strip()
    assert uuid
    assert device == f"DEVICE={stick}"
    assert in_ram in ("IN_RAM=yes", "IN_RAM=no"), "as there is memory"
    assert rest == ["RECOVERY=no", f"UUID={uuid}"]
