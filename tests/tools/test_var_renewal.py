"""A /var renewed or kept: people and keys stay, whatever happens on the way."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from backends.block_device import drop_cache
from backends.installed_system import InstalledSystemOnDisk
from backends.mounts import Mounts
from backends.runner import Completed, Runner
from backends.subvolumes import Subvolumes
from installer.answers import User
from installer.errors import InstallError
from installer.quantity import MIB
from installer.secret import Secret
from installer.upkeep.reset import ASIDE, BESIDE
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs
from tests.tools.small_disk import SETTINGS, Disk
from tests.tools.small_image import small_image

ADA = User(name="ada", password_hash=Secret("$6$salt$" + "a" * 86), groups=("video",))
BOB = User(name="bob", password_hash=Secret("$6$salt$" + "b" * 86))
UPPER = "lib/atomos/etc/upper"
KEY = "ssh_host_ed25519_key"
WIFI = "NetworkManager/system-connections/home.nmconnection"
PEOPLE = ("ada", "bob")


@pytest.fixture(scope="module")
def next_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The next version of the small image: a service more, another file in /var."""
    root = small_image(tmp_path_factory.mktemp("next") / "root")
    add_line(root / "etc/passwd", "relay:x:990:990::/var/lib/relay:/usr/sbin/nologin")
    add_line(root / "etc/group", "relay:x:990:")
    add_line(root / "etc/shadow", "relay:!:20000::::::")
    os.chown(root / "etc/shadow", 0, 42)
    (root / "var/lib/relay/queue").mkdir(parents=True)
    os.chown(root / "var/lib/relay", 990, 990)
    (root / "var/lib/relay/queue/first").write_text("of the image\n")
    return squashfs(root, root.parent / "image.squashfs")


def add_line(file: Path, line: str) -> None:
    with file.open("a") as opened:
        opened.write(f"{line}\n")


@pytest.fixture
def used(disk: Disk, next_image: Path, loop: LoopMaker) -> Disk:
    """A disk that was used for a while, and the next version in its slot."""
    disk.add_user(ADA)
    disk.add_user(BOB)
    disk.set_up(SETTINGS)
    with disk.tree() as root:
        use(root)
    with disk.top() as top:
        make_nested(top / "@var/lib")
    return replace(disk, slot=loop(file=next_image))


def use(root: Path) -> None:
    """Leave what an owner leaves in /etc and /var."""
    (root / "etc/ssh").mkdir(mode=0o755)
    key = root / "etc/ssh" / KEY
    key.write_text("secret\n")
    key.chmod(0o600)
    os.setxattr(key, "user.note", b"mine")
    wifi = root / "etc" / WIFI
    wifi.parent.mkdir(parents=True, mode=0o700)
    wifi.write_text("[wifi]\nssid=home\n")
    wifi.chmod(0o600)
    (root / "etc/cron.custom").write_text("forgotten with /var\n")
    (root / "var/lib/atomos-test/state").write_text("of the old system\n")
    (root / "var/log/old").mkdir(parents=True)
    add_line(root / "etc/group", "family:x:1234:ada,bob")
    add_line(root / "etc/subuid", "ada:300000:65536")


def make_nested(folder: Path) -> None:
    """As systemd-tmpfiles and container engines do: one in another, that one read-only."""
    for name in ("machines", "machines/base", "machines/base/inner"):
        subprocess.run(["btrfs", "-q", "subvolume", "create", str(folder / name)], check=True)
    (folder / "machines/base/inner/file").write_text("x")
    argv = ["btrfs", "property", "set", str(folder / "machines/base"), "ro", "true"]
    subprocess.run(argv, check=True)


def renew(disk: Disk) -> None:
    disk.system.renew_var(slot=disk.slot, data=disk.data)
    disk.system.verify_renewed(slot=disk.slot, data=disk.data, accounts=PEOPLE)


def adopt(disk: Disk) -> None:
    disk.system.adopt_var(slot=disk.slot, data=disk.data)
    disk.system.verify_adopted(slot=disk.slot, data=disk.data, accounts=PEOPLE)


def names(disk: Disk, runner: Runner) -> tuple[str, ...]:
    with disk.top() as top:
        return Subvolumes(runner, top, disk.data).names()


ALL = ("@home", "@nix", "@snapshots", "@var")


def test_people_log_in_as_before_and_the_rest_is_the_images(used: Disk, runner: Runner) -> None:
    for _again in range(2):
        renew(used)
        assert names(used, runner) == ALL
        for user in (ADA, BOB):
            used.verify_user(user)
        used.verify_set_up(SETTINGS)
    with used.tree() as root:
        passwd = (root / "etc/passwd").read_text().splitlines()
        assert "relay:x:990:990::/var/lib/relay:/usr/sbin/nologin" in passwd
        assert [line.split(":")[0] for line in passwd] == ["root", "daemon", "relay", *PEOPLE]
        groups = (root / "etc/group").read_text().splitlines()
        assert {
            "relay:x:990:",
            "video:x:44:ada,bob",
            "family:x:1234:ada,bob",
            "ada:x:1000:",
        } <= set(groups)
        assert (root / "etc/subuid").read_text().splitlines().count("ada:300000:65536") == 1
        shadow = (root / "etc/shadow").stat()
        assert (stat.S_IMODE(shadow.st_mode), shadow.st_uid, shadow.st_gid) == (0o640, 0, 42)
        key = root / "etc/ssh" / KEY
        assert (key.read_text(), stat.S_IMODE(key.stat().st_mode)) == ("secret\n", 0o600)
        assert os.getxattr(key, "user.note") == b"mine"
        wifi = root / "etc" / WIFI
        assert "ssid=home" in wifi.read_text()
        assert stat.S_IMODE(wifi.stat().st_mode) == 0o600
        assert stat.S_IMODE(wifi.parent.stat().st_mode) == 0o700
        assert not (root / "etc/cron.custom").exists()
        assert (root / "var/lib/atomos-test/state").read_text() == "state\n"
        assert (root / "var/lib/relay/queue/first").exists()
        assert not (root / "var/log/old").exists()
        assert not (root / "var/lib/machines").exists()


def test_nothing_of_the_old_overlay_is_carried_over(used: Disk) -> None:
    renew(used)
    with used.var() as var:
        for path in (var / UPPER).rglob("*"):
            found = os.listxattr(path, follow_symlinks=False)
            assert [name for name in found if name.startswith("trusted.overlay")] == [], path


def test_a_read_only_var_is_renewed_too(used: Disk, runner: Runner) -> None:
    with used.top() as top:
        argv = ["btrfs", "property", "set", str(top / "@var"), "ro", "true"]
        subprocess.run(argv, check=True)
    renew(used)
    assert names(used, runner) == ALL


def test_var_is_kept_with_what_it_lacks_of_the_image(used: Disk, runner: Runner) -> None:
    for _again in range(2):
        adopt(used)
        used.verify_user(ADA)
    assert names(used, runner) == ALL
    with used.var() as var:
        assert (var / "lib/atomos-test/state").read_text() == "of the old system\n"
        assert (var / "lib/relay/queue/first").read_text() == "of the image\n"
        assert (var / "lib/relay").stat().st_uid == 990
        assert (var / "lib/machines/base/inner/file").exists()
        assert not list(var.rglob("*.atomos-new"))


class Killed(BaseException):
    """Nothing that comes after a kill is done, cleaning up neither; only mounts are left behind."""


@dataclass
class Steps:
    """Counts what changes the disk, and is killed before step `last`."""

    last: int
    done: int = 0

    def step(self) -> None:
        if self.done >= self.last:
            raise Killed
        self.done += 1


class KilledRunner(Runner):
    """A tool that changes something is a step; mounts come apart as the next run would do it.

    What only reads or flushes is none: killed before it the disk is as before the next step.
    """

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def run(self, argv: Sequence[str], **options: Any) -> Completed:
        if argv[0] not in ("mount", "umount", "sync") and argv[1:3] != ["subvolume", "list"]:
            self._steps.step()
        return super().run(argv, **options)


@contextmanager
def killed_at(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Renames and copies of single files are steps too."""
    with monkeypatch.context() as patched:
        for place, name in ((os, "rename"), (shutil, "copyfile")):
            patched.setattr(place, name, stepping(getattr(place, name), steps))
        yield


def stepping(real: Any, steps: Steps) -> Any:
    def call(*arguments: Any, **options: Any) -> Any:
        steps.step()
        return real(*arguments, **options)

    return call


def backing_file(device: str) -> Path:
    argv = ["losetup", "--noheadings", "--output", "BACK-FILE", device]
    return Path(subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip())


class Restored:
    """The disk as it was, again and again."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._file = backing_file(device)
        self._before = self._file.with_suffix(".before")
        shutil.copyfile(self._file, self._before)

    def restore(self) -> None:
        with self._file.open("r+b") as file, self._before.open("rb") as before:
            # Only what differs: all of it would have to be flushed each time.
            while wanted := before.read(MIB):
                if file.read(MIB) != wanted:
                    file.seek(-len(wanted), os.SEEK_CUR)
                    file.write(wanted)
        drop_cache(self._device)


def people_there(disk: Disk) -> set[str]:
    """Who could log in if nobody went on: the accounts in what counts as @var."""
    with disk.top() as top:
        var = top / "@var" if (top / "@var").exists() else top / "@var.old"
        passwd = (var / UPPER / "passwd").read_text()
        shadow = (var / UPPER / "shadow").read_text()
    return {name for name in PEOPLE if f"{name}:x:" in passwd and f"{name}:$6$" in shadow}


@pytest.mark.parametrize(("what", "steps_at_least"), [(renew, 8), (adopt, 2)])
def test_killed_at_every_step_it_converges(
    what: Callable[[Disk], None],
    steps_at_least: int,
    used: Disk,
    tmp_path: Path,
    runner: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = Restored(used.data)
    killed = 0
    while True:
        disk.restore()
        steps = Steps(last=killed)
        system = InstalledSystemOnDisk(
            KilledRunner(steps), Mounts(KilledRunner(steps), tmp_path / "mnt")
        )
        # As long as one mount is there, the others take no time.
        with used.top():
            try:
                with killed_at(steps, monkeypatch):
                    what(replace(used, system=system))
            except Killed:
                killed += 1
            else:
                break
            assert people_there(used) == {*PEOPLE}, f"killed before step {killed}"
            what(used)
            assert people_there(used) == {*PEOPLE}
            assert names(used, runner) == ALL
    used.verify_user(ADA)
    assert killed >= steps_at_least


def test_a_kill_between_the_two_renames_is_undone_when_var_is_kept(
    used: Disk, runner: Runner
) -> None:
    with used.top() as top:
        (top / "@var").rename(top / "@var.old")
        subprocess.run(["btrfs", "-q", "subvolume", "create", str(top / "@var.new")], check=True)
    adopt(used)
    assert names(used, runner) == ALL
    with used.var() as var:
        assert (var / "lib/atomos-test/state").read_text() == "of the old system\n"


@pytest.mark.parametrize("renames", [0, 1, 2, 3, 4])
def test_a_reset_that_was_cut_off_at_its_renames_is_settled(
    used: Disk, runner: Runner, renames: int
) -> None:
    """A reinstallation that keeps the data comes instead of the start that would have gone on."""
    moves = [(each, f"{each}{ASIDE}", f"{each}{BESIDE}") for each in ("@nix", "@var")]
    with used.top() as top:
        for place, _aside, beside in moves:
            argv = ["btrfs", "-q", "subvolume", "snapshot", str(top / place), str(top / beside)]
            subprocess.run(argv, check=True)
        steps = [pair for place, aside, new in moves for pair in ((place, aside), (new, place))]
        for source, target in steps[:renames]:
            (top / source).rename(top / target)
    adopt(used)
    assert names(used, runner) == ALL
    used.verify_user(ADA)


def test_a_disk_without_any_var(used: Disk) -> None:
    with used.top() as top:
        (top / "@var").rename(top / "@else")
    with pytest.raises(InstallError, match="lacks the subvolume @var") as caught:
        used.system.renew_var(slot=used.slot, data=used.data)
    assert caught.value.device == used.data


@pytest.mark.parametrize("what", [renew, adopt])
def test_a_full_disk_leaves_everything_as_it_was(
    what: Callable[[Disk], None], used: Disk, loop: LoopMaker, tmp_path: Path, runner: Runner
) -> None:
    root = small_image(tmp_path / "root")
    (root / "var/large").mkdir()
    (root / "var/large/file").write_bytes(os.urandom(130 * MIB))
    large = replace(used, slot=loop(file=squashfs(root, tmp_path / "large.squashfs")))
    with pytest.raises(InstallError, match="is full") as caught:
        what(large)
    assert caught.value.device == used.data
    assert "No space left" in caught.value.tool_words
    assert people_there(used) == {*PEOPLE}
    assert names(used, runner) == ALL
    with used.var() as var:
        assert (var / "lib/atomos-test/state").read_text() == "of the old system\n"
        assert not list(var.glob(".*")), "the room is given back"
    what(used)


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("passwd", "ada:x:980:980::/:/usr/sbin/nologin", "an account ada of its own"),
        ("passwd", "kiosk:x:1001:1001::/:/bin/sh", "number 1001 of bob to its own account kiosk"),
        ("group", "family:x:981:", "a group family of its own"),
        ("group", "kiosk:x:1000:", "number 1000 of the group ada to its own group kiosk"),
    ],
)
def test_people_whom_the_image_has_no_place_for(
    used: Disk, loop: LoopMaker, tmp_path: Path, runner: Runner, file: str, line: str, words: str
) -> None:
    root = small_image(tmp_path / "root")
    add_line(root / "etc" / file, line)
    other = replace(used, slot=loop(file=squashfs(root, tmp_path / "other.squashfs")))
    with pytest.raises(InstallError, match="do not fit the image") as caught:
        renew(other)
    assert words in caught.value.tool_words
    assert "data-and-var" in caught.value.way_out
    assert names(used, runner) == ALL
    used.verify_user(ADA)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("changed", "/var/lib/atomos-test/state on .* is not as in the image"),
        ("account", "has no account ada"),
        ("upper", "etc/upper on .* is missing"),
        ("old", "still has @var.old"),
    ],
)
def test_a_renewal_that_is_not_right_is_found(used: Disk, fault: str, words: str) -> None:
    renew(used)
    with used.top() as top:
        upper = top / "@var" / UPPER
        match fault:
            case "changed":
                (top / "@var/lib/atomos-test/state").write_text("longer than it was")
            case "account":
                passwd = (upper / "passwd").read_text().replace("ada:x:", "eve:x:")
                (upper / "passwd").write_text(passwd)
            case "upper":
                shutil.rmtree(upper)
            case "old":
                argv = ["btrfs", "-q", "subvolume", "create", str(top / "@var.old")]
                subprocess.run(argv, check=True)
    with pytest.raises(InstallError, match=words):
        used.system.verify_renewed(slot=used.slot, data=used.data, accounts=PEOPLE)


def test_a_kept_var_that_lacks_something_is_found(used: Disk) -> None:
    adopt(used)
    with used.var() as var:
        (var / "lib/relay/queue/first").unlink()
    with pytest.raises(InstallError, match="/var/lib/relay/queue/first on"):
        used.system.verify_adopted(slot=used.slot, data=used.data, accounts=PEOPLE)
