"""``boot-state`` of a started system, against installer/boot_state.py and GRUB's own tools."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.boot_state import SIZE, BootState, SlotState, block_with, merged, parse
from tests.tools.boot_disk import (
    BOOT_STATE,
    DISK_SIZE,
    FILES,
    Blocks,
    BootDisk,
    Shell,
    make_boot_disk,
    shell_in,
)
from tests.tools.conftest import LoopMaker

FRESH = BootState()
BEGUN = BootState(a=SlotState(tries=2), started="a")
OTHER_BEGUN = BootState(a=SlotState(good=True), b=SlotState(tries=1), started="b")
WORN = BootState(
    order=("b", "a"), a=SlotState(tries=0), b=SlotState(tries=0, good=True), started="a"
)
STATES = (FRESH, BEGUN, OTHER_BEGUN, WORN)
BLOCK = BEGUN.to_block()
FOREIGN = BLOCK.replace(b"#" * 12, b"colour=gr\xfcn\n", 1)
"""A valid block in which somebody else keeps a variable, not in ASCII."""
DAMAGED = (
    None,
    b"",
    bytes(SIZE),
    BLOCK[:90].ljust(SIZE, b"\xff"),
    BLOCK[:100],
    BLOCK.ljust(1024, b"#"),
    BLOCK.replace(b"tries=2", b"tries=4"),
    BLOCK.replace(b"order=ab", b"order=aa"),
    random.Random(512).randbytes(SIZE),
    random.Random(4096).randbytes(4096),
)
PAIRS: tuple[Blocks, ...] = (
    *((state.to_block(), state.to_block()) for state in STATES),
    *(
        (one.to_block(), other.to_block())
        for one, other in zip(STATES, (*STATES[2:], *STATES[:2]), strict=True)
    ),
    *((FOREIGN, other) for other in (FOREIGN, WORN.to_block(), None)),
    *((block, BLOCK) for block in DAMAGED),
    *((OTHER_BEGUN.to_block(), block) for block in DAMAGED[::3]),
    *((block, block) for block in DAMAGED[::3]),
)
CHANGES: dict[str, Callable[[BootState, str], BootState]] = {
    "refund": BootState.refunded,
    "take": BootState.taken,
    "good": BootState.good,
}

DiskMaker = Callable[[], BootDisk]


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path, loop: LoopMaker) -> Iterator[Shell]:
    """Gone before the disks are, which is why it asks for them."""
    with shell_in(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def make_disk(loop: LoopMaker, runner: Runner, mounts: Mounts) -> DiskMaker:
    return lambda: make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)


@pytest.fixture
def disk(make_disk: DiskMaker) -> BootDisk:
    made = make_disk()
    made.put((BLOCK, BLOCK))
    return made


def read(block: bytes | None) -> BootState | None:
    return parse(block) if block is not None and len(block) == SIZE else None


def afterwards(blocks: Blocks, command: str, slot: str) -> Blocks:
    """What the model makes of two blocks."""
    states = [read(block) for block in blocks]
    before = merged(*states)
    after = CHANGES[command](before, slot)
    if after == before and command != "good":
        return blocks
    one, two = (
        block if state is None and command != "good" else block_with(block or b"", after)
        for block, state in zip(blocks, states, strict=True)
    )
    return one, two


def editenv(block: bytes, folder: Path) -> dict[str, str]:
    """What GRUB's own tool reads in a block."""
    file = folder / "grubenv"
    file.write_bytes(block)
    argv = ["grub-editenv", str(file), "list"]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in listed.splitlines())


@pytest.mark.parametrize("command", list(CHANGES))
def test_every_command_does_to_both_blocks_what_the_model_does(
    shell: Shell, disk: BootDisk, command: str
) -> None:
    for number, blocks in enumerate(PAIRS):
        slot = "ab"[number % 2]
        shell.started_from(disk, f"atomos.slot={slot}")
        disk.put(blocks)
        shell.boot_state(command)
        assert disk.blocks() == afterwards(blocks, command, slot), (blocks, slot)


@pytest.mark.skipif(shutil.which("grub-editenv") is None, reason="grub-editenv (grub-common)")
def test_grubs_tool_reads_what_the_script_wrote(
    shell: Shell, disk: BootDisk, tmp_path: Path
) -> None:
    shell.started_from(disk)
    disk.put((FOREIGN.replace(b"\xfc", b"u"), None))
    shell.boot_state("good")
    one, two = disk.blocks()
    assert one is not None
    assert two is not None
    good = BootState(a=SlotState(good=True)).values()
    assert editenv(one, tmp_path) == {**good, "colour": "grun"}
    assert editenv(two, tmp_path) == good


def test_show_prints_what_both_blocks_say_together(shell: Shell, disk: BootDisk) -> None:
    shell.started_from(disk, more="atomos.slot=b")
    disk.put((OTHER_BEGUN.to_block(), WORN.to_block()))
    values = merged(OTHER_BEGUN, WORN).values()
    assert shell.boot_state("show").splitlines() == [f"{k}={v}" for k, v in values.items()]


def test_show_says_which_block_is_not_valid(shell: Shell, disk: BootDisk) -> None:
    shell.started_from(disk)
    disk.put((b"", BLOCK))
    done = shell.run(BOOT_STATE, "show")
    assert done.stdout.splitlines() == [f"{k}={v}" for k, v in BEGUN.values().items()]
    assert done.stderr == "boot-state: there is no valid block in /grub/state1\n"
    assert disk.blocks() == (b"", BLOCK)


def test_what_counts_as_valid_says_the_same_to_grub(shell: Shell, disk: BootDisk) -> None:
    """With one byte changed anywhere; the script is the stricter one of the two."""
    shell.started_from(disk)
    chance = random.Random(5)
    fitting = 0
    for place in [*range(0, 140, 5), *range(150, SIZE, 25), SIZE - 1]:
        changed = bytearray(FOREIGN)
        changed[place] = chance.choice(b"\0\n=#\\0123ab-\xfc")
        disk.put((bytes(changed), None))
        done = shell.run(BOOT_STATE, "show")
        if "state1" not in done.stderr:
            state = parse(bytes(changed))
            assert state is not None, bytes(changed)
            assert dict(line.split("=") for line in done.stdout.split()) == state.values()
            fitting += 1
    assert fitting > 10


@pytest.mark.parametrize(
    "line", [b"atomos_order=ba\n", b"no variable\n", b"path=C:\\\n", b"name\0=\n"]
)
def test_what_readers_may_take_in_two_ways_is_not_valid(
    shell: Shell, disk: BootDisk, line: bytes
) -> None:
    shell.started_from(disk)
    strange = BLOCK.replace(b"#" * len(line), line, 1)
    assert len(strange) == SIZE
    disk.put((strange, None))
    shell.boot_state("refund")
    assert disk.blocks() == (strange, None)
    shell.boot_state("good")
    whole = BootState(a=SlotState(good=True)).to_block()
    assert disk.blocks() == (whole, whole)


def test_blocks_are_written_where_they_are(shell: Shell, disk: BootDisk) -> None:
    before = disk.places()
    shell.started_from(disk)
    for command in ("refund", "take", "good"):
        shell.boot_state(command)
        assert disk.places() == before
    assert "Size: 512" in before[0]
    assert disk.blocks()[0] != BLOCK


@pytest.mark.skipif(shutil.which("grub-fstest") is None, reason="grub-fstest (grub-common)")
def test_grub_finds_a_missing_file_that_was_made(shell: Shell, disk: BootDisk) -> None:
    """GRUB reads without the journal, and zeros from an extent that is only preallocated."""
    shell.started_from(disk)
    disk.put((None, None))
    shell.boot_state("good")
    for name in FILES:
        argv = ["grub-fstest", "-c", "1", disk.boot, "cat", f"/{name}"]
        said = subprocess.run(argv, check=True, capture_output=True).stdout
        assert said.startswith(BootState(a=SlotState(good=True)).to_block())


def test_a_boot_partition_that_cannot_be_written_is_an_error(shell: Shell, disk: BootDisk) -> None:
    shell.started_from(disk)
    subprocess.run(["blockdev", "--setro", disk.boot], check=True)
    said = shell.refused("good")
    assert said.endswith("/dev/" + Path(disk.boot).name + " is read-only\n")
    assert disk.blocks() == (BLOCK, BLOCK)
    assert "atomos_a_tries=2" in shell.boot_state("show")


def test_a_boot_partition_that_is_not_mounted_any_more_is_mended_first(
    shell: Shell, disk: BootDisk
) -> None:
    """GRUB goes on to take tries of it: a machine that came up each time ended in Recovery."""
    shell.started_from(disk)
    disk.put((BLOCK, BLOCK))
    disk.lose_journal()
    assert shell.refused("good").endswith(f"cannot mount {shell.top}{disk.boot}\n")
    (shell.tools / "e2fsck").symlink_to(str(shutil.which("e2fsck")))
    assert shell.run(BOOT_STATE, "good").returncode == 0
    assert disk.blocks() == (BEGUN.good("a").to_block(),) * 2


@pytest.mark.parametrize("read_only", [True, False])
def test_a_boot_partition_that_somebody_has_mounted_stays_as_it_is(
    shell: Shell, disk: BootDisk, mounts: Mounts, read_only: bool
) -> None:
    shell.started_from(disk)
    with mounts.device(disk.boot, "ext4", read_only=read_only) as top:
        shell.boot_state("good")
        assert (top / FILES[0]).read_bytes() == BEGUN.good("a").to_block()
        options = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        mine = next(words for words in options if words[4] == str(top))
        mode = "ro" if read_only else "rw"
        # Of the mount, and of the file system itself.
        assert (mine[5].split(",")[0], mine[-1].split(",")[0]) == (mode, mode)


def test_only_the_disk_of_the_slot_is_written(shell: Shell, make_disk: DiskMaker) -> None:
    disks = [make_disk(), make_disk(), make_disk()]
    for disk in disks:
        disk.put((BLOCK, BLOCK))
        shell.plug_in(disk)
    shell.started_from(disks[1])
    shell.boot_state("good")
    assert disks[1].blocks() == (BEGUN.good("a").to_block(),) * 2
    assert disks[0].blocks() == disks[2].blocks() == (BLOCK, BLOCK)


def test_without_a_boot_partition_it_says_so(shell: Shell, disk: BootDisk) -> None:
    subprocess.run(["e2label", disk.boot, "another"], check=True)
    shell.started_from(disk)
    name = Path(disk.device).name
    assert shell.refused("refund") == (
        f"boot-state: no boot partition (label atomos-boot) on the disk {name}\n"
    )


def test_without_a_slot_it_says_so(shell: Shell) -> None:
    shell.started_with("root=PARTUUID=0badc0de-0000-4000-8000-000000000000 atomos.slot=a")
    assert shell.refused("good") == (
        "boot-state: no slot at PARTUUID=0badc0de-0000-4000-8000-000000000000\n"
    )


@pytest.mark.parametrize("command", list(CHANGES))
def test_started_by_a_foreign_menu_it_does_nothing(
    shell: Shell, disk: BootDisk, command: str
) -> None:
    shell.started_from(disk, more="atomos.slot=c xatomos.slot=a")
    assert shell.boot_state(command) == ""
    assert disk.blocks() == (BLOCK, BLOCK)


@pytest.mark.parametrize("arguments", [(), ("bad",), ("show", "good"), ("",)])
def test_another_command_is_refused(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell.run(BOOT_STATE, *arguments)
    assert (done.returncode, done.stderr) == (
        2,
        "usage: boot-state show | refund | take | good\n",
    )


def test_ended_in_the_middle_it_leaves_nothing_mounted(shell: Shell, disk: BootDisk) -> None:
    """As the initramfs ends it when it takes too long: by timeout of coreutils."""
    shell.started_from(disk)
    dd = shell.tools / "dd"
    dd.unlink()
    dd.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
    dd.chmod(0o755)
    argv = [str(shutil.which("timeout")), "-k", "2", "0.5", *shell.argv, str(BOOT_STATE), "good"]
    done = subprocess.run(argv, env=shell.environment, check=False, timeout=60)
    assert done.returncode == 124
    assert "atomos_a_tries=2" in shell.boot_state("show")
