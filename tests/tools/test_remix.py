"""Remixes: what they are, and which of them are refused."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.tools.remix_bench import (
    IMAGE,
    REMIX,
    ROOT,
    SCRIPTS,
    Bench,
    in_image,
    names_in,
    remix,
    tar_of,
)
from tests.tools.small_image import CONTRACT


def test_a_remix_is_a_release_that_meets_the_contract(bench: Bench) -> None:
    (bench.folder / "files/etc").mkdir(parents=True)
    (bench.folder / "files/etc/motd").write_text("mine\n")
    (bench.folder / "files/lib").mkdir()
    (bench.folder / "files/lib/mine.so").write_text("in the base, /lib is a link\n")
    (bench.folder / "files/etc/secret").write_text("s\n")
    (bench.folder / "files/etc/secret").chmod(0o660)
    os.chown(bench.folder / "files/etc/secret", 1000, 1000)
    bench.step("10-hello", 'read -r line </etc/motd; echo "hello, $line" >/etc/hello')
    bench.step("20-more", "echo more >>/etc/hello")
    bench.built()
    assert bench.content("etc/motd") == "mine\n"
    assert bench.content("usr/lib/mine.so").startswith("in the base")
    assert bench.content("etc/hello") == "hello, mine\nmore\n"
    secret = next(line for line in bench.listed().splitlines() if line.endswith("etc/secret"))
    assert secret.startswith("-rw-r----- 0/0 "), secret
    contract = yaml.safe_load((bench.release / IMAGE).with_suffix(".yaml").read_text())
    assert (contract["name"], contract["version"]) == ("Small remix", "2.1")
    assert contract["minimum_slot"] == "64 MiB"
    names = {each.name for each in bench.release.iterdir()}
    assert names >= {"SHA256SUMS", IMAGE, "atomos_2.1_x86-64.roothash", "atomos_2.1_x86-64.yaml"}
    argv = [sys.executable, str(SCRIPTS / "check_contract.py"), "check", str(bench.release / IMAGE)]
    assert subprocess.run(argv, check=False, capture_output=True).returncode == 0


def test_only_what_changed_is_made_again(bench: Bench) -> None:
    (bench.folder / "files").mkdir()
    bench.step("10-first", "echo first >/etc/first")
    bench.step("20-last", "echo last >/etc/last")
    assert "steps/10-first …" in bench.built()
    assert " …" not in bench.built()
    bench.step("20-last", "echo changed >/etc/last")
    said = bench.built()
    made = [line.split()[1] for line in said.splitlines() if line.endswith(" …")]
    assert made == ["steps/20-last", "finish", "contract", "packing"]
    (bench.folder / "files/empty").mkdir()
    assert "steps/10-first …" in bench.built()


def test_the_same_inputs_make_the_same_bytes(bench: Bench) -> None:
    bench.step("10-now", "echo new >/etc/made-now; : >/etc/passwd-")
    bench.built()
    first = (bench.release / IMAGE).read_bytes()
    shutil.rmtree(bench.release)
    # SquashFS has whole seconds.
    time.sleep(1.1)
    status, _, error = bench.make("--anew")
    assert status == 0
    made = [line.split()[1] for line in error.splitlines() if line.endswith(" …")]
    assert made == ["steps/10-now", "finish", "contract", "packing"]
    assert (bench.release / IMAGE).read_bytes() == first
    shutil.rmtree(bench.cache)
    bench.built()
    assert (bench.release / IMAGE).read_bytes() == first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (REMIX + "pakages: [a]\n", "remix.yaml:6:1: there is no key 'pakages'"),
        (REMIX.replace("base.tar", "other.tar"), "other.tar is not there"),
        (REMIX.replace("base.tar", "gentoo"), "'gentoo' is no base"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_place(bench: Bench, text: str, words: str) -> None:
    bench.write(text)
    status, said, error = bench.make()
    assert (status, said) == (2, "")
    assert words in error
    assert not bench.release.exists()


def test_no_remix_and_no_folder(bench: Bench) -> None:
    (bench.folder / "remix.yaml").unlink()
    status, _, error = bench.make()
    assert (status, len(error.splitlines())) == (3, 1)
    assert "has no remix.yaml" in error


def test_a_base_without_a_contract(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "bare/etc").mkdir(parents=True)
    (bench.folder / "base.tar").unlink()
    tar_of(tmp_path / "bare", bench.folder / "base.tar")
    status, _, error = bench.make()
    assert status == 3
    assert "the base base.tar has no contract" in error


def test_a_base_that_is_no_archive(bench: Bench) -> None:
    (bench.folder / "base.tar").unlink()
    (bench.folder / "base.tar").write_text("no archive, whatever its name says\n" * 99)
    status, _, error = bench.make()
    assert status == 4
    assert "The step base-archive of" in error
    assert "tar: " in error


def test_a_base_that_is_a_squashfs(bench: Bench) -> None:
    bench.built()
    shutil.copy(bench.release / IMAGE, bench.folder / "base.squashfs")
    bench.write(REMIX.replace("base.tar", "base.squashfs").replace("2.1", "2.2"))
    (bench.folder / "files/etc").mkdir(parents=True)
    (bench.folder / "files/etc/motd").write_text("a remix of a remix\n")
    bench.built()
    argv = ["unsquashfs", "-cat", str(bench.release / IMAGE.replace("2.1", "2.2")), "etc/motd"]
    assert subprocess.run(argv, check=True, capture_output=True).stdout == b"a remix of a remix\n"


def test_what_is_no_system_in_the_end_is_no_image(bench: Bench) -> None:
    (bench.folder / "files/usr/lib/atomos").mkdir(parents=True)
    text = CONTRACT.replace("/boot/", "/usr/lib/atomos/no/")
    (bench.folder / "files/usr/lib/atomos/image.yaml").write_text(text)
    status, _, error = bench.make()
    assert status == 3
    assert "no file /usr/lib/atomos/no/vmlinuz" in error
    assert not bench.release.exists()
    assert not list(bench.cache.glob("images/*/*"))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/boot/", "/boot/vmlinuz is in /boot, which is left out of images"),
        ("/", "/vmlinuz is in /boot, which is left out of images"),
    ],
)
def test_a_kernel_that_would_be_left_out_is_refused(bench: Bench, place: str, words: str) -> None:
    """/boot is in the tree and in no image; in Debian /vmlinuz is a link that leads there."""
    contract = bench.folder / "files/usr/lib/atomos/image.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT.replace("/boot/", place))
    boot = bench.folder / "files/boot"
    boot.mkdir()
    for name in ("vmlinuz", "initrd"):
        (boot / name).write_text(name)
        (bench.folder / "files" / name).symlink_to(f"boot/{name}")
    status, _, error = bench.make()
    assert status == 3
    assert words in error
    assert "Put it into /usr/lib/atomos/boot" in error
    assert not bench.release.exists()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("packages: [hello]", "neither apt-get nor apk"),
        ("services: {enable: [a.service]}", "neither systemctl nor rc-update"),
    ],
)
def test_a_base_that_cannot_do_it_says_so(bench: Bench, key: str, words: str) -> None:
    bench.write(f"{REMIX}{key}\n")
    status, _, error = bench.make()
    assert status == 4
    assert words in error


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("verity: true", "does not start its slot through a hash tree"),
        ("locale: de_DE.UTF-8", "the locale de_DE.UTF-8 is not one of the base"),
        ("flatpaks: [org.mozilla.firefox]", "does not promise what `flatpaks` needs"),
    ],
)
def test_what_the_base_does_not_have(bench: Bench, key: str, words: str) -> None:
    bench.write(f"{REMIX}{key}\n")
    bench.step("10-mine", "echo long work")
    status, _, error = bench.make()
    assert status == 3
    assert words in error
    assert "steps/10-mine …" not in error, "it is told when all is made"


def test_accounts_keep_their_ids_from_version_to_version(bench: Bench) -> None:
    """A step makes a user and its group; in a later version another one comes before it."""
    there = "while IFS=: read -r name _; do [ $name != {0} ] || exit 0; done </etc/passwd\n"
    account = there + "useradd --system {0}"
    bench.step("20-mine", account.format("mine"))
    status, said, _ = bench.make("--ids")
    assert (status, said) == (0, f"{bench.folder}/ids\n")
    bench.built()
    before = bench.content("etc/passwd").splitlines()
    mine = next(row for row in before if row.startswith("mine:")).split(":")[2]

    bench.step("10-other", account.format("other"))
    status, _, error = bench.make()
    assert status == 4
    assert "+other:" in error
    assert "./dev remix FOLDER --ids puts them into the record" in error
    assert bench.make("--ids")[0] == 0
    bench.built()
    rows = dict(row.split(":", 1) for row in bench.content("etc/passwd").splitlines())
    assert rows["mine"].split(":")[1] == mine
    assert rows["other"].split(":")[1] != mine


@pytest.mark.extended
def test_the_desktop_asks_for_nothing_that_the_archive_has_not(built_image: Path) -> None:
    argv = [sys.executable, str(SCRIPTS / "remix.py"), str(ROOT / "examples/desktop"), "--check"]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_a_locale_with_a_modifier_is_of_its_own_source(tmp_path: Path) -> None:
    localedef, chroot = tmp_path / "root/usr/bin/localedef", tmp_path / "bin/chroot"
    for each in (localedef, chroot):
        each.parent.mkdir(parents=True)
        each.write_text('#!/bin/sh\nshift\necho "$@"\n')
        each.chmod(0o755)
    settings = {"ROOT": str(tmp_path / "root"), "LOCALES": "pt_PT.UTF-8 ca_ES.UTF-8@valencia"}
    path = f"{chroot.parent}:{os.environ['PATH']}"
    argv = ["sh", str(SCRIPTS / "remix/steps/locales.sh")]
    environment = {**os.environ, **settings, "PATH": path}
    said = subprocess.run(argv, check=True, capture_output=True, text=True, env=environment).stdout
    assert said.splitlines() == [
        "localedef -i pt_PT -f UTF-8 pt_PT.UTF-8",
        "localedef -i ca_ES@valencia -f UTF-8 ca_ES.UTF-8@valencia",
    ]


def _setuid(files: Path) -> None:
    (files / "mine").write_text("")
    (files / "mine").chmod(0o4755)


def _setgid(files: Path) -> None:
    (files / "mine").write_text("")
    (files / "mine").chmod(0o2755)


def _device(files: Path) -> None:
    os.mknod(files / "mine", 0o20600, os.makedev(1, 3))


def _fifo(files: Path) -> None:
    os.mkfifo(files / "mine")


def _link_out(files: Path) -> None:
    (files / "mine").symlink_to("../../../../etc/shadow")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_setuid, "mine is setuid"),
        (_setgid, "mine is setgid"),
        (_device, "mine is a device node"),
        (_fifo, "mine is a pipe"),
        (_link_out, "mine is a link that leads out of the image: ../../../../etc/shadow"),
    ],
)
def test_strange_files_are_refused_or_asked_for_by_name(
    bench: Bench, make: Callable[[Path], None], words: str
) -> None:
    files = bench.folder / "files/opt"
    files.mkdir(parents=True)
    make(files)
    status, _, error = bench.make()
    assert status == 3
    assert words in error
    assert "special_files" in error
    bench.write(f"{REMIX}special_files: [opt/mine]\n")
    bench.built()
    line = next(each for each in bench.listed().splitlines() if "/opt/mine" in each)
    mode = (files / "mine").lstat().st_mode
    assert line[0] == {0o100000: "-", 0o20000: "c", 0o10000: "p", 0o120000: "l"}[mode & 0o170000]
    assert ("s" in line[:10]) == bool(mode & 0o6000)


def test_a_link_of_the_base_is_followed_inside_the_image(bench: Bench) -> None:
    """/var/run is a link to /run, which is this machine's for whoever follows it from outside."""
    (bench.folder / "files/var/run").mkdir(parents=True)
    (bench.folder / "files/var/run/atomos-test").write_text("inside\n")
    bench.built()
    assert not Path("/run/atomos-test").exists()


def test_a_package_that_does_not_exist_in_the_words_of_the_archive(
    tmp_path: Path, built_image: Path
) -> None:
    """With the real base for virtual machines, whose layers are in the cache as its image is."""
    folder = tmp_path / "real"
    folder.mkdir()
    text = REMIX.replace("base: base.tar\n", "machines: vm\npackages: [no-such-thing, nano]\n")
    (folder / "remix.yaml").write_text(text)
    done = remix(folder, tmp_path / "release")
    assert done.returncode == 4, done.stderr
    told = done.stderr[done.stderr.index("The step packages of") :]
    assert "The archive says:\n    E: Unable to locate package no-such-thing\n" in told
    assert "--shell packages" in told
    assert not (tmp_path / "release").exists()


@pytest.mark.extended
def test_a_package_comes_with_the_languages_of_the_image(tmp_path: Path, built_image: Path) -> None:
    """The base has no translations at all, and so Plasma was English in every language."""
    folder, release = tmp_path / "real", tmp_path / "release"
    folder.mkdir()
    text = "machines: vm\nlocales: [it_IT.UTF-8]\npackages: [hello]\n"
    (folder / "remix.yaml").write_text(REMIX.replace("base: base.tar\n", text))
    assert remix(folder, release).returncode == 0
    listed = names_in(release / IMAGE, "usr/share/locale")
    found = {each.split("/")[0] for each in listed if each.endswith("hello.mo")}
    assert found == {"de", "es", "fr", "it", "pt", "pt_BR"}
    assert not [each for each in names_in(release / IMAGE, "etc/dpkg") if "translations" in each]


@pytest.mark.extended
def test_debian_12_by_its_name(tmp_path: Path) -> None:
    """Its base is made in minutes, where nobody has."""
    folder, release = tmp_path / "real", tmp_path / "release"
    folder.mkdir()
    text = (
        "base: debian-12\nmachines: vm\npackages: [hello]\nlocales: [it_IT.UTF-8]\n"
        "services: {disable: [ssh.service]}\n"
    )
    (folder / "remix.yaml").write_text(REMIX.replace("base: base.tar\n", text))
    done = remix(folder, release)
    assert done.returncode == 0, done.stderr
    image = release / IMAGE
    assert in_image(image, "etc/debian_version").startswith("12.")
    assert "hello" in names_in(image, "usr/bin")
    assert "it/LC_MESSAGES/hello.mo" in names_in(image, "usr/share/locale")
    started = names_in(image, "etc/systemd/system")
    assert "multi-user.target.wants/NetworkManager.service" in started
    assert "multi-user.target.wants/ssh.service" not in started
    argv = [sys.executable, str(SCRIPTS / "check_contract.py"), "check", str(image)]
    assert subprocess.run(argv, check=False, capture_output=True).returncode == 0
