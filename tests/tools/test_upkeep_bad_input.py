"""What goes wrong with what an update is made of: told in words, and nothing is lost."""

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.answers import Source
from installer.boot_state import BootState, SlotState
from installer.errors import ExitCode, Refused
from installer.events import RunFailed
from installer.journal import follow
from installer.layout import Role
from installer.machinery import Begin, Machinery, Progress
from installer.release import ReleaseFile
from installer.upkeep.wish import Wish
from tests.faults import small_release
from tests.tools.breaking import executed
from tests.tools.conftest import LoopMaker
from tests.tools.installed_disk import InstalledDisk, release_at
from tests.tools.servers import Behaviour, serving
from tests.tools.test_upkeep import (  # noqa: F401 (fixtures)
    GOOD,
    NEWER,
    check_updated,
    identifiers,
    installed,
    new,
    old,
    pytestmark,
    written,
)

LABEL = f"NEWER-{os.getpid()}"
"""Of a volume of this machine, on which others may run the same."""
STICK_BYTES = 128 << 20


class Telling:
    """Images that do something of a test's once so much of one has come."""

    def __init__(self, inner: object, share: float, deed: Callable[[], None]) -> None:
        self._inner, self._share, self._deed = inner, share, deed
        self._is_done = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        def tell(done: int, total: int) -> None:
            progress(done, total)
            if not self._is_done and done >= self._share * total:
                self._is_done = True
                self._deed()

        self._inner.write(image, targets, tell, begin)  # type: ignore[attr-defined]


def failed(installed: InstalledDisk) -> RunFailed:  # noqa: F811
    """How the run ended."""
    last = list(follow(installed.run))[-1]
    assert isinstance(last, RunFailed)
    return last


def check_nothing_is_lost(installed: InstalledDisk, before: dict[str, str]) -> None:  # noqa: F811
    """What runs starts next, and the other slot by nobody's doing."""
    installed.upkeep().tidy()
    assert installed.what_runs() == before
    assert installed.state() == BootState(a=GOOD, b=SlotState(tries=0))
    assert installed.systems.look().b.contract is None


def made_stick(loop: LoopMaker, release: Path, folder: Path) -> str:
    """A stick with the release in a folder."""
    device = loop(STICK_BYTES)
    shutil.copytree(release, folder / "atomos")
    argv = ["mkfs.ext4", "-q", "-L", LABEL, "-d", str(folder), device]
    subprocess.run(argv, check=True, capture_output=True)
    # What was just written is not to be read from memory.
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    return device


def backing_file(device: str) -> Path:
    text = Path(f"/sys/block/{Path(device).name}/loop/backing_file").read_text()
    return Path(text.strip())


def test_a_stick_that_is_pulled_out_in_the_middle_is_told_and_plugged_in_again_it_goes(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
    loop: LoopMaker,
    tmp_path: Path,
) -> None:
    before = installed.what_runs()
    source = Source(url=f"volume:{LABEL}/atomos", allow_unsigned=True)
    wish = Wish(source=source)
    with pytest.raises(Refused, match=f"there is no volume with the label {LABEL}"):
        installed.upkeep().plan(wish)
    stick = made_stick(loop, new, tmp_path / "stick")
    whole = tmp_path / "whole"
    subprocess.run(["cp", "--sparse=always", str(backing_file(stick)), str(whole)], check=True)

    # At the first piece: with those that wait to be written it is soon all of the image.
    def pull_out() -> None:
        # Of what is not there any more each block is an error.
        os.truncate(backing_file(stick), 0)
        subprocess.run(["blockdev", "--flushbufs", stick], check=True)

    def changed(made: Machinery) -> Machinery:
        return dataclasses.replace(made, images=Telling(made.images, 0.0, pull_out))  # type: ignore[arg-type]

    assert executed(installed, wish, changed) is ExitCode.FAILED
    told = failed(installed)
    assert told.id == "slot"
    assert f"volume:{LABEL}" in told.what
    assert "What runs is as it was, and starts as before." in told.way_out
    check_nothing_is_lost(installed, before)

    backing_file(stick).write_bytes(whole.read_bytes())
    subprocess.run(["blockdev", "--flushbufs", stick], check=True)
    assert installed.carry_out(wish) is ExitCode.DONE
    check_updated(installed, new)


def test_a_network_that_is_gone_in_the_middle_is_told(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
) -> None:
    before = installed.what_runs()
    files = {f"/{file.name}": Behaviour(data=file.read_bytes()) for file in new.iterdir()}
    image = files[f"/{small_release.image_of(new, NEWER).name}"]
    with serving(files) as server:
        wish = Wish(source=Source(url=server.url, allow_unsigned=True))

        def cut() -> None:
            # Who asks again gets nothing.
            image.cuts = (0,) * 100

        image.cuts = (8 << 20,) * 20

        def changed(made: Machinery) -> Machinery:
            return dataclasses.replace(made, images=Telling(made.images, 0.05, cut))  # type: ignore[arg-type]

        assert executed(installed, wish, changed) is ExitCode.FAILED
        told = failed(installed)
        assert told.id == "slot"
        assert server.url in told.what + told.way_out
        assert "Check the network and the address" in told.way_out
        assert "What runs is as it was, and starts as before." in told.way_out
        check_nothing_is_lost(installed, before)
        image.cuts = ()
        assert installed.carry_out(wish) is ExitCode.DONE
    check_updated(installed, new)


def test_a_boot_partition_that_cannot_be_written_is_told_before_the_slot_is_touched(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
) -> None:
    before, slot = installed.what_runs(), installed.bytes_of(Role.SLOT_B)
    boot = installed.disk.node(Role.BOOT)
    subprocess.run(["blockdev", "--setro", boot], check=True)
    try:
        assert installed.carry_out(release_at(new)) is ExitCode.FAILED
        told = failed(installed)
        assert (told.id, told.device) == ("slot", boot)
        assert told.what
        assert told.way_out
    finally:
        subprocess.run(["blockdev", "--setrw", boot], check=True)
    assert installed.what_runs() == before
    assert installed.bytes_of(Role.SLOT_B) == slot
    assert installed.state().b == SlotState()
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    check_updated(installed, new)


def test_an_older_release_and_one_for_another_machine_are_refused(
    installed: InstalledDisk,  # noqa: F811
    tmp_path: Path,
) -> None:
    older = small_release.make(tmp_path / "older", version="0.9")
    with pytest.raises(Refused, match=r"has version 0\.9, and 1\.0 runs, which is newer"):
        installed.upkeep().plan(release_at(older))
    for file in older.iterdir():
        file.rename(file.with_name(file.name.replace("x86-64", "arm64")))
    sums = older / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("x86-64", "arm64"))
    with pytest.raises(Refused, match="x86-64"):
        installed.upkeep().plan(release_at(older))
    assert installed.state().b == SlotState()


def test_an_image_that_is_larger_than_the_slot_is_refused(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    image = tmp_path / "large.squashfs"
    tree = tmp_path / "tree"
    argv = ["unsquashfs", "-no-progress", "-dest", tree, small_release.image_of(new, NEWER)]
    subprocess.run([str(each) for each in argv], check=True, capture_output=True)
    (tree / "large").write_bytes(os.urandom(70 << 20))
    subprocess.run(["mksquashfs", tree, image, "-noD", "-quiet", "-no-progress"], check=True)
    wish = Wish(source=Source(url=image.as_uri(), allow_unsigned=True), image=str(image))
    with pytest.raises(Refused, match=r"The image has [0-9.]+ MiB, and Root B has room for 24 MiB"):
        installed.upkeep().plan(wish)
    assert installed.state().b == SlotState()


def test_from_a_live_medium_nothing_is_updated(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
) -> None:
    (installed.folder / "cmdline").write_text("atomos.live=LABEL=ATOMOS quiet\n")
    with pytest.raises(Refused, match="started from no slot") as caught:
        installed.upkeep().plan(release_at(new))
    assert "Start Root A, Root B or Recovery" in caught.value.problems[0].way_out
