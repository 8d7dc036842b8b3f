"""A look at a disk finds what could be kept, and changes no byte of it."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from backends.block_device import drop_cache
from backends.file_systems import Makers
from backends.installation_look import InstallationLook
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.answers import User
from installer.errors import Refused
from installer.hardware import Contents, Partition
from installer.hardware import Disk as DiskFacts
from installer.installation import Installation
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.conftest import DATA_UUID, LoopMaker
from tests.tools.small_disk import SETTINGS, Disk, DiskMaker

ROOT = Path(__file__).parents[2]
HASH = Secret("$6$salt$" + "x" * 86)
UPPER = "lib/atomos/etc/upper"
SLOTS = (2048 * MIB, 3072 * MIB)
KILLED = """\
import sys, time
from pathlib import Path
import backends.installation_look
from backends.mounts import Mounts
from backends.runner import Runner
from tests.tools.test_installation_look import facts

def halt(*_arguments):
    print("looking", flush=True)
    time.sleep(600)

backends.installation_look.error_counts = halt
runner = Runner()
look = backends.installation_look.InstallationLook(runner, Mounts(runner, Path(sys.argv[1])))
look.look(facts(sys.argv[2]), None)
"""


def facts(data: str) -> DiskFacts:
    """A plain AtomOS whose data are on `data`."""
    sizes = dict(zip(("atomos-a", "atomos-b"), SLOTS, strict=True))
    parts = [
        Partition(path=f"/dev/none{each}", number=each, start_bytes=0, size_bytes=size, label=label)
        for each, (label, size) in enumerate(sizes.items(), start=4)
    ]
    contents = Contents(kind="btrfs", label="atomos-data")
    parts.append(
        Partition(
            path=data,
            number=7,
            start_bytes=0,
            size_bytes=MIB,
            label="atomos-data",
            contents=contents,
        )
    )
    return DiskFacts(path="/dev/none", size_bytes=1, table="gpt", partitions=tuple(parts))


def hash_of(device: str) -> str:
    drop_cache(device)
    with Path(device).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@pytest.fixture
def disk(make_disk: DiskMaker) -> Disk:
    return make_disk(size=256 * MIB)


@pytest.fixture
def used(disk: Disk) -> Disk:
    """Two people and settings of their own."""
    for name in ("eve", "ada"):
        disk.add_user(User(name=name, password_hash=HASH))
    disk.set_up(SETTINGS)
    return disk


@pytest.fixture
def look(runner: Runner, mounts: Mounts) -> Callable[[str], Installation]:
    return lambda data: InstallationLook(runner, mounts).look(facts(data), None)


def loops_over(device: str) -> str:
    argv = ["losetup", "--noheadings", "--output", "NAME", "--associated", device]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


Look = Callable[[str], Installation]


def test_what_is_found(used: Disk, look: Look) -> None:
    before = hash_of(used.data)
    for _again in range(2):
        found = look(used.data)
        assert found == Installation(
            luks_uuid=None,
            slot_bytes=SLOTS,
            data_free_bytes=found.data_free_bytes,
            subvolumes=("@home", "@nix", "@snapshots", "@var"),
            accounts=("ada", "eve"),
            settings=SETTINGS,
            data=used.data,
        )
        assert 64 * MIB < found.data_free_bytes < 256 * MIB
    assert hash_of(used.data) == before
    assert loops_over(used.data) == ""


def test_settings_that_were_never_changed(disk: Disk, look: Look) -> None:
    disk.add_user(User(name="ada", password_hash=HASH))
    with disk.var() as var:
        (var / UPPER / "localtime").symlink_to("../usr/share/zoneinfo/America/Argentina/Salta")
    found = look(disk.data).settings
    assert (found.hostname, found.locale, found.keymap) == ("atomos", "C.UTF-8", "us")
    assert found.timezone == "America/Argentina/Salta"
    assert found.machine_id == DATA_UUID.replace("-", "")


def test_a_log_that_was_not_replayed_is_not_replayed(
    used: Disk, look: Look, loop: LoopMaker, tmp_path: Path
) -> None:
    copy = tmp_path / "power-cut.img"
    argv = ["losetup", "--noheadings", "--output", "BACK-FILE", used.data]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    with used.var() as var:
        os.sync()
        # Anybody's sync(2) before the copy commits it, and there is no log.
        for number in range(5):
            (var / "written").write_text(f"just before the power went {number}")
            with (var / "written").open("rb") as file:
                os.fsync(file.fileno())
            copy.write_bytes(Path(done.stdout.strip()).read_bytes())
            if log_root(str(copy)) != 0:
                break
    cut = loop(file=copy)
    assert log_root(cut) != 0
    before = hash_of(cut)
    assert look(cut).accounts == ("ada", "eve")
    assert hash_of(cut) == before
    assert log_root(cut) != 0


def log_root(device: str) -> int:
    argv = ["btrfs", "inspect-internal", "dump-super", device]
    printed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return int(next(line.split()[1] for line in printed.splitlines() if "log_root\t" in line))


def test_after_a_killed_look(used: Disk, look: Look, mounts: Mounts, tmp_path: Path) -> None:
    base = tmp_path / "mnt"
    before = hash_of(used.data)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(base), used.data],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "looking\n"
        process.send_signal(signal.SIGKILL)
    assert len(mount_points_below(base)) == 1
    assert look(used.data).accounts == ("ada", "eve")
    assert mount_points_below(base) == []
    assert loops_over(used.data) == ""
    assert hash_of(used.data) == before


def test_a_loop_device_that_a_killed_look_left(used: Disk, look: Look) -> None:
    argv = ["losetup", "--read-only", "--find", used.data]
    subprocess.run(argv, check=True)
    assert loops_over(used.data)
    look(used.data)
    assert loops_over(used.data) == ""


@pytest.mark.parametrize(
    "ends", [("@var.old",), ("@var.atomos-reset-old", "@nix.atomos-reset-old")]
)
def test_accounts_where_it_was_cut_off_between_two_renames(
    used: Disk, look: Look, ends: tuple[str, ...]
) -> None:
    """Of a renewal, and of a reset."""
    with used.top() as top:
        for aside in ends:
            (top / aside.partition(".")[0]).rename(top / aside)
    found = look(used.data)
    assert found.accounts == ("ada", "eve")
    assert found.subvolumes == ("@home", "@nix", "@snapshots", "@var")


def test_an_account_that_a_killed_run_left_without_a_password_is_not_there_yet(
    used: Disk, look: Look
) -> None:
    with used.top() as top:
        shadow = top / "@var" / UPPER / "shadow"
        rows = [line.split(":") for line in shadow.read_text().splitlines()]
        closed = [[row[0], "!", *row[2:]] if row[0] in ("ada", "eve") else row for row in rows]
        shadow.write_text("".join(":".join(row) + "\n" for row in closed))
        keys = top / "@home" / "eve" / ".ssh"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "authorized_keys").write_text("ssh-ed25519 AAAA eve\n")
    assert look(used.data).accounts == ("eve",)


def test_a_file_system_that_is_mounted_elsewhere(used: Disk, look: Look) -> None:
    with used.var():
        assert look(used.data).accounts == ("ada", "eve")


def reasons(look: Look, data: str) -> str:
    before = hash_of(data)
    with pytest.raises(Refused) as caught:
        look(data)
    assert hash_of(data) == before
    assert loops_over(data) == ""
    assert all(data in each.what for each in caught.value.problems)
    assert all(each.way_out for each in caught.value.problems)
    return "\n".join(each.what for each in caught.value.problems)


def test_everything_that_is_missing_is_said_at_once(disk: Disk, look: Look) -> None:
    with disk.top() as top:
        for name in ("@home", "@nix"):
            subprocess.run(["btrfs", "-q", "subvolume", "delete", str(top / name)], check=True)
    found = reasons(look, disk.data)
    assert "lacks the subvolumes @home, @nix" in found
    assert "no account files" in found


def test_a_full_file_system(used: Disk, look: Look) -> None:
    with used.var() as var:
        (var / "large").write_bytes(os.urandom(150 * MIB))
    assert "MiB left; 64 are needed" in reasons(look, used.data)


def test_a_file_system_that_was_full_once_has_its_room(used: Disk, look: Look) -> None:
    with used.var() as var:
        (var / "large").write_bytes(os.urandom(150 * MIB))
    with used.var() as var:
        (var / "large").unlink()
    assert look(used.data).data_free_bytes > 100 * MIB


def test_another_file_system(loop: LoopMaker, runner: Runner, mounts: Mounts, look: Look) -> None:
    device = loop(64 * MIB)
    assert "There is no BTRFS" in reasons(look, device)
    Makers(runner, mounts).make_ext4(device, label="atomos-data", uuid=DATA_UUID)
    assert "There is no BTRFS" in reasons(look, device)


def test_a_file_system_on_two_devices(loop: LoopMaker, look: Look) -> None:
    first, second = loop(128 * MIB), loop(128 * MIB)
    subprocess.run(["mkfs.btrfs", "--quiet", first, second], check=True)
    # As on a machine where the second one is not attached.
    subprocess.run(["btrfs", "device", "scan", "--forget", second], check=True)
    assert "lies on other devices too" in reasons(look, first)


def test_a_damaged_file_system(used: Disk, look: Look) -> None:
    with Path(used.data).open("r+b") as device:
        for offset in roots(used.data):
            device.seek(offset)
            device.write(os.urandom(4096))
        device.flush()
        os.fsync(device.fileno())
    assert "is damaged: it cannot be mounted" in reasons(look, used.data)


def roots(device: str) -> list[int]:
    """Where both copies of the root tree's block are."""
    argv = ["btrfs", "inspect-internal", "dump-super", device]
    printed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    root = next(line.split()[1] for line in printed.splitlines() if line.startswith("root\t"))
    argv = ["btrfs-map-logical", "-l", root, device]
    mapped = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return [int(line.split()[5]) for line in mapped.splitlines()]


def test_errors_that_the_kernel_has_counted(used: Disk, look: Look, runner: Runner) -> None:
    with used.var() as var:
        victim = var / "victim"
        victim.write_bytes(b"x" * MIB)
        os.sync()
        physical = physical_place(victim, used.data)
    with Path(used.data).open("r+b") as device:
        device.seek(physical)
        device.write(b"y" * 4096)
        os.fsync(device.fileno())
    drop_cache(used.data)
    with used.var() as var, pytest.raises(OSError, match="Input/output"):
        (var / "victim").read_bytes()
    found = look(used.data)
    assert found.errors.startswith("corruption_errs ")
    assert found.data == used.data


def physical_place(file: Path, device: str) -> int:
    argv = ["filefrag", "-e", "-b1", str(file)]
    printed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    logical = next(line for line in printed.splitlines() if line.strip().startswith("0:"))
    argv = ["btrfs-map-logical", "-l", logical.split(":")[2].split("..")[0].strip(), device]
    mapped = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return int(mapped.splitlines()[0].split()[5])


def test_a_link_in_place_of_the_accounts_leads_nowhere(used: Disk, look: Look) -> None:
    with used.var() as var:
        for name in ("passwd", "shadow"):
            (var / UPPER / name).unlink()
            (var / UPPER / name).symlink_to(f"../../../../../../../../../../etc/{name}")
    assert "no account files" in reasons(look, used.data)


def test_a_disk_without_the_partitions(runner: Runner, mounts: Mounts) -> None:
    disk = replace(facts("/dev/none7"), partitions=())
    with pytest.raises(Refused, match=r"\(/dev/none\) has no partition atomos-a"):
        InstallationLook(runner, mounts).look(disk, None)
