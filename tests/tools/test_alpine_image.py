"""The Alpine system image as it is built: its contract, and what the installer does in its tree."""

import re
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import User
from installer.secret import Secret
from tests.tools.overlay_tree import made_by
from tests.tools.small_disk import SETTINGS, Disk, DiskMaker

PASSWORD = "geheim: und lang"
USER = User(
    name="ada",
    full_name="Ada Lovelace",
    password=Secret(PASSWORD),
    groups=("kvm",),
    ssh_keys=("ssh-ed25519 AAAA ada@home",),
)


@pytest.fixture(scope="module")
def image() -> Path:
    return Path(made_by("build.py", "system", "--base", "alpine"))


@pytest.fixture
def alpine(make_disk: DiskMaker, image: Path) -> Disk:
    return make_disk(image)


def test_a_user(alpine: Disk) -> None:
    alpine.add_user(USER)
    alpine.verify_user(USER)
    with alpine.tree() as root:
        passwd = (root / "etc/passwd").read_text()
        assert re.search(r"^ada:x:1000:1000:Ada Lovelace:/home/ada:/bin/sh$", passwd, re.M)
        shadow = (root / "etc/shadow").read_text()
        assert re.search(r"^ada:\$6\$", shadow, re.M)
        assert re.search(r"^root:[!*]", shadow, re.M)
        assert PASSWORD not in shadow
        home = root / "home/ada"
        for path, mode in ((home, 0o700), (home / ".ssh", 0o700)):
            assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) == (mode, 1000)
        groups = (root / "etc/group").read_text()
        for name in ("wheel:x:10:root,ada", "kvm:x:34:kvm,ada", "audio:x:18:ada"):
            assert name in groups


def test_once_more_the_account_is_made_what_is_wanted(alpine: Disk) -> None:
    alpine.add_user(replace(USER, groups=(), full_name="Somebody", ssh_keys=()))
    with alpine.tree() as root:
        (root / "home/ada/mine").write_text("mine")
    alpine.add_user(USER)
    alpine.verify_user(USER)
    with alpine.tree() as root:
        passwd = (root / "etc/passwd").read_text()
        assert re.findall(r"^ada:.*$", passwd, re.M) == [
            "ada:x:1000:1000:Ada Lovelace:/home/ada:/bin/sh"
        ]
        assert re.search(r"^ada:x:1000:", (root / "etc/group").read_text(), re.M)
        assert (root / "home/ada/mine").read_text() == "mine"


def test_a_hash_is_taken_as_it_is(alpine: Disk) -> None:
    hashed = "$6$saltsalt$" + "x" * 86
    user = replace(USER, password=None, password_hash=Secret(hashed))
    alpine.add_user(user)
    alpine.verify_user(user)
    with alpine.tree() as root:
        assert f"ada:{hashed}:" in (root / "etc/shadow").read_text()


def test_settings(alpine: Disk) -> None:
    settings = replace(SETTINGS, locale="C.UTF-8")
    alpine.set_up(settings)
    alpine.verify_set_up(settings)
    with alpine.tree() as root:
        assert (root / "etc/hostname").read_text() == f"{settings.hostname}\n"
        assert (root / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")


def test_the_tree_is_one_of_a_machine_that_somebody_sits_at(alpine: Disk) -> None:
    with alpine.tree() as root:
        assert "quicksand" not in (root / "etc/passwd").read_text()
        assert not re.search("^rc_sys=", (root / "etc/rc.conf").read_text(), re.M)
        services = {each.name for each in (root / "etc/runlevels/default").iterdir()}
        assert {"atomos-mark-good", "atomos-passed-over", "dhcpcd"} <= services
        for level in (root / "etc/runlevels").iterdir():
            for link in level.iterdir():
                assert (root / str(link.readlink()).lstrip("/")).is_file(), link


def test_lvm_runs_with_the_loader_that_it_brings(alpine: Disk) -> None:
    with alpine.tree() as root:
        done = subprocess.run(
            ["chroot", root, "lvm", "version"], check=True, capture_output=True, text=True
        )
    assert "LVM version" in done.stdout


def test_the_contract_is_the_one_beside_it(alpine: Disk, image: Path) -> None:
    with alpine.tree() as root:
        inside = (root / "usr/lib/atomos/image.yaml").read_bytes()
        for name in ("vmlinuz", "initrd"):
            assert (root / "usr/lib/atomos/boot" / name).stat().st_size > 5_000_000
    assert inside == image.with_suffix(".yaml").read_bytes()
    assert b"name: AtomOS Alpine" in inside
