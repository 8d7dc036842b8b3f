"""What the Alpine live medium starts with: what genapkovl-atomos.sh makes, unpacked and compared,
and the mkimage profile beside it."""

import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.alpine_tree import AlpineTree, alpine_layers, alpine_tree
from tests.tools.overlay_tree import ROOT

PROFILE = ROOT / "mkimage-profile/alpine"
LIVE = "/usr/lib/atomos/live"
SERVICES = {
    "boot": {"atomos-medium"},
    "default": {"atomos-remote-access", "atomos-unattended", "dbus", "networkmanager"},
}
FILES = {
    "etc/.default_boot_services",
    "etc/apk/world",
    "etc/conf.d/sshd",
    "etc/hostname",
    "etc/hosts",
    "etc/inittab",
    "etc/lvm/lvmlocal.conf",
    "etc/mdadm.conf",
    "etc/mkinitfs/features.d/atomos.files",
    "etc/mkinitfs/features.d/atomos.modules",
    "etc/mkinitfs/mkinitfs.conf",
    "etc/network/interfaces",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlpineTree]:
    with alpine_tree(tmp_path_factory.mktemp("alpine"), alpine_layers()) as made:
        yield made


@pytest.fixture(scope="module")
def apkovl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apkovl")
    subprocess.run([PROFILE / "genapkovl-atomos.sh", "a-name"], check=True, cwd=folder)
    assert [each.name for each in folder.iterdir()] == ["a-name.apkovl.tar.gz"]
    return folder / "a-name.apkovl.tar.gz"


@pytest.fixture(scope="module")
def unpacked(apkovl: Path) -> Path:
    place = apkovl.parent / "unpacked"
    with tarfile.open(apkovl) as archive:
        archive.extractall(place, filter="tar")
    return place


def links(folder: Path) -> dict[str, str]:
    return {each.name: str(each.readlink()) for each in folder.iterdir()}


def test_its_files_are_these_and_no_others(unpacked: Path) -> None:
    files = (each for each in unpacked.rglob("*") if each.is_file() and not each.is_symlink())
    found = {str(each.relative_to(unpacked)) for each in files}
    assert found == FILES
    assert (unpacked / "etc/hostname").read_text() == "a-name\n"
    assert "127.0.1.1 a-name\n" in (unpacked / "etc/hosts").read_text()


def test_all_is_roots_and_nobody_else_can_write(apkovl: Path) -> None:
    with tarfile.open(apkovl) as archive:
        for member in archive:
            assert (member.uid, member.gid) == (0, 0), member.name
            assert member.issym() or not member.mode & 0o022, member.name


def test_the_runlevels(unpacked: Path) -> None:
    levels = {each.name for each in (unpacked / "etc/runlevels").iterdir()}
    assert levels == set(SERVICES)
    for level, names in SERVICES.items():
        found = links(unpacked / "etc/runlevels" / level)
        assert found == {name: f"/etc/init.d/{name}" for name in names}


def test_services_of_ours_are_in_the_package() -> None:
    ours = {name for names in SERVICES.values() for name in names if name.startswith("atomos-")}
    assert ours == {each.name for each in (ROOT / "live/openrc-medium/etc/init.d").iterdir()}


def test_alpines_own_services_are_started_too(unpacked: Path, tree: AlpineTree) -> None:
    """By the condition in the real initramfs' init."""
    assert (unpacked / "etc/.default_boot_services").read_text() == ""
    init = tree.text("usr/share/mkinitfs/initramfs-init")
    assert '-f "$sysroot/etc/.default_boot_services"' in init


def test_the_world_is_what_the_medium_carries(unpacked: Path) -> None:
    world = (unpacked / "etc/apk/world").read_text().split()
    assert world == ["alpine-base", "atomos-live"]


def test_each_line_runs_the_launcher(unpacked: Path) -> None:
    rows = [line.split(":", 3) for line in (unpacked / "etc/inittab").read_text().splitlines()]
    lines = {tty: program for tty, _levels, action, program in rows if action == "respawn"}
    assert lines == {tty: f"{LIVE}/line {tty}" for tty in ("tty1", "tty2", "ttyS0")}
    for program in (f"{LIVE}/line", f"{LIVE}/turn"):
        file = ROOT / "live/openrc-medium" / program.lstrip("/")
        assert file.stat().st_mode & 0o111


def test_the_initramfs_adds_no_getty_to_these_lines(unpacked: Path, tree: AlpineTree) -> None:
    """By the function of the real init. One that it adds is a second program on the line."""
    tree.put("etc/inittab", (unpacked / "etc/inittab").read_text())
    init = tree.text("usr/share/mkinitfs/initramfs-init")
    match = re.search(r"^setup_inittab_console\(\) \{.*?^\}", init, re.M | re.S)
    assert match
    script = (
        f"{match.group()}\nsysroot=; KOPT_consoles='ttyS0 tty1 ttyS7'\n"
        "detect_serial_consoles() { :; }; list_console_devices() { echo $1; }; stty() { :; }\n"
        "setup_inittab_console\n"
    )
    tree.output_of("sh", "-c", script)
    inittab = tree.text("etc/inittab")
    assert inittab.count("ttyS0") == (unpacked / "etc/inittab").read_text().count("ttyS0")
    assert inittab.count("tty1") == (unpacked / "etc/inittab").read_text().count("tty1")
    assert "ttyS7::respawn:/sbin/getty" in inittab


def test_busybox_makes_the_same(tree: AlpineTree, unpacked: Path) -> None:
    """On an Alpine its shell, tar and gzip are busybox'."""
    place = "/root/profile"
    subprocess.run(["cp", "-R", str(PROFILE), str(tree.top) + place], check=True)
    tree.output_of("sh", "-c", f"cd /root && {place}/genapkovl-atomos.sh a-name")
    there = tree.top / "root/theirs"
    there.mkdir()
    with tarfile.open(tree.top / "root/a-name.apkovl.tar.gz") as archive:
        archive.extractall(there, filter="tar")
    subprocess.run(["diff", "-r", "--no-dereference", str(unpacked), str(there)], check=True)


@pytest.mark.parametrize("name", ["", "-x", "../etc", "Name", "a b"])
def test_a_name_that_is_no_host_name_is_refused(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [PROFILE / "genapkovl-atomos.sh", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")
    assert not list(tmp_path.iterdir())


def profile(names: str) -> dict[str, str]:
    """What the profile sets, over a profile_standard with lists as that of aports has."""
    standard = (
        "profile_standard() { kernel_flavors=lts; apks='alpine-base openssh'; image_ext=iso;"
        " initfs_features='ata base raid'; kernel_addons=xtables-addons; arch='x86 x86_64'; }"
    )
    show = "".join(f'echo "{name}=${name}";' for name in names.split())
    script = f". {PROFILE}/mkimg.atomos.sh; {standard}; profile_atomos; {show}"
    done = subprocess.run(["sh", "-euc", script], check=True, capture_output=True, text=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def test_mkimage_finds_the_profile() -> None:
    """It looks for names by this expression, before it reads the files."""
    text = (PROFILE / "mkimg.atomos.sh").read_text()
    assert re.findall(r"^profile_(.*)\(\) \{$", text, re.M) == ["atomos"]


def test_the_profile() -> None:
    found = profile("arch image_ext output_format hostname apkovl apks kernel_addons")
    assert found == {
        "arch": "x86_64",
        "image_ext": "iso",
        "output_format": "iso",
        "hostname": "atomos-live",
        "apkovl": "genapkovl-atomos.sh",
        "apks": "alpine-base openssh atomos-live",
        "kernel_addons": "",
    }
    assert (PROFILE / found["apkovl"]).stat().st_mode & 0o111


def test_the_mediums_initramfs_leaves_the_machines_disks_alone(unpacked: Path) -> None:
    features = profile("initfs_features")["initfs_features"].split()
    assert {"base", "squashfs", "cdrom", "usb", "virtio", "atomos"} <= set(features)
    assert not {"raid", "lvm", "lvm-thin", "cryptsetup", "zfs"} & set(features)
    conf = (unpacked / "etc/mkinitfs/mkinitfs.conf").read_text()
    assert conf == f'features="{" ".join(features)}"\n'
