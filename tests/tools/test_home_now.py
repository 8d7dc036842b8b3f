"""Homes at installation: the real image on loop devices, its own nix, nothing fetched."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.mounts import Mounts
from installer.errors import Interrupted
from installer.quantity import MIB
from tests.tools.home_machine import CUT, FULL, HomeMachine, as_release_file, changed, make_seed
from tests.tools.home_seed_changes import (
    no_cache,
    no_nar,
    no_narinfo,
    odd_paths,
    other_bytes,
    other_key,
    other_nix,
)
from tests.tools.small_disk import DiskMaker


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory, built_image: Path) -> Path:
    """A good one."""
    return make_seed(tmp_path_factory.mktemp("seed"), built_image)


@pytest.fixture
def machine(make_disk: DiskMaker, built_image: Path, mounts: Mounts, tmp_path: Path) -> HomeMachine:
    made = HomeMachine(
        disk=make_disk(squash=built_image, size=256 * MIB), mounts=mounts, base=tmp_path / "mnt"
    )
    made.prepare()
    return made


def check_untouched(machine: HomeMachine) -> None:
    """The person logs in, and what they find is their home as it was made."""
    with machine.started() as tree:
        assert tree.output_of("echo usable", user="ada") == "usable"
        assert tree.output_of("cmp ~/.bashrc /etc/skel/.bashrc && echo same", user="ada") == "same"
        assert tree.run("ls ~/.config/greeting ~/*.before-home-manager", user="ada")[0] != 0
        assert tree.run("greet", user="ada")[0] == 127
        assert not (tree.top / "var/lib/atomos-seed").exists()


def test_a_home_is_there_at_the_first_login_without_any_network(
    machine: HomeMachine, seed: Path
) -> None:
    before = os.umask(0o077)  # as the process that installs has it
    try:
        for _again in range(2):
            assert machine.set_up(as_release_file(seed)) is None
    finally:
        os.umask(before)
    with machine.started(daemon=True) as tree:
        assert tree.output_of("greet", user="ada") == "hello"
        assert tree.output_of("cat ~/.config/greeting", user="ada") == "hello ada"
        assert tree.output_of("readlink ~/.config/greeting", user="ada").startswith("/nix/store/")
        assert "is set up" in tree.output_of("atomos home status", user="ada")
        assert tree.output_of("find ~ -user root", user="ada") == ""
        assert tree.output_of("stat -c %a ~/.config/home-manager/flake.nix", user="ada") == "644"
        assert 'homeConfigurations."ada"' in tree.output_of(
            "cat ~/.config/home-manager/flake.nix", user="ada"
        )
        tree.output_of("nix-collect-garbage -d")
        assert tree.output_of("greet", user="ada") == "hello"
        assert tree.output_of("ls /nix/var/nix/gcroots/atomos/ada") == "home"
        assert not (tree.top / "etc/resolv.conf").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_nix, "made for nix 2.18.1, and the system has 2.2"),
        (other_key, "lacks a signature by a trusted key"),
        (other_bytes, "the home seed is damaged"),
        (no_nar, "the home seed is damaged"),
        (no_narinfo, "the home seed is damaged"),
        (no_cache, "incomplete: it has no cache/nix-cache-info"),
        (odd_paths, "its list of paths has something else"),
    ],
)
def test_a_seed_that_is_not_right_is_refused_and_the_home_left_for_later(
    machine: HomeMachine, seed: Path, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    bad = changed(seed, tmp_path, change)
    reason = machine.set_up(as_release_file(bad))
    assert reason is not None
    assert words in reason
    check_untouched(machine)
    with machine.started() as tree:
        assert list((tree.top / "nix/store").glob("*-*[!k]")) == []
    # The same disk, and a seed that is right.
    assert machine.set_up(as_release_file(seed)) is None


@pytest.mark.parametrize("what", ["bytes", "length", "no archive"])
def test_a_file_that_is_not_the_releases_is_not_used(
    machine: HomeMachine, seed: Path, tmp_path: Path, what: str
) -> None:
    data = bytearray(seed.read_bytes())
    file = tmp_path / "bad.tar"
    wanted = as_release_file(seed)
    match what:
        case "bytes":
            data[-1] ^= 1
        case "length":
            del data[-512:]
        case "no archive":
            data[:512] = b"\1" * 512
    file.write_bytes(data)
    bad = as_release_file(file) if what == "no archive" else wanted
    reason = machine.set_up(
        type(bad)(url=file.as_uri(), size_bytes=bad.size_bytes, sha256=bad.sha256)
    )
    expected = {"bytes": "SHA-256", "length": "should have", "no archive": "is damaged"}
    assert expected[what] in (reason or "")
    check_untouched(machine)


def test_a_disk_that_is_full_in_the_middle_of_it(machine: HomeMachine, seed: Path) -> None:
    with machine.disk.tree() as root:
        (root / FULL.lstrip("/")).touch(mode=0o666)
        (root / FULL.lstrip("/")).chmod(0o666)
    reason = machine.set_up(as_release_file(seed))
    assert "could not be put in place" in (reason or "")
    check_untouched(machine)
    with machine.disk.tree() as root:
        (root / FULL.lstrip("/")).unlink()
    # What the seed had is in the store still: the first login needs no network either.
    assert machine.logs_in() == "hello"


def test_a_disk_without_room_for_the_seed(machine: HomeMachine, seed: Path) -> None:
    with machine.disk.tree() as root:
        filler = root / "var/tmp/filler"
        with filler.open("wb") as file:
            while True:
                try:
                    file.write(bytes(MIB))
                except OSError:
                    break
    reason = machine.set_up(as_release_file(seed))
    assert reason is not None
    with machine.disk.tree() as root:
        filler.unlink(missing_ok=True)
        (root / "var/tmp/filler").unlink(missing_ok=True)
    check_untouched(machine)
    assert machine.set_up(as_release_file(seed)) is None


def test_one_that_is_cut_off_in_the_middle(machine: HomeMachine, seed: Path) -> None:
    with machine.disk.tree() as root:
        (root / CUT.lstrip("/")).touch()
        (root / "var/tmp").chmod(0o1777)

    def cut() -> None:
        if any(machine.base.glob(f"*/{CUT.lstrip('/')}-now")):
            raise Interrupted

    machine.pulse.append(cut)
    with pytest.raises(Interrupted):
        machine.set_up(as_release_file(seed))
    machine.pulse.clear()
    with machine.started() as tree:
        (tree.top / CUT.lstrip("/")).unlink()
        (tree.top / f"{CUT}-now".lstrip("/")).unlink()
        # Half of it is there, and does no harm.
        assert tree.output_of("echo usable", user="ada") == "usable"
        assert "being put in place" in tree.output_of("atomos home status", user="ada")
        assert tree.output_of("cat ~/.config/greeting", user="ada") == "hello ada"
    with machine.started(daemon=True) as tree:
        wish = tree.top / "etc/atomos/home/ada"
        before = wish.read_text()
        wish.write_text("mode=deferred\nflake=tarball+http://127.0.0.1:9/home.tar.gz\n")
        # Whatever comes of it then, the half is taken back first.
        once = "NIX_CONFIG='download-attempts = 1'"
        assert tree.run(f"{once} atomos home setup", user="ada")[0] == 75
        assert tree.output_of("cmp ~/.bashrc /etc/skel/.bashrc && echo same", user="ada") == "same"
        wish.write_text(before)
    assert machine.logs_in() == "hello"
    with machine.started() as tree:
        assert tree.output_of("cat ~/.bashrc.before-home-manager | head -c 1", user="ada") == "#"


def test_what_was_cut_off_goes_on_at_the_next_installation(
    machine: HomeMachine, seed: Path
) -> None:
    with machine.disk.tree() as root:
        (root / CUT.lstrip("/")).touch()

    def cut() -> None:
        if any(machine.base.glob(f"*/{CUT.lstrip('/')}-now")):
            raise Interrupted

    machine.pulse.append(cut)
    with pytest.raises(Interrupted):
        machine.set_up(as_release_file(seed))
    machine.pulse.clear()
    with machine.disk.tree() as root:
        (root / CUT.lstrip("/")).unlink()
    assert machine.set_up(as_release_file(seed)) is None


def test_without_seed_and_network_it_is_left_for_later_at_once(machine: HomeMachine) -> None:
    assert machine.set_up(None, flake="https://127.0.0.1:9/home.tar.gz", insists=False) == (
        "what it is made of cannot be reached"
    )
    check_untouched(machine)
