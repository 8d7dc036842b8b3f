"""The two blocks of the boot state on a real ext4, and GRUB's own tools on the same bytes."""

import contextlib
import functools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.boot_state_blocks import BootStateBlocks
from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer import environment_block
from installer.boot_state import SIZE, BootState, SlotState, merged, parse
from installer.errors import InstallError
from installer.grub_state import STATE_FILES
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker
from tests.vm.block_contents import random_content

ROOT = Path(__file__).parents[2]
UUID = "12345678-9abc-4def-8123-456789abcdef"
EDITENV = shutil.which("grub-editenv")
FSTEST = shutil.which("grub-fstest")
WORN = BootState(a=SlotState(tries=0, good=True), b=SlotState(tries=1, good=True), started="a")
NEW_A = BootState(b=SlotState(tries=1, good=True))
GOOD = SlotState(good=True)
KILLED = """\
import os, signal, sys
from pathlib import Path
from backends import boot_state_blocks
from backends.mounts import Mounts
from backends.runner import Runner

write = boot_state_blocks._write

def write_and_die(*arguments):
    write(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

boot_state_blocks._write = write_and_die
mounts = Mounts(Runner(), Path(sys.argv[1]))
blocks, boot, slot = boot_state_blocks.BootStateBlocks(mounts), sys.argv[2], sys.argv[4]
if sys.argv[3] == "close":
    blocks.close(boot=boot, slot=slot)
else:
    blocks.reset(boot=boot, slots=(slot,))
"""

needs_editenv = pytest.mark.skipif(EDITENV is None, reason="grub-common is not installed")


@pytest.fixture
def boot(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    device = loop(16 * MIB)
    Makers(runner, mounts).make_ext4(device, label="atomos-boot", uuid=UUID)
    return device


@pytest.fixture
def blocks(mounts: Mounts) -> BootStateBlocks:
    return BootStateBlocks(mounts)


@pytest.fixture
def put(boot: str, mounts: Mounts) -> Callable[..., None]:
    """Make the files of both blocks hold something; None for no file."""

    def put(*contents: bytes | None) -> None:
        with mounts.device(boot, "ext4", read_only=False) as top:
            (top / "grub").mkdir(exist_ok=True)
            for name, content in zip(STATE_FILES, contents, strict=True):
                (top / name).unlink(missing_ok=True)
                if content is not None:
                    (top / name).write_bytes(content)

    return put


@pytest.fixture
def contents(boot: str, mounts: Mounts) -> Callable[[], list[bytes]]:
    def contents() -> list[bytes]:
        with mounts.device(boot, "ext4", read_only=True) as top:
            return [(top / name).read_bytes() for name in STATE_FILES]

    return contents


def as_grub_reads_it(boot: str, name: str) -> bytes:
    """A file of an ext4 whose journal is not replayed."""
    if FSTEST is None:
        pytest.skip("grub-fstest is not installed")
    argv = [FSTEST, boot, "cat", f"/{name}"]
    return subprocess.run(argv, check=True, capture_output=True).stdout


def place_of(boot: str, name: str) -> tuple[str, str]:
    """Inode and physical blocks of a file, as they are on the disk."""
    done = [
        subprocess.run(
            ["debugfs", "-R", f"{command} /{name}", boot],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for command in ("stat", "blocks")
    ]
    inode = re.search(r"Inode: (\d+)", done[0])
    assert inode is not None, done[0]
    assert done[1].strip(), "it has no blocks"
    return inode[1], done[1].strip()


def test_new_blocks_are_there_twice_as_grub_reads_them(blocks: BootStateBlocks, boot: str) -> None:
    for _again in range(2):
        blocks.reset(boot=boot, slots=("a", "b"))
        assert blocks.read(boot=boot) == BootState()
        for name in STATE_FILES:
            assert as_grub_reads_it(boot, name) == BootState().to_block()


@needs_editenv
def test_grub_s_own_tool_reads_what_we_write(tmp_path: Path) -> None:
    file = tmp_path / "block"
    file.write_bytes(WORN.to_block())
    listed = subprocess.run([str(EDITENV), str(file), "list"], check=True, capture_output=True)
    assert listed.stdout.decode() == (
        "atomos_version=1\natomos_order=ab\natomos_a_tries=0\natomos_a_good=1\n"
        "atomos_b_tries=1\natomos_b_good=1\natomos_started=a\natomos_end=1\n"
    )


@needs_editenv
def test_a_block_of_grub_s_own_tool_is_read_and_made_anew_in_one_sector(
    blocks: BootStateBlocks, boot: str, tmp_path: Path, put: Callable[..., None]
) -> None:
    file = tmp_path / "block"
    subprocess.run([str(EDITENV), str(file), "create"], check=True)
    assert parse(file.read_bytes()) is None
    values = [f"{name}={value}" for name, value in WORN.values().items()]
    subprocess.run([str(EDITENV), str(file), "set", *values], check=True)
    assert len(file.read_bytes()) == 1024
    assert parse(file.read_bytes()) == WORN
    put(file.read_bytes(), file.read_bytes())
    with pytest.raises(InstallError, match="/grub/state1 on"):
        blocks.read(boot=boot)
    blocks.reset(boot=boot, slots=("a",))
    assert blocks.read(boot=boot) == NEW_A
    assert as_grub_reads_it(boot, STATE_FILES[1]) == NEW_A.to_block()


@needs_editenv
def test_whatever_a_block_holds_is_read_and_changed_as_grub_s_own_tool_does(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    file = tmp_path / "block"
    for number in range(300):
        data = random_content(rng)
        if not data:
            continue
        case = f"seed {seed}, number {number}"
        file.write_bytes(data)
        listed = subprocess.run([str(EDITENV), file, "list"], check=False, capture_output=True)
        found = environment_block.read(data)
        assert (listed.returncode == 0) is (found is not None), case
        if found is None:
            continue
        lines = [name + b"=" + value + b"\n" for name, value in found.items()]
        assert all(line in listed.stdout for line in lines), case
        # Where a name is there twice, the tool lists both.
        assert sum(map(len, lines)) <= len(listed.stdout), case
        name, value = rng.choice((("atomos_b_tries", "2"), ("new", "x" * 9), ("root", "")))
        changed = environment_block.changed(data, name.encode(), value.encode())
        argv = [str(EDITENV), str(file), "set", f"{name}={value}"]
        done = subprocess.run(argv, check=False, capture_output=True)
        assert (done.returncode == 0) is (changed is not None), case
        assert file.read_bytes() == (changed or data), case


def test_a_block_stays_in_its_place_whatever_is_written(
    blocks: BootStateBlocks, boot: str, put: Callable[..., None]
) -> None:
    blocks.reset(boot=boot, slots=("a", "b"))
    before = [place_of(boot, name) for name in STATE_FILES]
    for slots in (("a",), ("b",), ("a", "b"), ("b",)) * 5:
        blocks.reset(boot=boot, slots=slots)
        assert blocks.read(boot=boot).order[0] == slots[0]
        assert [place_of(boot, name) for name in STATE_FILES] == before
        for name in STATE_FILES:
            assert len(as_grub_reads_it(boot, name)) == SIZE


def test_one_slot_is_reset_and_the_other_left_alone(
    blocks: BootStateBlocks,
    boot: str,
    put: Callable[..., None],
    contents: Callable[[], list[bytes]],
) -> None:
    kept = WORN.to_block().rstrip(b"#") + b"somebody=else\n"
    put(kept.ljust(SIZE, b"#"), WORN.to_block())
    blocks.reset(boot=boot, slots=("a",))
    assert blocks.read(boot=boot) == NEW_A
    assert b"\nsomebody=else\n#" in contents()[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(None, WORN.to_block(), id="the first one missing"),
        pytest.param(WORN.to_block(), None, id="the second one missing"),
        pytest.param(b"", WORN.to_block(), id="empty"),
        pytest.param(WORN.to_block(), bytes(SIZE), id="zeros"),
        pytest.param(WORN.to_block()[:300], WORN.to_block(), id="too short"),
        pytest.param(WORN.to_block() + b"#", WORN.to_block(), id="too long"),
    ],
)
def test_a_missing_or_broken_block_is_made_of_the_other(
    blocks: BootStateBlocks,
    boot: str,
    put: Callable[..., None],
    one: bytes | None,
    other: bytes | None,
) -> None:
    put(one, other)
    with pytest.raises(InstallError, match=rf"/grub/state[12] on {boot} is not what") as caught:
        blocks.read(boot=boot)
    assert caught.value.device == boot
    blocks.reset(boot=boot, slots=("a",))
    assert blocks.read(boot=boot) == NEW_A


def test_blocks_that_say_different_things_are_found(
    blocks: BootStateBlocks, boot: str, put: Callable[..., None]
) -> None:
    put(WORN.to_block(), WORN.good("a").to_block())
    with pytest.raises(InstallError, match="/grub/state2 on"):
        blocks.read(boot=boot)


def test_room_that_was_only_reserved_is_filled(
    blocks: BootStateBlocks, boot: str, mounts: Mounts, put: Callable[..., None]
) -> None:
    put(None, None)
    with mounts.device(boot, "ext4", read_only=False) as top:
        for name in STATE_FILES:
            with (top / name).open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, SIZE)
    blocks.reset(boot=boot, slots=("a", "b"))
    assert as_grub_reads_it(boot, STATE_FILES[0]) == BootState().to_block()


def test_a_link_is_not_followed(
    blocks: BootStateBlocks, boot: str, mounts: Mounts, put: Callable[..., None], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(WORN.to_block())
    put(None, None)
    with mounts.device(boot, "ext4", read_only=False) as top:
        (top / STATE_FILES[0]).symlink_to(outside)
    blocks.reset(boot=boot, slots=("a", "b"))
    assert outside.read_bytes() == WORN.to_block()
    assert blocks.read(boot=boot) == BootState()


@pytest.fixture
def killed_at(boot: str, runner: Runner, tmp_path: Path) -> Callable[[str, str], None]:
    """Have a deed on a slot killed when it has written one of the blocks."""

    def killed_at(deed: str, slot: str) -> None:
        base = tmp_path / "killed"
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(base), boot, deed, slot],
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert killed.returncode == -signal.SIGKILL
        Mounts(runner, base).unmount_leftovers()

    return killed_at


def test_a_kill_between_the_two_leaves_what_can_be_read_and_done_again(
    blocks: BootStateBlocks,
    boot: str,
    put: Callable[..., None],
    contents: Callable[[], list[bytes]],
    killed_at: Callable[[str, str], None],
) -> None:
    put(WORN.to_block(), WORN.to_block())
    killed_at("reset", "a")
    one, other = (parse(content) for content in contents())
    assert (one, other) == (WORN, NEW_A)
    between = merged(one, other)
    assert between.choice(has_recovery=True) == "b"
    assert between.b == WORN.b
    blocks.reset(boot=boot, slots=("a",))
    assert blocks.read(boot=boot) == NEW_A


def test_a_kill_while_a_slot_is_closed_or_opened_leaves_the_other_one_first(
    boot: str,
    put: Callable[..., None],
    contents: Callable[[], list[bytes]],
    killed_at: Callable[[str, str], None],
) -> None:
    """So that nothing starts what is written, and nobody says that it failed three times."""
    updated = BootState(order=("b", "a"), a=GOOD, b=GOOD)
    for deed, before in (("close", updated), ("reset", updated.closed("b"))):
        put(before.to_block(), before.to_block())
        killed_at(deed, "b")
        one, other = (parse(content) for content in contents())
        assert one != other
        assert merged(one, other) == updated.closed("b"), deed


def fill(boot: str, mounts: Mounts) -> None:
    with (
        mounts.device(boot, "ext4", read_only=False) as top,
        (top / "filler").open("wb") as file,
        contextlib.suppress(OSError),
    ):
        write_for_ever(file.fileno())


def write_for_ever(descriptor: int) -> None:
    while True:
        os.write(descriptor, bytes(1024))


def test_a_full_file_system_is_told_and_nothing_half_is_left(
    blocks: BootStateBlocks, boot: str, mounts: Mounts, put: Callable[..., None]
) -> None:
    put(None, None)
    fill(boot, mounts)
    with pytest.raises(InstallError, match=f"the file system on {boot} is full"):
        blocks.reset(boot=boot, slots=("a", "b"))
    with mounts.device(boot, "ext4", read_only=False) as top:
        assert list((top / "grub").iterdir()) == []
        (top / "filler").unlink()
    blocks.reset(boot=boot, slots=("a", "b"))
    assert blocks.read(boot=boot) == BootState()


def test_blocks_that_are_there_need_no_room(
    blocks: BootStateBlocks, boot: str, mounts: Mounts, put: Callable[..., None]
) -> None:
    put(WORN.to_block(), WORN.to_block())
    fill(boot, mounts)
    blocks.reset(boot=boot, slots=("a",))
    assert blocks.read(boot=boot) == NEW_A


def test_what_the_disk_lost_is_found_past_the_cache(
    blocks: BootStateBlocks, boot: str, tmp_path: Path
) -> None:
    blocks.reset(boot=boot, slots=("a", "b"))
    assert blocks.read(boot=boot) == BootState()
    disk = tmp_path / "disk0.img"
    where = disk.read_bytes().rfind(b"atomos_b_tries=3")
    with disk.open("r+b") as file:
        file.seek(where)
        file.write(b"atomos_b_tries=1")
    with pytest.raises(InstallError, match="is not what was written there"):
        blocks.read(boot=boot)


def test_a_slot_is_closed_by_either_block_and_a_change_is_read_back(
    blocks: BootStateBlocks, boot: str, mounts: Mounts
) -> None:
    good = SlotState(good=True)
    blocks.reset(boot=boot, slots=("a", "b"))
    blocks.change(boot=boot, change=lambda state: state.good("a").good("b").preferred("b"))
    assert blocks.read(boot=boot) == BootState(order=("b", "a"), a=good, b=good)
    with mounts.device(boot, "ext4", read_only=True) as top:
        second = (top / STATE_FILES[1]).read_bytes()
    blocks.close(boot=boot, slot="b")
    assert blocks.read(boot=boot) == BootState(order=("a", "b"), a=good, b=SlotState(tries=0))
    with mounts.device(boot, "ext4", read_only=False) as top:
        first = (top / STATE_FILES[0]).read_bytes()
        # As when the power went between the two.
        (top / STATE_FILES[1]).write_bytes(second)
    state = merged(parse(first), parse(second))
    assert state.choice(has_recovery=False) == "a"


def test_a_change_that_is_refused_writes_nothing(blocks: BootStateBlocks, boot: str) -> None:
    blocks.reset(boot=boot, slots=("a", "b"))

    def refuse(_state: BootState) -> BootState:
        raise InstallError("no")

    with pytest.raises(InstallError, match="no"):
        blocks.change(boot=boot, change=refuse)
    assert blocks.read(boot=boot) == BootState()


def test_what_is_asked_for_once_takes_its_place_in_the_same_sector(
    blocks: BootStateBlocks, boot: str
) -> None:
    blocks.reset(boot=boot, slots=("a", "b"))
    for once in ("b", "recovery", "a"):
        blocks.change(boot=boot, change=functools.partial(BootState.next_once, name=once))
        assert blocks.read(boot=boot).once == once
    blocks.reset(boot=boot, slots=("b",))
    assert blocks.read(boot=boot).once is None
    blocks.change(boot=boot, change=lambda state: state.next_once("recovery"))
    blocks.open(boot=boot, slot="a")
    assert blocks.read(boot=boot) == BootState(once="recovery")
