"""LUKS2 containers by the real cryptsetup, as far as it goes without device-mapper."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from backends.file_systems import Makers
from backends.luks import Cryptsetup
from backends.luks_header import read_headers
from backends.mounts import Mounts
from backends.runner import Completed, Runner
from installer.errors import InstallError, ToolFailed
from installer.layout import LUKS_HEADER_SIZE
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.conftest import LoopMaker

UUID = "12345678-9abc-4def-8123-456789abcdef"
OTHER = "87654321-9abc-4def-8123-456789abcdef"
PASSPHRASE = Secret(" Großmutters\t\u00a0Käse 🧀 ")
"""As it is typed: blanks at both ends, and no newline."""
RECOVERY = Secret("cbdefghi-jklnrtuv-cbdefghi-jklnrtuv")
MEMORY_KIB = 32768
SIZE = 40 * MIB

pytestmark = pytest.mark.skipif(
    shutil.which("cryptsetup", path="/usr/sbin:/sbin") is None, reason="no cryptsetup"
)


@pytest.fixture(scope="module")
def quickly_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A container whose key is derived in no time, made once."""
    file = tmp_path_factory.mktemp("luks") / "container.img"
    with file.open("wb") as made:
        made.truncate(SIZE)
    options = ["--pbkdf", "argon2id", "--pbkdf-memory", str(MEMORY_KIB)]
    options += ["--pbkdf-force-iterations", "4", "--type", "luks2", "--uuid", UUID]
    luks_format(str(file), *options, key=PASSPHRASE.reveal().encode())
    return file


@pytest.fixture
def container(quickly_made: Path, loop: LoopMaker, tmp_path: Path) -> str:
    return loop(file=Path(shutil.copy(quickly_made, tmp_path / "container.img")))


class QuickRunner(Runner):
    """Lets cryptsetup derive a new key in no time. To measure what two seconds are, at each new
    key, took up to 30 seconds beside a virtual machine."""

    def run(self, argv: Sequence[str], **options: Any) -> Completed:
        if argv[:2] in (["cryptsetup", "luksFormat"], ["cryptsetup", "luksAddKey"]):
            argv = [*argv[:2], "--pbkdf-force-iterations", "4", *argv[2:]]
        return super().run(argv, **options)


@pytest.fixture
def luks(mounts: Mounts) -> Cryptsetup:
    return Cryptsetup(QuickRunner(), mounts)


@pytest.fixture
def stick(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    device = loop(64 * MIB)
    Makers(runner, mounts).make_ext4(device, label="stick", uuid=OTHER)
    return device


def content(device: str, length: int = SIZE, offset: int = 0) -> bytes:
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    with Path(device).open("rb") as file:
        file.seek(offset)
        return file.read(length)


def overwrite(device: str, offset: int, data: bytes) -> None:
    with Path(device).open("r+b") as file:
        file.seek(offset)
        file.write(data)


def luks_format(device: str, *options: str, key: bytes = b"old") -> None:
    """A container that somebody else made, quickly."""
    argv = ["cryptsetup", "luksFormat", "--batch-mode", "--key-file=-"]
    if "--pbkdf" not in options:
        argv += ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    argv += [*options, device]
    subprocess.run(argv, input=key, check=True, capture_output=True)


@pytest.mark.extended
def test_a_key_that_is_measured(runner: Runner, mounts: Mounts, loop: LoopMaker) -> None:
    """By the very commands, as the encrypted scenarios have them too."""
    device, luks = loop(SIZE), Cryptsetup(runner, mounts)
    luks.format(device, uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)
    luks.add_key(device, passphrase=PASSPHRASE, key=RECOVERY)
    primary, _secondary = read_headers(device)
    assert primary is not None
    assert all(0 < memory <= MEMORY_KIB for _name, memory in primary.derivations)


def test_a_new_container(luks: Cryptsetup, loop: LoopMaker) -> None:
    """At the prompt cryptsetup takes a line without its newline; in a file, every byte."""
    device = loop(SIZE)
    luks.format(device, uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)
    argv = ["cryptsetup", "luksDump", device]
    dump = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    words = [" ".join(line.split()) for line in dump.splitlines()]
    for each in ("Version: 2", f"UUID: {UUID}", "Label: (no label)", "PBKDF: argon2id"):
        assert each in words
    (memory,) = [int(line.split()[1]) for line in words if line.startswith("Memory: ")]
    assert memory <= MEMORY_KIB
    assert luks.uuid(device) == UUID
    argv = ["cryptsetup", "open", "--test-passphrase", device]
    for typed, status in ((PASSPHRASE.reveal(), 0), (PASSPHRASE.reveal().rstrip(), 2)):
        ended = subprocess.run(argv, input=typed + "\n", text=True, check=False).returncode
        assert ended == status


@pytest.mark.parametrize("wrong", ["x", PASSPHRASE.reveal() + "\n", PASSPHRASE.reveal().strip()])
def test_a_wrong_passphrase(luks: Cryptsetup, container: str, wrong: str) -> None:
    before = content(container)
    assert luks.opens(container, PASSPHRASE)
    assert not luks.opens(container, Secret(wrong))
    with pytest.raises(InstallError, match=f"passphrase does not open {container}") as caught:
        luks.add_key(container, passphrase=Secret(wrong), key=RECOVERY)
    assert caught.value.device == container
    assert content(container) == before


def test_an_empty_passphrase_opens_nothing(luks: Cryptsetup, container: str) -> None:
    assert not luks.opens(container, Secret(""))


def test_a_second_key_opens_it_too(luks: Cryptsetup, container: str) -> None:
    for _again in range(2):
        luks.add_key(container, passphrase=PASSPHRASE, key=RECOVERY)
    assert luks.opens(container, RECOVERY)
    assert luks.opens(container, PASSPHRASE)
    primary, secondary = read_headers(container)
    assert primary is not None
    assert primary == secondary
    assert [name for name, _memory in primary.derivations] == ["argon2id", "argon2id"]
    assert all(memory <= MEMORY_KIB for _name, memory in primary.derivations)


@pytest.mark.parametrize(
    "options",
    [
        ("--type", "luks1"),
        ("--type", "luks2", "--luks2-metadata-size", "4m", "--luks2-keyslots-size", "16m"),
    ],
)
def test_nothing_of_an_older_container_stays(
    luks: Cryptsetup, loop: LoopMaker, options: tuple[str, ...]
) -> None:
    device = loop(80 * MIB)
    luks_format(device, *options, "--uuid", OTHER)
    luks.format(device, uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)
    found = content(device, 80 * MIB)
    assert OTHER.encode() not in found
    assert found.count(b"LUKS\xba\xbe") == 1
    assert found.count(b"SKUL\xba\xbe") == 1
    assert not luks.opens(device, Secret("old"))
    assert luks.opens(device, PASSPHRASE)


def test_older_file_systems_are_gone(
    luks: Cryptsetup, loop: LoopMaker, runner: Runner, mounts: Mounts
) -> None:
    device = loop(128 * MIB)
    Makers(runner, mounts).make_btrfs(device, label="old", uuid=OTHER, subvolumes=())
    luks.format(device, uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)
    argv = ["wipefs", "--noheadings", "--output", "TYPE", device]
    found = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    assert set(found) == {"crypto_LUKS"}
    assert b"_BHRfS_M" not in content(device, 128 * MIB)


def test_uuid_is_of_luks2_only(luks: Cryptsetup, loop: LoopMaker, stick: str) -> None:
    device = loop(SIZE)
    assert luks.uuid(device) is None
    assert luks.uuid(stick) is None
    luks_format(device, "--type", "luks1", "--uuid", UUID)
    assert luks.uuid(device) is None


def test_a_damaged_first_header_is_read_by_the_second_and_not_repaired(
    luks: Cryptsetup, container: str
) -> None:
    overwrite(container, 5000, b"damage")
    before = content(container)
    assert luks.uuid(container) == UUID
    assert read_headers(container)[0] is None
    assert content(container) == before
    overwrite(container, 16384 + 5000, b"damage")
    assert luks.uuid(container) is None


@pytest.mark.parametrize("options", [("--type", "luks1"), None])
def test_what_is_no_luks2_is_no_wrong_passphrase(
    luks: Cryptsetup, loop: LoopMaker, options: tuple[str, ...] | None
) -> None:
    device = loop(SIZE)
    if options:
        luks_format(device, *options)
    with pytest.raises(ToolFailed) as caught:
        luks.opens(device, Secret("old"))
    assert "not a valid LUKS device" in caught.value.tool_words


def test_too_small_a_device(luks: Cryptsetup, loop: LoopMaker) -> None:
    device = loop(16 * MIB)
    with pytest.raises(InstallError, match=f"{device} is too small") as caught:
        luks.format(device, uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)
    assert caught.value.device == device
    assert not any(content(device, 16 * MIB))


def test_a_device_in_use(luks: Cryptsetup, stick: str, mounts: Mounts) -> None:
    with (
        mounts.device(stick, "ext4", read_only=False),
        pytest.raises(InstallError, match=f"{stick} is in use"),
    ):
        luks.format(stick, uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)
    with mounts.device(stick, "ext4", read_only=True):
        pass


def test_more_memory_than_argon2id_takes(luks: Cryptsetup, loop: LoopMaker) -> None:
    device = loop(SIZE)
    with pytest.raises(ToolFailed) as caught:
        luks.format(device, uuid=UUID, passphrase=PASSPHRASE, memory_kib=8 << 20)
    assert "memory cost is too high" in caught.value.tool_words
    assert luks.uuid(device) is None


def test_a_regular_file_is_not_formatted(luks: Cryptsetup, tmp_path: Path) -> None:
    file = tmp_path / "disk"
    file.write_bytes(bytes(SIZE))
    with pytest.raises(InstallError, match="is not a block device"):
        luks.format(str(file), uuid=UUID, passphrase=PASSPHRASE, memory_kib=MEMORY_KIB)


NAME = "atomos-luks-header.img"


def test_header_backup(luks: Cryptsetup, container: str, stick: str, mounts: Mounts) -> None:
    for _again in range(2):
        luks.back_up_header(container, partition=stick, file=NAME)
        luks.verify_header_backup(container, partition=stick, file=NAME)
    with mounts.device(stick, "ext4", read_only=True) as top:
        assert sorted(path.name for path in top.iterdir()) == [NAME, "lost+found"]
        assert (top / NAME).stat().st_mode & 0o777 == 0o600
    overwrite(container, 0, bytes(16 * MIB))
    assert luks.uuid(container) is None
    with mounts.device(stick, "ext4", read_only=True) as top:
        argv = ["cryptsetup", "luksHeaderRestore", "--batch-mode"]
        argv += ["--header-backup-file", str(top / NAME), container]
        subprocess.run(argv, check=True, capture_output=True)
    assert luks.opens(container, PASSPHRASE)


def test_a_backup_of_an_older_header_is_found(luks: Cryptsetup, container: str, stick: str) -> None:
    luks.back_up_header(container, partition=stick, file=NAME)
    luks.add_key(container, passphrase=PASSPHRASE, key=RECOVERY)
    with pytest.raises(InstallError, match=f"{NAME} on {stick} is not a copy") as caught:
        luks.verify_header_backup(container, partition=stick, file=NAME)
    assert caught.value.device == stick


def test_a_full_stick_keeps_its_older_backup(
    luks: Cryptsetup, container: str, stick: str, mounts: Mounts
) -> None:
    with mounts.device(stick, "ext4", read_only=False) as top:
        (top / NAME).write_bytes(b"older")
        (top / "other").write_bytes(bytes(40 * MIB))
    with pytest.raises(InstallError, match=f"file system on {stick} is full") as caught:
        luks.back_up_header(container, partition=stick, file=NAME)
    assert caught.value.device == stick
    assert "17 MiB" in caught.value.way_out
    with mounts.device(stick, "ext4", read_only=True) as top:
        assert sorted(path.name for path in top.iterdir()) == [NAME, "lost+found", "other"]
        assert (top / NAME).read_bytes() == b"older"


def test_a_stick_that_is_write_protected(
    luks: Cryptsetup, container: str, stick: str, tmp_path: Path
) -> None:
    subprocess.run(["blockdev", "--setro", stick], check=True)
    with pytest.raises(InstallError) as caught:
        luks.back_up_header(container, partition=stick, file=NAME)
    assert caught.value.device == stick
    assert "Read-only file system" in caught.value.tool_words


def test_a_stick_without_a_file_system(luks: Cryptsetup, container: str, loop: LoopMaker) -> None:
    device = loop(32 * MIB)
    with pytest.raises(InstallError, match=f"{device} has no file system") as caught:
        luks.back_up_header(container, partition=device, file=NAME)
    assert "FAT" in caught.value.way_out


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Arguments and environment of every process that is started."""
    seen: list[str] = []
    start = subprocess.Popen.__init__

    def spy(self: subprocess.Popen[bytes], args: tuple[str, ...], **options: object) -> None:
        seen.append(f"{args} {options.get('env')}")
        start(self, args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", spy)
    return iter([seen])


def test_no_key_in_arguments_environment_or_files(
    mounts: Mounts, container: str, started: Iterator[list[str]], tmp_path: Path
) -> None:
    seen = next(started)
    lines: list[str] = []
    luks = Cryptsetup(QuickRunner(lambda tool, line: lines.append(line)), mounts)
    assert not luks.opens(container, RECOVERY)
    luks.add_key(container, passphrase=PASSPHRASE, key=RECOVERY)
    errors: list[str] = []
    for key in (PASSPHRASE, RECOVERY):
        with pytest.raises(InstallError) as caught:
            luks.open(container, name="atomos-test", passphrase=key, discards=True)
        errors.append(f"{caught.value!r} {caught.value.tool_words} {caught.value.__dict__}")
    assert any("luksAddKey" in each for each in seen)
    assert any("'open'" in each and "--persistent" in each for each in seen)
    for secret in (PASSPHRASE.reveal(), RECOVERY.reveal()):
        for text in (*seen, *lines, *errors):
            assert secret not in text
            assert repr(secret)[1:-1] not in text
        on_disk = subprocess.run(["grep", "-rlaF", "--", secret, str(tmp_path)], check=False)
        assert on_disk.returncode == 1


def test_keys_that_were_destroyed_open_nothing_and_what_they_opened_is_gone(
    luks: Cryptsetup, container: str
) -> None:
    header = content(container, LUKS_HEADER_SIZE)
    overwrite(container, LUKS_HEADER_SIZE, b"ciphertext of the old owner" * 40)
    assert luks.destroy(container)
    assert luks.uuid(container) is None
    assert content(container, LUKS_HEADER_SIZE) == bytes(LUKS_HEADER_SIZE)
    # Whoever has a copy of the old header opens with it what is no longer there.
    overwrite(container, 0, header)
    assert luks.opens(container, PASSPHRASE)
    assert b"old owner" not in content(container)


def test_keys_in_use_are_not_destroyed(luks: Cryptsetup, stick: str, mounts: Mounts) -> None:
    with (
        mounts.device(stick, "ext4", read_only=True),
        pytest.raises(InstallError, match="in use"),
    ):
        luks.destroy(stick)
