"""The install journal in an ext4 on a loop device: what is there whenever the power goes."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backends import target_journal
from backends.boot_files import BootFilesOnDisk
from backends.file_extents import extents_of
from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from backends.target_journal import JournalOnDisk, TargetJournalsOnDisk
from installer.boot_state import BootState
from installer.errors import InstallError
from installer.grub_state import STATE_FILES
from installer.installed_version import with_version
from installer.quantity import KIB, MIB
from tests.tools.conftest import LoopMaker

UUID = "12345678-9abc-4def-8123-456789abcdef"
HEADER = "header " * 700 + "\n"
LINE = '{"begun": "slots", "deed": "' + "d" * 64 + '", "at": 1785500000.123}\n'
FILE = "atomos/install.journal"


@pytest.fixture
def journals(runner: Runner, mounts: Mounts) -> TargetJournalsOnDisk:
    return TargetJournalsOnDisk(runner, mounts)


@pytest.fixture(params=[512, 4096])
def boot(request: pytest.FixtureRequest, loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    made = loop(32 * MIB, sector=request.param)
    Makers(runner, mounts).make_ext4(made, label="atomos-boot", uuid=UUID)
    return made


@contextmanager
def mounted(mounts: Mounts, boot: str) -> Iterator[Path]:
    with mounts.device(boot, "ext4", read_only=False) as top:
        yield top


def said(journals: TargetJournalsOnDisk, boot: str) -> str:
    data = journals.look(boot).journal
    assert data is not None
    return data.split(b"\0")[0].decode()


def sha256_of(device: str) -> str:
    return hashlib.sha256(Path(device).read_bytes()).hexdigest()


@contextmanager
def after_power_cut(boot: str, loop: LoopMaker, tmp_path: Path) -> Iterator[str]:
    """The disk as it is now, for whoever starts the machine again; nothing is unmounted first."""
    copy = tmp_path / "cut.img"
    name = Path(boot).name
    backing = Path("/sys/class/block", name, "loop/backing_file").read_text().strip()
    shutil.copyfile(backing, copy)
    sector = Path("/sys/class/block", name, "queue/logical_block_size").read_text()
    yield loop(file=copy, sector=int(sector))


def test_it_is_made_and_read(journals: TargetJournalsOnDisk, boot: str, mounts: Mounts) -> None:
    assert journals.look(boot).is_empty
    journals.put(boot, HEADER)
    assert said(journals, boot) == HEADER
    assert not journals.look(boot).is_empty
    with mounted(mounts, boot) as top:
        assert (top / FILE).stat().st_size == 64 * KIB
        assert (top / FILE).stat().st_mode & 0o777 == 0o600
        assert (top / "atomos").stat().st_mode & 0o777 == 0o700


def test_each_line_is_on_the_disk_when_it_was_added(
    journals: TargetJournalsOnDisk, boot: str, loop: LoopMaker, tmp_path: Path
) -> None:
    journal = journals.put(boot, HEADER)
    text = HEADER
    for number in range(40):
        line = LINE.replace("slots", f"step-{number}")
        journal.append(line)
        text += line
        if number % 13 == 0:
            with after_power_cut(boot, loop, tmp_path) as cut:
                assert said(journals, cut) == text
    assert said(journals, boot) == text


def test_the_lines_are_where_the_file_system_has_its_file(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts
) -> None:
    journal = journals.put(boot, HEADER)
    journal.append(LINE)
    with mounted(mounts, boot) as top, (top / FILE).open("rb") as file:
        assert file.read().rstrip(b"\0").decode() == HEADER + LINE
        extents = extents_of(file.fileno())
    assert sum(each.length for each in extents) == 64 * KIB
    raw = Path(boot).read_bytes()
    on_disk = b"".join(raw[each.physical : each.physical + each.length] for each in extents)
    assert on_disk.rstrip(b"\0").decode() == HEADER + LINE


def fill(file: Path, data: bytes) -> None:
    with file.open("wb", 0) as opened:
        while True:
            opened.write(data)


def test_a_file_in_pieces_is_added_to_in_all_of_them(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts
) -> None:
    """Free blocks of a nearly full /boot lie apart."""
    with mounted(mounts, boot) as top:
        block = os.statvfs(top).f_bsize
        # What it keeps back for itself would be in one piece.
        Path("/sys/fs/ext4", Path(boot).name, "reserved_clusters").write_text("0")
        for number in range(2400):
            (top / f"file-{number}").write_bytes(b"x" * block)
        os.sync()
        for name, size in (("large", MIB), ("rest", block)):
            with pytest.raises(OSError, match="No space"):
                fill(top / name, b"x" * size)
        for number in range(1, 2400, 2):
            (top / f"file-{number}").unlink()
    journal = journals.put(boot, HEADER)
    text = HEADER
    for _ in range(200):
        journal.append(LINE)
        text += LINE
    with mounted(mounts, boot) as top, (top / FILE).open("rb") as opened:
        assert len(extents_of(opened.fileno())) > 3
    assert said(journals, boot) == text


def test_it_can_be_read_while_the_file_system_is_dirty_and_no_byte_changes(
    journals: TargetJournalsOnDisk,
    boot: str,
    mounts: Mounts,
    loop: LoopMaker,
    tmp_path: Path,
) -> None:
    journal = journals.put(boot, HEADER)
    journal.append(LINE)
    with mounted(mounts, boot) as top:
        (top / "a").mkdir()
        kernel = top / "a" / "vmlinuz"
        kernel.write_bytes(os.urandom(MIB))
        os.sync()
        with kernel.open("rb"):
            # An orphan: what a mount would clean away, also one that is asked to be read-only.
            kernel.unlink()
            os.sync()
            with after_power_cut(boot, loop, tmp_path) as cut:
                state = subprocess.run(
                    ["dumpe2fs", "-h", cut], capture_output=True, text=True, check=True
                ).stdout
                assert "needs_recovery" in state
                before = sha256_of(cut)
                assert said(journals, cut) == HEADER + LINE
                assert sha256_of(cut) == before
                # It is gone on with as it is, and afterwards the file system is whole.
                again = journals.put(cut, HEADER + LINE)
                assert sha256_of(cut) == before
                again.append(LINE)
                assert said(journals, cut) == HEADER + LINE + LINE
                with mounted(mounts, cut) as there:
                    assert (there / FILE).read_bytes().startswith((HEADER + LINE + LINE).encode())
                subprocess.run(["e2fsck", "-fn", cut], check=True, capture_output=True)


def test_a_line_that_was_cut_short_counts_no_more(
    journals: TargetJournalsOnDisk, boot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = journals.put(boot, HEADER)
    assert isinstance(journal, JournalOnDisk)
    torn = LINE[:40]
    journal.append(torn)
    again = journals.put(boot, HEADER)
    assert said(journals, boot) == HEADER + torn, "nothing is written before there is a line to add"
    again.append("short\n")
    assert said(journals, boot) == HEADER + "short\n"
    again.append(LINE * 3)
    assert said(journals, boot) == HEADER + "short\n" + LINE * 3


def test_one_that_says_something_else_is_written_anew(
    journals: TargetJournalsOnDisk, boot: str
) -> None:
    journals.put(boot, "another\n" * 100)
    journal = journals.put(boot, HEADER)
    journal.append(LINE)
    assert said(journals, boot) == HEADER + LINE


def test_a_full_one_stops_and_says_no_half_lines(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts
) -> None:
    journal = journals.put(boot, HEADER)
    for _ in range(1000):
        journal.append(LINE)
    journal.append("x\n")
    text = said(journals, boot)
    assert text.startswith(HEADER + LINE)
    assert text.endswith(LINE)
    assert 64 * KIB - 2 * len(LINE) < len(text) < 64 * KIB
    journal.remove()
    assert journals.look(boot).journal is None


def test_answers_that_are_long_have_room_for_the_story(
    journals: TargetJournalsOnDisk, boot: str
) -> None:
    long = "k" * 200 * KIB + "\n"
    journal = journals.put(boot, long)
    for _ in range(300):
        journal.append(LINE)
    assert said(journals, boot) == long + LINE * 300


def test_afterwards_it_is_as_if_it_had_never_been_there(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts
) -> None:
    with mounted(mounts, boot) as top:
        before = sorted(each.relative_to(top) for each in top.rglob("*"))
        free = os.statvfs(top).f_bfree
    journal = journals.put(boot, HEADER)
    journal.append(LINE)
    journal.remove()
    journal.remove()
    with mounted(mounts, boot) as top:
        assert sorted(each.relative_to(top) for each in top.rglob("*")) == before
        assert os.statvfs(top).f_bfree == free
    assert journals.look(boot).is_empty
    subprocess.run(["e2fsck", "-fn", boot], check=True, capture_output=True)


@pytest.mark.parametrize(
    "garbage", [b"", b"\0" * 4096, bytes(range(255, 0, -1)) * 280], ids=["empty", "zeros", "noise"]
)
def test_garbage_is_handed_on_and_replaced(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts, garbage: bytes
) -> None:
    with mounted(mounts, boot) as top:
        (top / "atomos").mkdir()
        (top / FILE).write_bytes(garbage)
    assert journals.look(boot).journal == garbage
    journals.put(boot, HEADER).append(LINE)
    assert said(journals, boot) == HEADER + LINE


@pytest.mark.parametrize("place", ["atomos", FILE])
def test_a_link_leads_nowhere(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts, tmp_path: Path, place: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "install.journal").write_text("theirs\n")
    with mounted(mounts, boot) as top:
        (top / place).parent.mkdir(exist_ok=True)
        target = outside if place == "atomos" else outside / "install.journal"
        (top / place).symlink_to(target)
    assert journals.look(boot).journal is None
    journals.put(boot, HEADER).append(LINE)
    assert said(journals, boot) == HEADER + LINE
    assert (outside / "install.journal").read_text() == "theirs\n"
    assert len(list(outside.iterdir())) == 1


def test_a_file_system_that_is_none_is_told_with_its_device(
    journals: TargetJournalsOnDisk, loop: LoopMaker
) -> None:
    blank = loop(8 * MIB)
    for deed in (lambda: journals.look(blank), lambda: journals.put(blank, HEADER)):
        with pytest.raises(InstallError) as caught:
            deed()
        assert caught.value.device is not None


def test_a_disk_that_is_gone_is_told(
    journals: TargetJournalsOnDisk, boot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = journals.put(boot, HEADER)

    def gone(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(target_journal, "write_direct", gone)
    with pytest.raises(InstallError, match="input/output error") as caught:
        journal.append(LINE)
    assert caught.value.device == boot


def test_a_start_of_the_installed_system_is_seen(
    journals: TargetJournalsOnDisk, boot: str, mounts: Mounts
) -> None:
    def write(*states: BootState) -> None:
        with mounted(mounts, boot) as top:
            for name, state in zip(STATE_FILES, states, strict=True):
                (top / name).parent.mkdir(exist_ok=True)
                (top / name).write_bytes(state.to_block())

    assert not journals.look(boot).was_started
    fresh = BootState()
    write(fresh, fresh)
    assert not journals.look(boot).was_started
    write(fresh.begun("a"), fresh)
    assert journals.look(boot).was_started, "the power went between the two"
    write(fresh.good("a"), fresh.good("a"))
    assert journals.look(boot).was_started
    write(fresh.begun("a").refunded("a"), fresh.begun("a").refunded("a"))
    assert not journals.look(boot).was_started, "it came to the prompt for the passphrase only"


def test_the_version_that_the_start_menu_says(
    journals: TargetJournalsOnDisk, mounts: Mounts, runner: Runner, boot: str
) -> None:
    """Whoever left the disk: a menu that is a link, or of somebody else, says none."""
    assert journals.look(boot).version is None
    loaders = BootFilesOnDisk(runner, mounts, loaders=Path("/"))
    loaders.write_menu(boot=boot, menu=with_version("set timeout=5\n", "1.10~rc1"))
    before = sha256_of(boot)
    assert journals.look(boot).version == "1.10~rc1"
    assert sha256_of(boot) == before
    with mounted(mounts, boot) as top:
        (top / "grub/grub.cfg").unlink()
        (top / "grub/grub.cfg").symlink_to("/etc/passwd")
    assert journals.look(boot).version is None
