"""The installer as an Alpine package: what its APKBUILD lists and lays out, installed and removed
by apk 3 out of a signed repository of packages that its own tools made."""

import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.esp import LOADER_FILES
from installer import VERSION
from installer.__main__ import NEEDED_TOOLS
from tests.tools.alpine_packages import (
    BUILT,
    MODULES,
    SITE,
    Package,
    by_apkbuild,
    index,
    installer_packages,
    make,
    new_key,
    publish,
    small_packages,
    unpack,
)
from tests.tools.alpine_tree import AlpineTree, alpine_aport, alpine_layers, alpine_tree
from tests.tools.overlay_tree import ROOT

WORLD = "alpine-base", "atomos-live"
LIVE = "usr/lib/atomos/live"


@pytest.fixture(scope="module")
def aport() -> Path:
    return alpine_aport()


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A repository in a tree, and what it holds."""

    tree: AlpineTree
    packages: tuple[Package, ...]
    secret: Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, aport: Path) -> Iterator[Archive]:
    """An Alpine that trusts a repository in which all is there."""
    secret, public = new_key(tmp_path_factory.mktemp("keys"), "test")
    with alpine_tree(tmp_path_factory.mktemp("alpine"), alpine_layers()) as made:
        unpack(made, aport)
        made.put("etc/apk/keys/test.rsa.pub", public.read_text())
        packages = (*installer_packages(made), *small_packages(made))
        publish(made, packages, secret)
        yield Archive(tree=made, packages=packages, secret=secret)


@pytest.fixture
def tree(archive: Archive) -> Iterator[AlpineTree]:
    """Nothing of ours is installed, before and after, and the repository is whole again."""
    world = archive.tree.text("etc/apk/world")
    yield archive.tree
    index(archive.tree, archive.secret, archive.packages)
    archive.tree.put("etc/apk/world", world)
    archive.tree.output_of("apk", "fix")
    assert not any(name.startswith("atomos-") for name in names(archive.tree))


@pytest.fixture
def installed(tree: AlpineTree) -> AlpineTree:
    tree.output_of("apk", "add", "atomos-live")
    return tree


def names(tree: AlpineTree) -> set[str]:
    return set(tree.output_of("apk", "info").split())


def files(tree: AlpineTree) -> set[str]:
    """All files but apk's own account of them."""
    places = ("etc", "usr", "bin", "sbin", "lib")
    said = tree.output_of("find", *places, "!", "-path", "*/apk/*")
    return set(said.splitlines())


def depends(tree: AlpineTree) -> set[str]:
    return set(by_apkbuild(tree, "echo $depends").split())


def test_every_tool_comes_with_the_package_and_not_with_busybox(installed: AlpineTree) -> None:
    for tool in NEEDED_TOOLS:
        path = installed.output_of("sh", "-c", f"command -v {tool}").strip()
        owner = installed.output_of("apk", "info", "--who-owns", path)
        package = owner.rsplit(" ", 1)[-1].strip().rsplit("-", 2)[0]
        assert package in depends(installed), owner


def test_what_machines_start_from_is_there(installed: AlpineTree) -> None:
    for path in LOADER_FILES:
        assert (installed.top / path.relative_to("/")).is_file(), path


def test_every_python_package_is_listed_or_carried(installed: AlpineTree) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {each.partition("==")[0] for each in project["dependencies"]}
    carried = {each.name for each in (installed.top / "usr/lib/atomos/vendor").iterdir()}
    listed = {each for each in depends(installed) if each.startswith("py3-")}
    assert listed == {MODULES[name] for name in wanted - carried}
    for name in sorted(wanted - carried):
        assert (installed.top / SITE / f"{name}.py").is_file()
    assert wanted & carried == {"segno"}


def test_the_code_is_that_of_the_checkout(installed: AlpineTree) -> None:
    for folder in ("installer", "backends", "screens"):
        there = installed.top / "usr/lib/atomos" / folder
        argv = ["diff", "-rq", "-x", "__pycache__", "-x", "*.mo", str(ROOT / folder), str(there)]
        subprocess.run(argv, check=True)


def test_the_live_package_has_what_the_live_system_runs(installed: AlpineTree) -> None:
    """As tests/tools/test_alpine_live.py puts it together, which runs it."""
    openrc, medium = ROOT / "live/openrc-medium", ROOT / "live/medium"
    for each in openrc.rglob("*"):
        if each.is_file():
            there = installed.top / each.relative_to(openrc)
            assert there.read_bytes() == each.read_bytes()
            assert there.stat().st_mode & 0o111 == each.stat().st_mode & 0o111
    own = {each.name for each in (openrc / LIVE).iterdir()}
    taken = {each.name for each in (installed.top / LIVE).iterdir()} - own
    assert taken == {"console", "unattended", "remote-access", "remote-shell"}
    for name in taken:
        assert (installed.top / LIVE / name).read_bytes() == (medium / LIVE / name).read_bytes()
    assert "by OpenRC" in installed.text(f"{LIVE}/services.sh").splitlines()[1]


def test_the_world_of_the_medium_can_be_installed(tree: AlpineTree) -> None:
    tree.output_of("apk", "add", *WORLD)
    assert {*WORLD, "atomos-installer", "py3-textual", "networkmanager"} <= names(tree)


def test_what_is_removed_leaves_nothing(tree: AlpineTree) -> None:
    before, packages = files(tree), names(tree)
    tree.output_of("apk", "add", "atomos-live", "atomos-mkinitfs")
    assert len(names(tree) - packages) > 30
    assert f"{LIVE}/console" in files(tree)
    assert "etc/mkinitfs/features.d/atomos.modules" in files(tree)
    tree.output_of("apk", "del", "atomos-live", "atomos-mkinitfs")
    assert names(tree) == packages
    left = {each for each in files(tree) - before if "__pycache__" not in each}
    assert left == set()


@pytest.mark.parametrize("missing", ["py3-udev", "cryptsetup", "grub-bios"])
def test_a_name_that_no_archive_has_is_said(
    tree: AlpineTree, archive: Archive, missing: str
) -> None:
    without = tuple(each for each in archive.packages if each.name != missing)
    index(tree, archive.secret, without)
    status, said = tree.run("apk", "add", "atomos-installer")
    assert status != 0
    assert f"{missing} (no such package)" in said
    assert f"required by: atomos-installer-{VERSION}-r0[{missing}]" in said


def test_a_repository_of_somebody_elses_is_refused(
    tree: AlpineTree, archive: Archive, tmp_path: Path
) -> None:
    other, _public = new_key(tmp_path, "other")
    index(tree, other, archive.packages)
    status, said = tree.run("apk", "add", "atomos-installer")
    assert status != 0
    assert "UNTRUSTED signature" in said


def test_a_package_of_somebody_elses_is_refused(
    tree: AlpineTree, archive: Archive, tmp_path: Path
) -> None:
    other, _public = new_key(tmp_path, "other")
    package = Package(
        name="atomos-stranger", version="1", depends=(), files=archive.packages[0].files
    )
    make(tree, package, other)
    status, said = tree.run("apk", "add", "/repository/x86_64/atomos-stranger-1-r0.apk")
    assert status != 0
    assert "UNTRUSTED signature" in said


def test_launchers_and_installer_are_of_one_version(tree: AlpineTree, archive: Archive) -> None:
    ours = archive.packages[0]
    old = Package(name=ours.name, version="0.0.1", depends=ours.depends, files=ours.files)
    make(tree, old, archive.secret)
    index(tree, archive.secret, (old, *archive.packages[1:]))
    status, said = tree.run("apk", "add", "atomos-live")
    assert status != 0
    assert "atomos-installer-0.0.1-r0" in said


def test_the_source_is_that_which_the_apkbuild_names(tree: AlpineTree, aport: Path) -> None:
    source, sums, version = by_apkbuild(
        tree, 'echo $source; printf "%s\\n" "$sha512sums"; echo $pkgver'
    ).splitlines()
    assert [each.name for each in aport.iterdir() if each.name != "APKBUILD"] == [source]
    subprocess.run(["sha512sum", "-c", "-"], input=sums, text=True, cwd=aport, check=True)
    assert version == VERSION


def test_what_build_does_is_done_by_its_words(tree: AlpineTree) -> None:
    """By this machine's msgfmt and Python, which abuild would have of Alpine: makedepends names
    both."""
    assert by_apkbuild(tree, "echo $makedepends") == "gettext python3\n"
    source = f"{BUILT}/src/atomos-installer-{VERSION}"
    text = f'srcdir=/; pkgdir=/; . "{tree.top}{BUILT}/APKBUILD"; cd "{tree.top}{source}"; build'
    subprocess.run(["sh", "-euc", text], check=True)
    there = tree.top / source.lstrip("/")
    assert (there / "installer/locale/de/LC_MESSAGES/atomos.mo").stat().st_size > 10_000
    assert list((there / "screens/__pycache__").glob("app.*.pyc"))
    assert list((there / "vendor/segno/__pycache__").glob("encoder.*.pyc"))
