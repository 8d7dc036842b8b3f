"""The image's own flatpak, and the applications that were asked for, from a signed repository."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.flatpak_repository import APP, FOLDER, WORDS, make_repository
from tests.tools.remix_bench import ROOT
from tests.tools.system_tree import SystemTree, system_tree
from tests.tools.web import served

COMMAND = "/usr/bin/atomos apps"
SCRIPT = "usr/lib/atomos/flatpaks"
WISH = "/etc/atomos/flatpaks"
NOWHERE = "http://127.0.0.1:9/example.flatpakrepo"
DESCRIPTIONS = "/usr/share/flatpak/remotes.d"
FLATHUB_KEY = "6E5C05D979C76DAF93C081354184DD4D907A7CAE"
"""As docs/home.md has it."""


@pytest.fixture(params=["dash", pytest.param("busybox", marks=pytest.mark.extended)])
def tree(tmp_path: Path, built_image: Path, request: pytest.FixtureRequest) -> Iterator[SystemTree]:
    with system_tree(tmp_path, built_image) as made:
        if request.param == "busybox":
            made.by_busybox(SCRIPT)
        yield made


@pytest.fixture
def url(tree: SystemTree) -> Iterator[str]:
    """Of the description of a repository that is on a server."""
    folder = tree.top / FOLDER.lstrip("/")
    folder.mkdir()
    with served(folder) as address:
        yield make_repository(tree, address)


def wanted(tree: SystemTree, url: str, *apps: str) -> None:
    lines = [f"remote=example\nurl={url}\n", *(f"app={app}\n" for app in apps)]
    tree.put(WISH, "".join(lines))


def installed(tree: SystemTree) -> list[str]:
    said = tree.output_of("flatpak list --system --app --columns=application")
    return [line.strip() for line in said.splitlines() if line.strip() != "Application ID"]


def test_an_application_is_installed(tree: SystemTree, url: str) -> None:
    wanted(tree, url, APP)
    assert "have not been begun" in tree.output_of(f"{COMMAND} status")
    said = tree.output_of(f"{COMMAND} setup", within=120)
    assert f"Installing {APP}, 1 of 1" in said
    assert installed(tree) == [APP]
    hello = tree.top / f"var/lib/flatpak/app/{APP}/current/active/files/bin/hello"
    assert hello.read_text().endswith(f"echo {WORDS}\n")
    assert tree.output_of(f"{COMMAND} status") == "All applications are installed."
    assert tree.output_of(f"{COMMAND} greet") == ""


def test_without_a_network_they_wait(tree: SystemTree, url: str) -> None:
    wanted(tree, NOWHERE, APP)
    status, said = tree.run(f"{COMMAND} setup", within=120)
    assert status == 75, said
    assert "The applications wait" in tree.output_of(f"{COMMAND} status")
    wanted(tree, url, APP)
    tree.output_of(f"{COMMAND} setup", within=120)
    assert installed(tree) == [APP]


def test_a_description_on_the_image_is_not_fetched(tree: SystemTree, url: str) -> None:
    described = (tree.top / FOLDER.lstrip("/") / "example.flatpakrepo").read_text()
    tree.put(f"{DESCRIPTIONS}/example.flatpakrepo", described)
    wanted(tree, NOWHERE, APP)
    tree.output_of(f"{COMMAND} setup", within=120)
    assert installed(tree) == [APP]


def test_what_it_describes_is_waited_for(tree: SystemTree, url: str) -> None:
    described = (tree.top / FOLDER.lstrip("/") / "example.flatpakrepo").read_text()
    away = described.replace(f"Url={url.rpartition('/')[0]}", "Url=http://127.0.0.1:9")
    tree.put(f"{DESCRIPTIONS}/example.flatpakrepo", away)
    wanted(tree, url, APP)
    status, said = tree.run(f"{COMMAND} setup", within=120)
    assert status == 75, said
    assert "The applications wait" in tree.output_of(f"{COMMAND} status")


def test_flathub_is_known_by_its_key(tree: SystemTree) -> None:
    """Without a network: the tree's own flatpak takes it from the image when it is first used."""
    said = tree.output_of("flatpak remotes --system --columns=name,url")
    assert said.split() == ["flathub", "https://dl.flathub.org/repo/"]
    keyring = "/var/lib/flatpak/repo/flathub.trustedkeys.gpg"
    listed = tree.output_of(f"gpg --show-keys --with-colons {keyring} 2>/dev/null").splitlines()
    assert next(line.split(":")[9] for line in listed if line.startswith("fpr")) == FLATHUB_KEY
    assert [line.split(":")[0] for line in listed].count("pub") == 1


def test_one_that_is_not_there_is_named_and_the_others_come(tree: SystemTree, url: str) -> None:
    wanted(tree, url, "org.example.Nothing", APP)
    status, said = tree.run(f"{COMMAND} setup", within=120)
    assert status == 1, said
    told = tree.output_of(f"{COMMAND} status")
    assert "Not all applications could be installed: org.example.Nothing" in told
    assert installed(tree) == [APP]


def test_one_that_is_not_there_can_be_given_up(tree: SystemTree, url: str) -> None:
    wanted(tree, url, "org.example.Nothing", APP)
    assert tree.run(f"{COMMAND} setup", within=120)[0] == 1
    assert tree.run(f"{COMMAND} forget org.example.No.hing")[0] == 1
    assert "apps forget NAME" in tree.output_of(f"{COMMAND} status")
    tree.output_of(f"{COMMAND} forget org.example.Nothing")
    tree.output_of(f"{COMMAND} setup", within=120)
    assert tree.output_of(f"{COMMAND} status") == "All applications are installed."
    assert tree.output_of(f"stat -c '%a %U' {WISH}") == "644 root"
    status, said = tree.run(f"runuser -u nobody -- {COMMAND} forget {APP}")
    assert status == 1
    assert "sudo atomos apps forget" in said


def test_when_the_last_is_given_up_it_is_over(tmp_path: Path) -> None:
    """Each login told of a source that is out of reach, with no name left to forget."""
    wish = tmp_path / WISH.lstrip("/")
    wish.parent.mkdir(parents=True)
    wish.write_text(f"remote=example\nurl={NOWHERE}\napp={APP}\n")
    flatpak = tmp_path / "bin/flatpak"
    flatpak.parent.mkdir()
    flatpak.write_text("#!/bin/sh\necho 'error: no such thing' >&2\nexit 1\n")
    flatpak.chmod(0o755)

    def apps(*words: str) -> tuple[int, str]:
        path = f"{flatpak.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", str(ROOT / "live/system" / SCRIPT), *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "ATOMOS_ROOT": str(tmp_path), "PATH": path},
        )
        return done.returncode, done.stdout

    assert apps("setup")[0] == 1
    assert "Not all applications could be installed" in apps("greet")[1]
    # Not by `forget`, which on a machine with systemd starts the unit.
    wish.write_text(f"remote=example\nurl={NOWHERE}\n")
    assert apps("setup") == (0, "")
    assert apps("greet") == (0, "")
    assert apps("status") == (0, "No applications are asked for any longer.\n")


def test_one_that_another_key_signed_is_refused(tree: SystemTree, url: str) -> None:
    # The same repository signed anew, and the description that people have.
    description = tree.top / FOLDER.lstrip("/") / "example.flatpakrepo"
    before = description.read_text()
    for name in ("repo", "gpg", "rt", "app"):
        shutil.rmtree(description.parent / name)
    make_repository(tree, url.rpartition("/")[0])
    assert description.read_text() != before
    description.write_text(before)
    wanted(tree, url, APP)
    status, said = tree.run(f"{COMMAND} setup", within=120)
    assert status != 0, said
    assert installed(tree) == []
    assert "public key not found" in tree.output_of(f"{COMMAND} status")


def test_nobody_asked(tree: SystemTree) -> None:
    status, said = tree.run(f"{COMMAND} setup")
    assert status == 1
    assert "No applications were asked for" in said
    assert tree.run(f"{COMMAND} nonsense")[0] == 2
