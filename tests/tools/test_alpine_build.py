"""`./dev build live --alpine`: what it says where something is missing, and what it leaves."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.tools.alpine_packages import Package, new_key, publish
from tests.tools.alpine_tree import AlpineTree, alpine_layers, alpine_tree
from tests.tools.overlay_tree import ROOT
from tests.tools.web import closed_port, served

# They change with mkimage-profile/alpine only.
pytestmark = pytest.mark.extended
INDEX = "v3.24/main/x86_64/APKINDEX.tar.gz"


def mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines()


def build(*argv: str, archive: str, aports: Path | None) -> subprocess.CompletedProcess[str]:
    """The command, with its exit status and words; it leaves no mounts behind."""
    environment = {**os.environ, "ATOMOS_ALPINE_ARCHIVE": archive, "NO_COLOR": "1"}
    environment.pop("ATOMOS_APORTS", None)
    if aports is not None:
        environment["ATOMOS_APORTS"] = str(aports)
    command = [sys.executable, str(ROOT / "mkimage-profile/build.py"), *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        said, errors = process.communicate()
    left = [line for line in mounts() if f"/merge-{process.pid}-" in line]
    assert left == []
    return subprocess.CompletedProcess(command, process.returncode, said, errors)


@pytest.fixture
def aports(tmp_path: Path) -> Path:
    scripts = tmp_path / "aports/scripts"
    scripts.mkdir(parents=True)
    (scripts / "mkimage.sh").write_text("echo made nothing\n")
    return scripts.parent


def test_all_that_is_missing_is_said_at_once() -> None:
    archive = f"http://127.0.0.1:{closed_port()}/alpine"
    done = build("live", "--alpine", archive=archive, aports=None)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Alpine's live medium cannot be made here" in done.stderr
    assert "set ATOMOS_APORTS to that folder" in done.stderr
    assert f"{archive}/{INDEX} cannot be had" in done.stderr
    assert "Set ATOMOS_ALPINE_ARCHIVE to a mirror" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_aports(tmp_path: Path) -> None:
    with served(tmp_path) as archive:
        done = build("live", "--alpine", archive=archive, aports=tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path} has no scripts/mkimage.sh" in done.stderr
    assert "404 File not found" in done.stderr


def test_an_archive_that_has_no_packages(tmp_path: Path, aports: Path) -> None:
    """apk's own words are there, and no half-made medium, and no mounts."""
    folder = tmp_path / "archive"
    (folder / INDEX).parent.mkdir(parents=True)
    (folder / INDEX).write_bytes(b"no index")
    with served(folder) as archive:
        done = build("live", "--alpine", archive=archive, aports=aports)
    assert done.returncode == 2
    assert "the Alpine live medium was not made (status" in done.stderr
    assert f"{archive}/v3.24/main" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((ROOT / "build/alpine").iterdir())


def test_a_system_image_of_alpine_is_another_word() -> None:
    done = build("system", "--alpine", archive="", aports=None)
    assert done.returncode == 2
    assert "a system image has --base alpine" in done.stderr


# What runs in the Alpine itself. Of its tools only apk is there: others note how they are called.

NOTING = '#!/bin/sh\necho "$(pwd): ${0##*/} $*" >>/called\n'
BUILDERS = {"abuild": ("abuild", "abuild-keygen")}


@pytest.fixture
def alpine(tmp_path: Path) -> Iterator[AlpineTree]:
    """An Alpine with an archive of small packages, and an aports whose mkimage makes an ISO."""
    secret, public = new_key(tmp_path, "test")
    script = (ROOT / "mkimage-profile/alpine/steps/mkimage.sh").read_text()
    (line,) = re.findall(r"^apk add (.*)$", script, re.M)
    with alpine_tree(tmp_path, alpine_layers()) as tree:
        tree.put("etc/apk/keys/test.rsa.pub", public.read_text())
        packages = []
        for name in line.split():
            (tree.top / "root/small" / name).mkdir(parents=True)
            for tool in BUILDERS.get(name, ()):
                tree.put(f"root/small/{name}/usr/bin/{tool}", NOTING, mode=0o755)
            files = f"/root/small/{name}"
            packages.append(Package(name=name, version="1", depends=(), files=files))
        publish(tree, tuple(packages), secret)
        tree.put("root/mkimage.sh", script)
        tree.put("aports/scripts/mkimage.sh", f"{NOTING}echo ISO >/out/a.iso\n")
        for folder in ("root/.mkimage", "root/atomos/installer", "out"):
            (tree.top / folder).mkdir(parents=True)
        yield tree


def test_packages_first_and_then_mkimage_in_the_profiles_folder(alpine: AlpineTree) -> None:
    archive = "https://archive/v3.24"
    alpine.output_of("sh", "/root/mkimage.sh", ARCHIVE=archive, VERSION="7.1", HOME="/root")
    keygen, abuild, mkimage = alpine.text("called").splitlines()
    assert keygen == "/: abuild-keygen -a -i -n"
    assert abuild == "/root/atomos/installer: abuild -F -r -P /root/packages"
    folder, _, words = mkimage.partition(": mkimage.sh ")
    assert folder == "/root/.mkimage"
    assert words == (
        "--tag 7.1 --arch x86_64 --profile atomos --outdir /out --workdir /root/work --hostkeys"
        f" --repository {archive}/main --extra-repository {archive}/community"
        " --extra-repository /root/packages/atomos"
    )


def test_what_fails_ends_it(alpine: AlpineTree) -> None:
    alpine.put("aports/scripts/mkimage.sh", "exit 3\n")
    status, _said = alpine.run("sh", "/root/mkimage.sh", ARCHIVE="a", VERSION="1", HOME="/root")
    assert status == 3


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The builder, whose folder is no package."""
    profile = ROOT / "mkimage-profile"
    places = [str(profile), str(profile / "debian"), str(profile / "alpine")]
    monkeypatch.setattr(sys, "path", [*places, *sys.path])
    return importlib.import_module("alpine_live")


def test_success_without_an_iso_is_none(module: ModuleType, tmp_path: Path) -> None:
    """As mkimage has it with a profile that names no architecture."""
    made, out = tmp_path / "made", tmp_path / "out"
    made.mkdir()
    out.mkdir()
    with pytest.raises(ValueError, match="made no ISO, but nothing"):
        module.found(made, out)
    (made / "a.iso").touch()
    with pytest.raises(ValueError, match=r"made no ISO, but a\.iso"):
        module.found(made, out)
    assert not list(out.iterdir())
    (made / "a.iso").write_text("ISO")
    assert module.found(made, out) == out / "a.iso"
    assert (out / "a.iso").read_text() == "ISO"
