"""A newer image in slot B of a real disk while A is said to run: whole, killed, full, refused."""

import contextlib
import dataclasses
import hashlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import Source
from installer.boot_state import BootState, SlotState
from installer.errors import ExitCode, Refused
from installer.events import RunFailed, RunFinished
from installer.identifiers import Identifiers
from installer.journal import follow
from installer.layout import Role
from installer.machinery import Machinery
from installer.release import SUMS_NAME, index_name
from installer.slot_records import records_in
from installer.upkeep.status import describe
from installer.upkeep.system import Level
from installer.upkeep.wish import Errand, Wish
from tests.faults import small_release
from tests.tools.breaking import at_share, die, executed, in_boot, in_system, killed
from tests.tools.installed_disk import (
    OWN,
    InstalledDisk,
    line_of,
    release_at,
    running_from_a,
)
from tests.tools.servers import Behaviour, serving
from tests.tools.written_disk import Writer, attached, live_root

pytestmark = pytest.mark.skipif(
    shutil.which("grub-fstest") is None, reason="grub-fstest (grub-common) is not installed"
)
NEWER = "2.0"
GOOD = SlotState(good=True)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release.make(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release.make(tmp_path_factory.mktemp("new"), seed=1, version=NEWER)


@pytest.fixture(scope="module")
def identifiers() -> Identifiers:
    return Identifiers.draw()


@pytest.fixture(scope="module")
def written(old: Path, identifiers: Identifiers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    mounts, live = Mounts(Runner(), folder / "mnt"), live_root(folder / "live")
    writer = Writer(runner=Runner(), mounts=mounts, release=old, live=live)
    return writer.write(folder / "disk.raw", identifiers)


@pytest.fixture
def installed(
    written: Path, old: Path, identifiers: Identifiers, tmp_path: Path, mounts: Mounts
) -> Iterator[InstalledDisk]:
    copy = tmp_path / "disk.raw"
    shutil.copy(written, copy)
    folder = tmp_path / "atomos"
    folder.mkdir()
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    with (
        attached(copy) as disk,
        running_from_a(disk, identifiers, old, folder, mounts) as made,
    ):
        yield made
    for each, handler in before.items():
        signal.signal(each, handler)


def check_updated(installed: InstalledDisk, release: Path, signed_by: str | None = None) -> None:
    """B holds the newer image, its kernel and its line, and comes first with three tries."""
    image = small_release.image_of(release, NEWER)
    with image.open("rb") as opened:
        expected = hashlib.file_digest(opened, "sha256").hexdigest()
    assert installed.bytes_of(Role.SLOT_B, image.stat().st_size) == expected
    assert installed.state() == BootState(order=("b", "a"), a=GOOD)
    menu = installed.boot_file("grub/grub.cfg").decode()
    root_hash = image.with_suffix(".roothash").read_text().splitlines()[0]
    assert f"roothash={root_hash} " in line_of(menu, "b")
    assert line_of(menu, "b").endswith(f" {OWN} atomos.slot=b $atomos_reset")
    record = records_in(menu)["b"]
    assert (record.version, record.signed_by) == ("2.0", signed_by)
    assert record.image is not None
    assert (record.image.size_bytes, record.image.sha256) == (image.stat().st_size, expected)


def test_a_newer_image_comes_to_b_and_nothing_of_a_changes(
    installed: InstalledDisk, new: Path
) -> None:
    before = installed.what_runs()
    old_menu, old_kernel = installed.boot_file("grub/grub.cfg"), installed.boot_file("b/vmlinuz")
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    assert isinstance(list(follow(installed.run))[-1], RunFinished)
    check_updated(installed, new)
    assert installed.what_runs() == before
    assert installed.boot_file("grub/grub.cfg.old") == old_menu
    assert installed.boot_file("b/vmlinuz") != old_kernel
    said = describe(installed.systems.look())
    assert "Root A (runs now): AtomOS Debian 1.0\n" in said
    assert "Root B: AtomOS Debian 2.0\n    UNSIGNED: nobody has vouched for it\n" in said
    assert said.endswith("Next start: Root B.")
    for folder in (installed.run.mounts, installed.run.looks):
        assert not list(folder.glob("*")), "something is still mounted"


def test_it_is_done_again_the_same_way(installed: InstalledDisk, new: Path) -> None:
    wish = dataclasses.replace(release_at(new), any_version=True)
    for _each in range(2):
        assert installed.carry_out(wish) is ExitCode.DONE
        check_updated(installed, new)


KILLS: dict[str, Callable[[Machinery], Machinery]] = {
    "when the slot is closed": in_boot({"after close_slot": die}),
    "at a tenth of the image": at_share(0.1),
    "near the end of the image": at_share(0.95),
    "when the image is there": in_system({"before verify_contract": die}),
    "when the kernel is there": in_boot({"after copy_kernel": die}),
    "when the menu is there": in_boot({"after replace_menu": die}),
}


@pytest.mark.parametrize("point", KILLS)
def test_killed_anywhere_what_runs_starts_next_and_again_comes_to_its_end(
    installed: InstalledDisk, new: Path, point: str
) -> None:
    before = installed.what_runs()
    killed(installed, release_at(new), KILLS[point])
    installed.upkeep().tidy()
    state = installed.state()
    assert state.choice(has_recovery=False) == "a"
    assert state.b == SlotState(tries=0)
    assert installed.what_runs() == before
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    check_updated(installed, new)
    assert installed.what_runs() == before


def test_boot_full_is_seen_before_anything_is_written(installed: InstalledDisk, new: Path) -> None:
    fill_boot(installed)
    with pytest.raises(Refused, match="a new kernel needs"):
        installed.carry_out(release_at(new))
    assert installed.state().b == SlotState()


def fill_boot(installed: InstalledDisk) -> None:
    """To the last block."""
    with (
        installed.mounts.device(installed.disk.node(Role.BOOT), "ext4", read_only=False) as top,
        (top / "filling").open("wb", buffering=0) as file,
    ):
        for size in (1 << 16, 1 << 10):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def test_boot_that_is_filled_meanwhile_costs_nothing_but_the_update(
    installed: InstalledDisk, new: Path
) -> None:
    before = installed.what_runs()
    deeds = {"before copy_kernel": lambda: fill_boot(installed)}
    code = executed(
        installed,
        release_at(new),
        in_boot(deeds),
    )
    assert code is ExitCode.FAILED
    last = list(follow(installed.run))[-1]
    assert isinstance(last, RunFailed)
    assert (last.id, last.device) == ("kernels", installed.disk.node(Role.BOOT))
    assert "is full" in last.what
    assert installed.state().choice(has_recovery=False) == "a"
    assert installed.what_runs() == before


def test_an_image_whose_bytes_are_not_the_release_s_is_never_started(
    installed: InstalledDisk, new: Path, tmp_path: Path
) -> None:
    before, spoilt = installed.what_runs(), tmp_path / "spoilt"
    shutil.copytree(new, spoilt)
    image = small_release.image_of(spoilt, NEWER)
    with image.open("r+b") as opened:
        opened.seek(5 << 20)
        opened.write(b"spoilt")
    assert installed.carry_out(release_at(spoilt)) is ExitCode.FAILED
    system = installed.systems.look()
    assert system.b.contract is None
    assert not system.is_whole("b")
    assert system.next == "a"
    assert installed.what_runs() == before


def test_a_release_that_changed_since_it_was_shown_is_refused(
    installed: InstalledDisk, new: Path, old: Path
) -> None:
    wish = dataclasses.replace(release_at(new), any_version=True)
    digest = installed.upkeep().plan(wish).digest
    other = dataclasses.replace(release_at(old), any_version=True)
    assert installed.execute(Errand(wish=other, digest=digest).to_json()) is ExitCode.REFUSED
    assert installed.state().b == SlotState()


def test_a_release_that_nobody_vouches_for_is_refused_in_words_of_this_command(
    installed: InstalledDisk, new: Path
) -> None:
    with pytest.raises(Refused, match="is unsigned") as caught:
        installed.upkeep().plan(Wish(source=Source(url=new.as_uri())))
    assert "--allow-unsigned" in caught.value.problems[0].way_out
    assert "/etc/atomos/keys" in caught.value.problems[0].way_out


def test_back_and_forth_by_the_boot_state_alone(installed: InstalledDisk, new: Path) -> None:
    upkeep = installed.upkeep()
    with pytest.raises(Refused, match="not known good"):
        upkeep.roll_back()
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    assert upkeep.roll_back().next == "a"
    assert installed.state() == BootState(a=GOOD)
    assert upkeep.start_once("b").next == "b"
    assert installed.state() == BootState(a=GOOD, once="b")
    assert installed.boot_file("grub/state1").count(b"atomos_once=b\n") == 1
    assert installed.boot_file("grub/state1") == installed.boot_file("grub/state2")


def test_while_something_is_written_nothing_else_is(installed: InstalledDisk, new: Path) -> None:
    upkeep = installed.upkeep()
    with installed.run.hold():
        with pytest.raises(Refused, match="Something else is being written"):
            upkeep.plan(release_at(new))
        with pytest.raises(Refused, match="Something else is being written"):
            upkeep.roll_back()
        assert upkeep.look().holder is not None


def test_a_reset_is_asked_for_and_taken_back(installed: InstalledDisk) -> None:
    upkeep = installed.upkeep()
    assert upkeep.look().reset is None
    assert upkeep.ask_reset(None).reset is None
    assert upkeep.ask_reset(Level.SETTINGS).reset is Level.SETTINGS
    assert installed.boot_file("atomos/reset") == b"atomos_reset=1\nlevel=settings\nstep=asked\n"
    assert upkeep.ask_reset(Level.SYSTEM).reset is Level.SYSTEM
    assert upkeep.ask_reset(None).reset is None
    assert upkeep.look().reset is None


def test_a_reset_that_boot_has_no_room_for_is_refused(installed: InstalledDisk) -> None:
    fill_boot(installed)
    with pytest.raises(Refused) as refusal:
        installed.upkeep().ask_reset(Level.SYSTEM)
    assert "full" in refusal.value.what
    assert installed.upkeep().look().reset is None


@pytest.mark.parametrize("way", ["ro", "rw"])
def test_a_boot_partition_that_is_mounted_is_told(
    installed: InstalledDisk, new: Path, tmp_path: Path, way: str
) -> None:
    place = tmp_path / "boot"
    place.mkdir()
    upkeep, words = installed.upkeep(), r"boot partition is in use: .* mounted on .*/boot"
    argv = ["mount", "-o", way, installed.disk.node(Role.BOOT), str(place)]
    subprocess.run(argv, check=True)
    try:
        with pytest.raises(Refused, match=words):
            upkeep.plan(release_at(new))
        with pytest.raises(Refused, match=words):
            upkeep.start_once("b")
        with pytest.raises(Refused, match=words):
            upkeep.look_before_reset(Level.SETTINGS)
        with pytest.raises(Refused, match=words):
            upkeep.ask_reset(None)
        if way == "ro":
            assert upkeep.look().reset is None
        else:
            with pytest.raises(Refused, match=words):
                upkeep.look()
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_slot_that_is_mounted_is_told_and_stays_good(
    installed: InstalledDisk, new: Path, tmp_path: Path
) -> None:
    place = tmp_path / "slot"
    place.mkdir()
    subprocess.run(["mount", "-o", "ro", installed.disk.node(Role.SLOT_B), place], check=True)
    try:
        with pytest.raises(Refused, match=r"Root B, .*, is in use: .* mounted on .*/slot"):
            installed.upkeep().plan(release_at(new))
    finally:
        subprocess.run(["umount", place], check=True)
    assert installed.upkeep().plan(release_at(new))


def test_a_slot_that_somebody_holds_is_what_it_was(installed: InstalledDisk, new: Path) -> None:
    """As whoever mounts it after the plan was made."""
    before, slot = installed.state(), installed.bytes_of(Role.SLOT_B)
    held = os.open(installed.disk.node(Role.SLOT_B), os.O_RDONLY | os.O_EXCL)
    try:
        assert installed.carry_out(release_at(new)) is ExitCode.FAILED
    finally:
        os.close(held)
    last = list(follow(installed.run))[-1]
    assert isinstance(last, RunFailed)
    assert (last.id, last.device) == ("slot", installed.disk.node(Role.SLOT_B))
    assert installed.state() == before
    assert installed.bytes_of(Role.SLOT_B) == slot
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    check_updated(installed, new)


def test_who_looks_meanwhile_is_in_nobody_s_way(installed: InstalledDisk, new: Path) -> None:
    """As a program that asks for the status again and again."""
    stop, said = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            said.append(installed.upkeep().look())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        assert installed.carry_out(release_at(new)) is ExitCode.DONE
    finally:
        stop.set()
        thread.join()
    assert said
    check_updated(installed, new)


def test_a_boot_state_that_is_gone_is_told(installed: InstalledDisk, new: Path) -> None:
    boot = installed.disk.node(Role.BOOT)
    with installed.mounts.device(boot, "ext4", read_only=False) as top:
        (top / "grub/state1").unlink()
        (top / "grub/state2").write_bytes(b"x")
    with pytest.raises(Refused, match="missing or damaged"):
        installed.upkeep().plan(release_at(new))
    assert "The boot state is missing" in describe(installed.systems.look())


def web_release(folder: Path) -> dict[str, Behaviour]:
    """The files of a release of nearly the same image as the old one, with its index."""
    small_release.make(folder, version=NEWER)
    image = small_release.image_of(folder, NEWER)
    index = image.with_name(index_name(image.name))
    subprocess.run(("rdiff", "-b", "8192", "-S", "8", "signature", image, index), check=True)
    with (folder / SUMS_NAME).open("a") as sums:
        sums.write(f"{hashlib.sha256(index.read_bytes()).hexdigest()}  {index.name}\n")
    return {f"/{each.name}": Behaviour(data=each.read_bytes()) for each in folder.iterdir()}


@pytest.mark.parametrize("ranges", [True, False])
def test_only_what_differs_from_the_slots_is_fetched(
    installed: InstalledDisk, tmp_path: Path, ranges: bool
) -> None:
    """And where that is not to be had, all of it."""
    before, folder = installed.what_runs(), tmp_path / "release"
    files = web_release(folder)
    image = small_release.image_of(folder, NEWER)
    files[f"/{image.name}"].ranges = ranges
    with serving(files) as server:
        wish = Wish(source=Source(url=server.url, allow_unsigned=True))
        plan = installed.upkeep().plan(wish)
        assert any("fetching what differs" in each.sentence() for each in plan.operations)
        server.sent = 0
        assert installed.carry_out(wish) is ExitCode.DONE
        share = server.sent / image.stat().st_size
    check_updated(installed, folder)
    assert installed.what_runs() == before
    said = installed.run.events.read_text()
    if ranges:
        # The contract, and what tells where files are; sums and contracts are in it too.
        assert share < 0.05
        assert "to fetch (" in said
    else:
        assert share > 1
        assert "the whole image is fetched" in said
