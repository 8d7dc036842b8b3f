"""An installed system's tree from a SquashFS and a BTRFS, changed with the image's own tools."""

import hashlib
import os
import re
import stat
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from backends.runner import Runner
from installer.answers import User
from installer.errors import InstallError, ToolFailed
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs
from tests.tools.small_disk import SETTINGS, Disk, DiskMaker
from tests.tools.small_image import CONTRACT, small_image

HASH = "$6$saltsalt$" + "x" * 86
PASSWORD = "geheim: und lang"
USER = User(
    name="ada",
    full_name="Ada Lovelace",
    password_hash=Secret(HASH),
    groups=("video",),
    ssh_keys=("ssh-ed25519 AAAA ada@home",),
)


def test_var_is_the_images(disk: Disk) -> None:
    disk.system.fill(slot=disk.slot, data=disk.data)
    disk.system.verify_filled(slot=disk.slot, data=disk.data)
    with disk.var() as var:
        state = var / "lib/atomos-test"
        assert stat.S_IMODE(state.stat().st_mode) == 0o2750
        assert state.stat().st_gid == 42
        assert (state / "state").samefile(state / "hard-link")
        assert (state / "link").readlink() == Path("/etc/passwd")
        assert os.getxattr(state / "state", "user.colour") == b"red"
        upper, work = var / "lib/atomos/etc/upper", var / "lib/atomos/etc/work"
        assert stat.S_IMODE(upper.stat().st_mode) == 0o755
        assert stat.S_IMODE(work.stat().st_mode) == 0o700


def test_everybody_reads_the_state_whatever_the_installer_keeps_to_root(
    make_disk: DiskMaker,
) -> None:
    before = os.umask(0o077)
    try:
        disk = make_disk()
    finally:
        os.umask(before)
    with disk.var() as var:
        assert stat.S_IMODE((var / "lib/atomos").stat().st_mode) == 0o755
        assert stat.S_IMODE((var / "lib/atomos/etc").stat().st_mode) == 0o700


@pytest.mark.parametrize("fault", ["mode", "owner", "gone", "attribute", "upper"])
def test_a_var_that_is_not_the_images_is_found(disk: Disk, fault: str) -> None:
    with disk.var() as var:
        state = var / "lib/atomos-test/state"
        match fault:
            case "mode":
                state.chmod(0o777)
            case "owner":
                os.chown(state, 1, 1)
            case "gone":
                state.unlink()
            case "attribute":
                os.removexattr(state, "user.colour")
            case "upper":
                (var / "lib/atomos/etc/upper").rmdir()
    with pytest.raises(InstallError, match="is not as in the image") as caught:
        disk.system.verify_filled(slot=disk.slot, data=disk.data)
    assert caught.value.device == disk.data


def test_an_image_without_extended_attributes(make_disk: DiskMaker, tmp_path: Path) -> None:
    root = small_image(tmp_path / "root")
    disk = make_disk(squashfs(root, tmp_path / "plain.squashfs", "-no-xattrs"))
    disk.system.verify_filled(slot=disk.slot, data=disk.data)


def test_data_too_small_for_the_images_var(make_disk: DiskMaker, tmp_path: Path) -> None:
    root = small_image(tmp_path / "root")
    (root / "var/large").write_bytes(os.urandom(130 * MIB))
    with pytest.raises(ToolFailed, match="cp ended") as caught:
        make_disk(squashfs(root, tmp_path / "large.squashfs"))
    assert "No space left" in caught.value.tool_words


def test_user(disk: Disk) -> None:
    disk.add_user(USER)
    disk.verify_user(USER)
    with disk.tree() as root:
        passwd = (root / "etc/passwd").read_text()
        assert re.search(r"^ada:x:1000:1000:Ada Lovelace:/home/ada:/bin/bash$", passwd, re.M)
        shadow = (root / "etc/shadow").read_text()
        assert f"ada:{HASH}:" in shadow
        assert re.search(r"^root:!", shadow, re.M)
        home = root / "home/ada"
        for path, mode in ((home, 0o700), (home / ".ssh", 0o700), (home / ".bashrc", 0o644)):
            assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) == (mode, 1000)
        keys = home / ".ssh/authorized_keys"
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        assert keys.read_text() == "ssh-ed25519 AAAA ada@home\n"
        groups = (root / "etc/group").read_text()
        assert "sudo:x:27:ada" in groups
        assert "video:x:44:ada" in groups
        # As on any desktop, where the image has it.
        assert "netdev:x:101:ada" in groups
        assert "audio" not in groups
        for name in ("subuid", "subgid"):
            assert (root / "etc" / name).read_text() == "ada:100000:65536\n"


def test_a_typed_password_is_hashed_by_the_image(disk: Disk) -> None:
    user = replace(USER, password_hash=None, password=Secret(PASSWORD))
    disk.add_user(user)
    disk.verify_user(user)
    with disk.tree() as root:
        assert re.search(r"^ada:\$6\$", (root / "etc/shadow").read_text(), re.M)


def test_the_password_is_nowhere_but_in_shadow(make_disk: DiskMaker) -> None:
    said: list[str] = []
    disk = make_disk(runner=Runner(lambda tool, line: said.append(f"{tool}: {line}")))
    user = replace(USER, password_hash=None, password=Secret(PASSWORD))
    disk.add_user(user)
    assert PASSWORD not in "\n".join(said)
    with disk.tree() as root:
        for folder in ("etc", "var", "home"):
            for path in (root / folder).rglob("*"):
                if path.is_file() and not path.is_symlink():
                    assert PASSWORD.encode() not in path.read_bytes(), path


def test_after_a_killed_try_the_account_is_completed(disk: Disk) -> None:
    disk.add_user(replace(USER, groups=(), full_name="Somebody", ssh_keys=()))
    with disk.tree() as root:
        for name in ("passwd.lock", "group.29100", "group.mine"):
            (root / "etc" / name).write_text("29100")
        (root / "home/ada/.bashrc").unlink()
        (root / "home/ada").rmdir()
        with pytest.raises(InstallError, match="ada has another full name"):
            disk.verify_user(USER)
    disk.add_user(USER)
    disk.verify_user(USER)
    with disk.tree() as root:
        assert (root / "home/ada/.bashrc").stat().st_uid == 1000
        assert not (root / "etc/passwd.lock").exists()
        assert not (root / "etc/group.29100").exists()
        assert (root / "etc/group.mine").exists()
        assert len(re.findall("^ada:", (root / "etc/passwd").read_text(), re.M)) == 1


def test_a_home_that_the_disk_has_no_room_for(
    make_disk: DiskMaker, loop: LoopMaker, tmp_path: Path
) -> None:
    root = small_image(tmp_path / "root")
    disk = make_disk(squashfs(root, tmp_path / "image.squashfs"))
    disk.add_user(USER)
    (root / "etc/skel/large").write_bytes(os.urandom(130 * MIB))
    larger = replace(disk, slot=loop(file=squashfs(root, tmp_path / "large.squashfs")))
    with pytest.raises(ToolFailed, match="cp ended") as caught:
        larger.add_user(USER)
    assert "No space left" in caught.value.tool_words
    with disk.tree() as tree:
        assert not list((tree / "home/ada").glob("*large*"))


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (replace(USER, groups=("video", "kvm")), "the image has no group kvm"),
        (replace(USER, name="daemon"), "the image has an account daemon of its own"),
        (replace(USER, password_hash=None), "has no password"),
        (replace(USER, password_hash=Secret("x\nroot:y")), "has two lines"),
    ],
    ids=["group", "name", "no password", "two lines"],
)
def test_a_user_that_the_image_cannot_have(disk: Disk, user: User, words: str) -> None:
    with pytest.raises(InstallError, match=words):
        disk.add_user(user)


@pytest.mark.parametrize("tool", ["useradd", "chpasswd"])
def test_a_tool_that_the_image_lacks(make_disk: DiskMaker, tmp_path: Path, tool: str) -> None:
    root = small_image(tmp_path / "root")
    (root / "usr/sbin" / tool).unlink()
    disk = make_disk(squashfs(root, tmp_path / "lacking.squashfs"))
    with pytest.raises(InstallError, match=f"the image lacks the program {tool}") as caught:
        disk.add_user(USER)
    assert caught.value.device == disk.slot


def test_a_tool_that_fails_is_named_and_not_chroot(disk: Disk) -> None:
    with pytest.raises(ToolFailed, match="useradd ended with status 3") as caught:
        disk.add_user(replace(USER, name="Not A Name"))
    assert "invalid user name" in caught.value.tool_words
    assert caught.value.argv[0] == "useradd"


def damage(root: Path, fault: str) -> None:
    etc = root / "etc"
    match fault:
        case "password":
            text = (etc / "shadow").read_text().replace("ada:$6", "ada:!$6")
            (etc / "shadow").write_text(text)
        case "hash":
            text = (etc / "shadow").read_text().replace("saltsalt", "saltsalz")
            (etc / "shadow").write_text(text)
        case "group":
            text = (etc / "group").read_text().replace("video:x:44:ada", "video:x:44:")
            (etc / "group").write_text(text)
        case "home":
            os.chown(root / "home/ada", 0, 0)
        case "keys":
            (root / "home/ada/.ssh/authorized_keys").write_text("another\n")
        case "root":
            text = (etc / "shadow").read_text().replace("root:!", "root:")
            (etc / "shadow").write_text(text)
        case "account":
            text = re.sub("^ada:.*\n", "", (etc / "passwd").read_text(), flags=re.M)
            (etc / "passwd").write_text(text)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("password", "ada has no password"),
        ("hash", "ada has another password"),
        ("group", "ada is not in the group video"),
        ("home", "ada has no home directory of its own"),
        ("keys", "ada does not have its SSH keys"),
        ("root", "root is not locked"),
        ("account", "there is no account ada"),
    ],
)
def test_an_account_that_is_not_right_is_found(disk: Disk, fault: str, words: str) -> None:
    disk.add_user(USER)
    with disk.tree() as root:
        damage(root, fault)
    with pytest.raises(InstallError, match=words) as caught:
        disk.verify_user(USER)
    assert HASH not in str(caught.value)


def test_an_image_without_a_directory_is_refused(make_disk: DiskMaker, tmp_path: Path) -> None:
    root = small_image(tmp_path / "root")
    (root / "nix").rmdir()
    disk = make_disk(squashfs(root, tmp_path / "without.squashfs"))
    with pytest.raises(InstallError, match="lacks the directory /nix"):
        disk.set_up(SETTINGS)


def test_the_tree_shows_no_disks_to_the_images_tools(disk: Disk) -> None:
    with ExitStack() as stack:
        root = stack.enter_context(disk.tree())
        assert sorted(path.name for path in (root / "dev").iterdir()) == [
            "full",
            "null",
            "random",
            "tty",
            "urandom",
            "zero",
        ]


def test_record(disk: Disk) -> None:
    assert disk.system.read_record(data=disk.data) == ""
    for events in ('{"event":"started"}\n', '{"event":"finished"}\n'):
        disk.system.keep_record(data=disk.data, events=events)
        assert disk.system.read_record(data=disk.data) == events
    with disk.var() as var:
        record = var / "log/atomos/install.jsonl"
        assert record.read_text() == '{"event":"finished"}\n'
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        assert [path.name for path in record.parent.iterdir()] == ["install.jsonl"]


def test_contract(disk: Disk) -> None:
    right = hashlib.sha256(CONTRACT.encode()).hexdigest()
    disk.system.verify_contract(slot=disk.slot, text_sha256=right)
    with pytest.raises(InstallError, match="is not the one beside it") as caught:
        disk.system.verify_contract(slot=disk.slot, text_sha256="0" * 64)
    assert caught.value.device == disk.slot


def test_an_image_that_is_not_what_its_contract_asks_for(
    make_disk: DiskMaker, tmp_path: Path
) -> None:
    """All that is missing is told, before /var is made from it."""
    root = small_image(tmp_path / "root")
    (root / "boot/initrd").unlink()
    (root / "usr/sbin/useradd").unlink()
    disk = make_disk(squashfs(root, tmp_path / "lacking.squashfs"))
    right = hashlib.sha256(CONTRACT.encode()).hexdigest()
    with pytest.raises(InstallError, match=r"no file /boot/initrd.*missing: useradd") as caught:
        disk.system.verify_contract(slot=disk.slot, text_sha256=right)
    assert caught.value.device == disk.slot
