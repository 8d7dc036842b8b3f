"""The fingerprint of a disk: equal where disks are alike, and naming what differs."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backends.mounts import Mounts
from backends.runner import Runner
from installer.identifiers import Identifiers
from installer.layout import Role
from installer.quantity import KIB, MIB
from installer.secret import Secret
from tests.faults import small_release
from tests.faults.container_lines import Opened, container_lines, volumes_in
from tests.faults.fingerprint import Fingerprint
from tests.tools.conftest import LoopMaker
from tests.tools.disk_changes import (
    ALIKE,
    ETC,
    IN_FILES,
    MORE,
    OUTSIDE,
    Round,
    by_tool,
    flip,
    in_data,
)
from tests.tools.written_disk import SIZES, Attached, Writer, attached, live_root

pytestmark = pytest.mark.skipif(
    not Path("/usr/lib/grub/i386-pc/boot.img").exists(), reason="grub-pc-bin is not installed"
)


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    folder = tmp_path_factory.mktemp("writer")
    runner = Runner()
    return Writer(
        runner=runner,
        mounts=Mounts(runner, folder / "mnt"),
        release=small_release.make(folder / "release"),
        live=live_root(folder / "live"),
    )


@pytest.fixture(scope="module")
def identifiers() -> Identifiers:
    return Identifiers.draw()


@pytest.fixture(scope="module")
def written(
    writer: Writer, identifiers: Identifiers, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return writer.write(tmp_path_factory.mktemp("written") / "disk.raw", identifiers)


@pytest.fixture(scope="module")
def before(written: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    runner = Runner()
    mounts = Mounts(runner, tmp_path_factory.mktemp("before"))
    with attached(written) as disk:
        return Fingerprint(runner, mounts).lines(disk.path)


@pytest.fixture
def fingerprint(runner: Runner, mounts: Mounts) -> Fingerprint:
    return Fingerprint(runner, mounts)


@pytest.fixture
def disk(written: Path, tmp_path: Path) -> Iterator[Attached]:
    """A copy of the disk that was written."""
    copy = tmp_path / "copy.raw"
    subprocess.run(["cp", "--sparse=always", written, copy], check=True)
    with attached(copy) as made:
        yield made


def difference(before: list[str], after: list[str]) -> set[str]:
    """Lines that only one of them has, marked as diff does."""
    return {f"-{line}" for line in before if line not in after} | {
        f"+{line}" for line in after if line not in before
    }


@pytest.mark.parametrize("changes", [OUTSIDE, IN_FILES, MORE], ids=["outside", "files", "more"])
def test_names_what_differs(
    fingerprint: Fingerprint, mounts: Mounts, disk: Attached, before: list[str], changes: Round
) -> None:
    for change, _line in changes:
        change(disk, mounts)
    found = difference(before, fingerprint.lines(disk.path))
    wanted = [line.replace("SHADOW", f"data /{ETC}/shadow") for _change, line in changes]
    missing = [line for line in wanted if not any(each.startswith(line) for each in found)]
    assert not missing, found


def test_says_no_more_than_what_differs(
    fingerprint: Fingerprint, mounts: Mounts, disk: Attached, before: list[str]
) -> None:
    in_data("@home/ada", lambda folder: folder.chmod(0o755))(disk, mounts)
    assert difference(before, fingerprint.lines(disk.path)) == {
        "-data /@home/ada folder 0700 1000:1000",
        "+data /@home/ada folder 0755 1000:1000",
    }


def test_what_chance_and_clock_decide_is_left_out(
    fingerprint: Fingerprint, mounts: Mounts, disk: Attached, before: list[str]
) -> None:
    for change in ALIKE:
        change(disk, mounts)
    assert difference(before, fingerprint.lines(disk.path)) == set()


@pytest.mark.parametrize("same", [True, False])
def test_two_disks_made_alike(
    fingerprint: Fingerprint,
    writer: Writer,
    identifiers: Identifiers,
    before: list[str],
    tmp_path: Path,
    same: bool,
) -> None:
    """With the same random identifiers, and with others."""
    others = identifiers if same else Identifiers.draw()
    file = writer.write(tmp_path / "second.raw", others)
    with attached(file) as second:
        assert fingerprint.lines(second.path) == before
        as_it_is = fingerprint.lines(second.path, names={})
    assert len(as_it_is) == len(before)
    assert any(f"guid={others.disk_guid}" in line for line in as_it_is)
    assert any(others.boot_uuid in line for line in as_it_is)


def test_names_that_are_given(
    fingerprint: Fingerprint, disk: Attached, identifiers: Identifiers
) -> None:
    found = fingerprint.lines(disk.path, names={identifiers.data_uuid.upper(): "chance"})
    assert "data file system: btrfs label=atomos-data id=<chance>" in found


def test_an_identifier_that_stands_in_two_places(
    fingerprint: Fingerprint, disk: Attached, identifiers: Identifiers, before: list[str]
) -> None:
    guid = identifiers.partition_guids[Role.SLOT_A]
    by_tool("sfdisk", "--part-uuid", "DISK", "5", guid)(disk, Mounts(Runner(), Path("/none")))
    found = difference(before, fingerprint.lines(disk.path))
    assert any("<guid of atomos-a, guid of atomos-b>" in line for line in found)


def test_a_raw_image_is_as_good(fingerprint: Fingerprint, written: Path, before: list[str]) -> None:
    assert fingerprint.lines(str(written)) == before


def log_root(file: Path) -> int:
    """Of the BTRFS on a disk that lies in `file`: 0 where no log is to be replayed."""
    with file.open("rb") as raw:
        # The superblock is at 64 KiB (btrfs-progs, struct btrfs_super_block).
        raw.seek(MIB + sum(SIZES.values()) - SIZES[Role.DATA] + 64 * KIB + 0x60)
        return int.from_bytes(raw.read(8), "little")


def cut_off(disk: Attached, mounts: Mounts, file: Path, copy: Path) -> None:
    """A copy of the disk in `file` with logs that are dirty, as a power cut leaves them."""
    with (
        mounts.device(disk.node(Role.DATA), "btrfs", read_only=False, subvolume="@var") as var,
        mounts.device(disk.node(Role.BOOT), "ext4", read_only=False) as boot,
    ):
        # Whoever calls sync(2) on this machine makes BTRFS forget its log; so does a new mount.
        for _ in range(10):
            subprocess.run(["sync", "-f", str(var)], check=True)
            for folder in (var, boot):
                with (folder / "written").open("wb") as written:
                    written.write(b"flushed")
                    written.flush()
                    os.fsync(written.fileno())
            shutil.copyfile(file, copy)
            if log_root(copy):
                return
    raise AssertionError("BTRFS wrote no log")


def test_not_a_byte_changes_even_where_logs_are_dirty(
    fingerprint: Fingerprint, mounts: Mounts, disk: Attached, tmp_path: Path
) -> None:
    copy = tmp_path / "power-cut.raw"
    cut_off(disk, mounts, tmp_path / "copy.raw", copy)

    def digest() -> str:
        with copy.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    unchanged = digest()
    with attached(copy) as cut:
        assert "needs_recovery" in said_by("dumpe2fs", "-h", cut.node(Role.BOOT))
        fingerprint.lines(cut.path)
    assert log_root(copy)
    assert digest() == unchanged


def said_by(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_nothing_is_left_behind(fingerprint: Fingerprint, disk: Attached) -> None:
    fingerprint.lines(disk.path)
    argv = ["losetup", "--list", "--noheadings", "--output", "BACK-FILE"]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert disk.path not in listed.split()


def command_line(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Without any package beside the standard library, as in a live system."""
    argv = [sys.executable, "-S", "-m", "tests.faults.fingerprint", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(argv, cwd=root, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("options", [(), ("--as-they-are",)])
def test_command_line(
    disk: Attached, before: list[str], identifiers: Identifiers, options: tuple[str, ...]
) -> None:
    printed = command_line(disk.path, *options).stdout.splitlines()
    assert (printed == before) is not bool(options)
    assert (f"table guid={identifiers.disk_guid}" in printed) is bool(options)


def test_command_line_of_no_disk(tmp_path: Path) -> None:
    done = command_line(str(tmp_path / "none"))
    assert done.returncode == 1
    assert "is not there" in done.stderr
    assert "Traceback" not in done.stderr


PASSPHRASE = "to be, or not to be"


@pytest.fixture
def container(loop: LoopMaker) -> str:
    device = loop(20 * MIB)
    argv = ["cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--uuid"]
    argv += ["12345678-9abc-4def-8123-456789abcdef", "--pbkdf-memory", "64", "--key-file=-"]
    argv += ["--pbkdf-force-iterations", "4", device]
    subprocess.run(argv, input=PASSPHRASE.encode(), check=True, capture_output=True)
    return device


def test_a_container(container: str, runner: Runner) -> None:
    assert list(container_lines(runner, container)) == [
        "luks headers: both whole",
        "luks uuid=12345678-9abc-4def-8123-456789abcdef",
        "luks tokens=0",
        "luks keyslots=1",
        "luks keyslot 0: luks2 64 argon2id",
        "luks segment 0: type=crypt offset=16777216 size=dynamic encryption=aes-xts-plain64"
        " sector_size=512",
        "luks flags=[]",
    ]


def test_a_container_with_more(container: str, runner: Runner) -> None:
    for argv, data in (
        (("luksAddKey", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"), PASSPHRASE),
        (("token", "import", "--token-id", "0"), json.dumps({"type": "x", "keyslots": ["0"]})),
    ):
        words = ["cryptsetup", *argv, container]
        if "luksAddKey" in argv:
            words += [__file__, "--key-file=-"]
        subprocess.run(words, input=data.encode(), check=True, capture_output=True)
    lines = set(container_lines(runner, container))
    assert {"luks tokens=1", "luks keyslots=2", "luks keyslot 1: luks2 64 pbkdf2"} <= lines


def test_a_container_with_a_damaged_header(container: str, runner: Runner) -> None:
    flip(container, 20 * KIB)
    content = Path(container).read_bytes()
    # As the fingerprint has it: cryptsetup would repair the second header by the first.
    subprocess.run(["blockdev", "--setro", container], check=True)
    assert "luks headers: damaged" in container_lines(runner, container)
    assert Path(container).read_bytes() == content


def test_volumes() -> None:
    report = {
        "report": [
            {
                "lv": [
                    {"vg_name": "atomos", "lv_name": "a", "lv_size": "67108864"},
                    {"vg_name": "atomos", "lv_name": "more", "lv_size": "4194304"},
                ]
            }
        ]
    }
    assert list(volumes_in(json.dumps(report))) == [
        "lvm atomos/a: 67108864 bytes",
        "lvm atomos/more: 4194304 bytes",
    ]


class FakeContainers:
    """A container whose volumes are the partitions of another disk."""

    def __init__(self, inside: Attached) -> None:
        self._inside = inside
        self.asked: list[tuple[str, str]] = []

    @contextmanager
    def opened(self, partition: str, passphrase: Secret) -> Iterator[Opened]:
        self.asked.append((partition, passphrase.reveal()))
        roles = (Role.SLOT_A, Role.SLOT_B, Role.DATA)
        nodes = {role: self._inside.node(role) for role in roles}
        yield Opened(devices=nodes, lines=("lvm of a test",))


def test_an_encrypted_disk(
    runner: Runner, mounts: Mounts, disk: Attached, loop: LoopMaker, before: list[str]
) -> None:
    """Through a container that is not there: this kernel may have no device-mapper."""
    outer = loop(32 * MIB)
    script = "label: gpt\nsize=24MiB, name=atomos-luks\n"
    subprocess.run(["sfdisk", "-q", outer], input=script, text=True, check=True)
    subprocess.run(["partx", "--update", outer], check=False, capture_output=True)
    argv = ["cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--pbkdf-memory", "64"]
    argv += ["--pbkdf-force-iterations", "4", "--key-file=-", f"{outer}p1"]
    subprocess.run(argv, input=PASSPHRASE.encode(), check=True, capture_output=True)
    containers = FakeContainers(disk)
    fingerprint = Fingerprint(runner, mounts, containers=containers)
    lines = fingerprint.lines(outer, passphrase=Secret(PASSPHRASE))
    assert containers.asked == [(f"{outer}p1", PASSPHRASE)]
    # What is behind an image is noise there.
    inside = {line for line in before if line.startswith(("slot", "data")) and "rest" not in line}
    assert inside <= set(lines)
    assert {"lvm of a test", "luks uuid=<id of atomos-luks>", "luks keyslots=1"} <= set(lines)
    assert not any("rest of" in line for line in lines)
    closed = fingerprint.lines(outer)
    assert "luks: not opened, for want of a passphrase" in closed
    assert not any(line.startswith(("slot", "data")) for line in closed)
