"""Loop devices, and a base for mounts, that are gone after each test whatever it did."""

import hashlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.installed_system import InstalledSystemOnDisk
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.quantity import MIB
from installer.release import ReleaseFile
from tests.tools.packed import squashfs
from tests.tools.remix_bench import REMIX, Bench, tar_of
from tests.tools.small_disk import Disk, DiskMaker
from tests.tools.small_image import CONTRACT, small_image
from tests.tools.system_tree import built_system_image

LoopMaker = Callable[..., str]
DATA_UUID = str(uuid.uuid4())
"""Not the same in two runs at once: mkfs.btrfs refuses one that is attached."""


_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """For whoever cleans up: whether the test itself has passed."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture(autouse=True)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """What a test that passed leaves in its folder goes at once, with disks of up to 376 MiB: a run
    filled 20 GiB of /tmp, and pytest keeps three runs.

    Not by pytest's own policy, which looks for no mounts and would go through them.
    """
    yield
    if request.node.stash.get(_PASSED, False) and not mount_points_below(tmp_path):
        shutil.rmtree(tmp_path, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Loop devices and mounts need root."""
    if os.geteuid() != 0:
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's own web server is on the loopback, whatever proxy this machine uses."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def runner() -> Runner:
    return Runner()


@pytest.fixture
def mounts(runner: Runner, tmp_path: Path) -> Iterator[Mounts]:
    base = tmp_path / "mnt"
    made = Mounts(runner, base)
    yield made
    left = mount_points_below(base)
    made.unmount_leftovers()
    assert not left, "a test left something mounted"


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[LoopMaker]:
    """Make a loop device over a sparse file of `size` bytes, or over `file`."""
    devices: list[str] = []

    def make(size: int = 0, *, sector: int = 512, file: Path | None = None) -> str:
        if file is None:
            file = tmp_path / f"disk{len(devices)}.img"
            with file.open("wb") as made:
                made.truncate(size)
        argv = ["losetup", "--find", "--show", "--sector-size", str(sector), str(file)]
        done = subprocess.run(argv, check=True, capture_output=True, text=True)
        devices.append(done.stdout.strip())
        return devices[-1]

    yield make
    for device in devices:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        # A device keeps this flag when it is detached, for whoever gets its number next.
        subprocess.run(["blockdev", "--setrw", device], check=True)
        subprocess.run(["losetup", "--detach", device], check=True)


@pytest.fixture(scope="module")
def system_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SquashFS of a small image whose /var has everything that is easily lost."""
    root = small_image(tmp_path_factory.mktemp("image") / "root")
    state = root / "var/lib/atomos-test"
    os.link(state / "state", state / "hard-link")
    (state / "link").symlink_to("/etc/passwd")
    os.setxattr(state / "state", "user.colour", b"red")
    os.chown(state, 0, 42)
    state.chmod(0o2750)
    return squashfs(root, root.parent / "image.squashfs")


@pytest.fixture(scope="session")
def built_image() -> Path:
    """The real one for virtual machines."""
    return built_system_image()


@pytest.fixture
def make_disk(loop: LoopMaker, runner: Runner, mounts: Mounts, system_image: Path) -> DiskMaker:
    def make(squash: Path = system_image, runner: Runner = runner, size: int = 128 * MIB) -> Disk:
        data = loop(size)
        names = ("@home", "@var", "@nix", "@snapshots")
        Makers(runner, mounts).make_btrfs(
            data, label="atomos-data", uuid=DATA_UUID, subvolumes=names
        )
        system = InstalledSystemOnDisk(runner, mounts)
        disk = Disk(slot=loop(file=squash), data=data, system=system, mounts=mounts)
        system.fill(slot=disk.slot, data=disk.data)
        return disk

    return make


@pytest.fixture
def disk(make_disk: DiskMaker) -> Disk:
    return make_disk()


@pytest.fixture(scope="session")
def remix_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = small_image(tmp_path_factory.mktemp("base") / "root")
    (root / "usr/lib/atomos/mark-good").write_text("#!/bin/sh\n")
    (root / "var/run").symlink_to("/run")
    (root / "etc/motd").write_text("the base\n")
    # A boot folder is left out of images.
    (root / "boot").rename(root / "usr/lib/atomos/boot")
    contract = CONTRACT.replace("/boot/", "/usr/lib/atomos/boot/")
    (root / "usr/lib/atomos/image.yaml").write_text(f"{contract}minimum_slot: 32 MiB\n")
    file = root.with_name("base.tar")
    tar_of(root, file)
    return file


@pytest.fixture
def bench(tmp_path: Path, remix_base: Path) -> Iterator[Bench]:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "base.tar").symlink_to(remix_base)
    made = Bench(folder=folder, cache=tmp_path / "cache", release=tmp_path / "release")
    made.write(REMIX)
    yield made
    for point in reversed(mount_points_below(tmp_path)):
        subprocess.run(["umount", "--lazy", str(point)], check=False)


def random_image(file: Path, size: int) -> ReleaseFile:
    """A file of `size` bytes that nothing is like, as one of a release."""
    data = os.urandom(size)
    file.write_bytes(data)
    return ReleaseFile(url=file.as_uri(), size_bytes=size, sha256=hashlib.sha256(data).hexdigest())
