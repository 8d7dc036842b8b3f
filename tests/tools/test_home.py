"""The image's own nix, and the set-up of a person's home by it; nothing is reached by network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.home_flake import write_flake
from tests.tools.system_tree import SystemTree, system_tree

HOME = "/usr/bin/atomos home"
SCRIPT = "usr/lib/atomos/home"
FLAKE = "/home/ada/flake"
WISH = "/etc/atomos/home/ada"


@pytest.fixture(params=["dash", pytest.param("busybox", marks=pytest.mark.extended)])
def tree(tmp_path: Path, built_image: Path, request: pytest.FixtureRequest) -> Iterator[SystemTree]:
    """ada has an account and has logged in once; the daemon is there as its socket starts it."""
    with system_tree(tmp_path, built_image) as made:
        if request.param == "busybox":
            made.by_busybox(SCRIPT)
        # Where there is none to be reached, nix tries for five seconds.
        config = made.top / "etc/nix/nix.conf"
        config.write_text(f"{config.read_text()}substituters =\n")
        made.output_of("useradd -m -s /bin/bash ada")
        made.output_of("systemd-tmpfiles --create atomos-nix.conf nix-daemon.conf 2>&1")
        made.output_of("systemd-tmpfiles --user --create", user="ada")
        made.output_of("setsid -f nix-daemon --daemon >/tmp/daemon.log 2>&1")
        made.output_of(
            "timeout 20 sh -c 'until test -S /nix/var/nix/daemon-socket/socket; do sleep 0.1; done'"
        )
        # Ended with the tree: by its name it would be another tree's too.
        yield made


def wanted(tree: SystemTree, flake: str = f"path:{FLAKE}") -> None:
    tree.put(WISH, f"mode=deferred\nflake={flake}\n")


def set_up(tree: SystemTree) -> None:
    status, said = tree.run(f"{HOME} setup", user="ada", within=200)
    assert status == 0, said + tree.run(f"{HOME} log", user="ada")[1]
    assert "Your home is set up." in said


def write(tree: SystemTree, *, greeting: str = "hello", more: str = "") -> None:
    write_flake(tree.top / FLAKE.lstrip("/"), greeting=greeting, more=more)
    tree.output_of(f"chown -R ada: {FLAKE}")


def test_a_home_is_set_up(tree: SystemTree) -> None:
    write(tree)
    wanted(tree)
    assert "set up at login" in tree.output_of(f"{HOME} status", user="ada")
    set_up(tree)
    assert tree.output_of("greet", user="ada") == "hello"
    assert tree.output_of("readlink ~/.config/greeting", user="ada").startswith("/nix/store/")
    # What was in the way is kept beside.
    assert "skel" not in tree.output_of("cat ~/.bashrc", user="ada")
    assert (
        tree.output_of("test -s ~/.bashrc.before-home-manager && echo kept", user="ada") == "kept"
    )
    assert tree.output_of("cat ~/.nix-profile/manifest.json | head -c 1", user="ada") == "{"
    assert "Your home is set up" in tree.output_of(f"{HOME} status", user="ada")


def test_nothing_is_collected_while_home_is_away(tree: SystemTree) -> None:
    write(tree)
    wanted(tree)
    set_up(tree)
    files = tree.output_of("readlink -f ~/.config/greeting", user="ada")
    tool = tree.output_of("readlink -f ~/.nix-profile/bin/greet", user="ada")
    home = tree.top / "home"
    away = home.with_name("home-away")
    away.mkdir()
    (home / "ada").rename(home / "elsewhere")
    deleted = tree.output_of("nix-collect-garbage -d", within=120)
    assert "store paths deleted" in deleted
    assert (tree.top / files.lstrip("/")).is_file()
    assert (tree.top / tool.lstrip("/")).is_file()


def test_without_a_network_it_waits_and_says_so(tree: SystemTree) -> None:
    wanted(tree, flake="tarball+http://127.0.0.1:9/home.tar.gz")
    status, said = tree.run(f"{HOME} setup", user="ada", within=200)
    assert status == 75, said
    told = tree.output_of(f"{HOME} status", user="ada")
    assert "Your home waits" in told
    assert "tried again by itself" in told
    write(tree)
    wanted(tree)
    set_up(tree)


def test_a_configuration_that_is_wrong_is_told_and_leaves_the_home_alone(tree: SystemTree) -> None:
    write(tree)
    flake = tree.top / FLAKE.lstrip("/") / "flake.nix"
    flake.write_text(flake.read_text().replace('"ada"', '"grace"'))
    wanted(tree)
    before = tree.output_of("ls -A ~", user="ada")
    status, said = tree.run(f"{HOME} setup", user="ada")
    assert status == 1, said
    told = tree.output_of(f"{HOME} status", user="ada")
    assert "could not be set up" in told
    assert "homeConfigurations" in told
    assert tree.output_of("ls -A ~ | grep -v '^.local$\\|^.cache$'", user="ada") == "\n".join(
        name for name in before.splitlines() if name not in {".local", ".cache"}
    )


def test_an_activation_that_breaks_off_is_taken_back_whole(tree: SystemTree) -> None:
    write(tree, more='echo "error: no space left" >&2; exit 1')
    wanted(tree)
    rc = tree.output_of("sha256sum < ~/.bashrc", user="ada")
    status, said = tree.run(f"{HOME} setup", user="ada")
    assert status == 1, said
    assert "as it was" in said
    assert tree.output_of("sha256sum < ~/.bashrc", user="ada") == rc
    assert tree.run("ls ~/.config/greeting ~/.bashrc.before-home-manager", user="ada")[0] != 0
    assert "no space left" in tree.output_of(f"{HOME} status", user="ada")
    # What was mended succeeds later.
    write(tree, greeting="again")
    set_up(tree)
    assert tree.output_of("greet", user="ada") == "again"


def test_one_that_breaks_off_over_another_gives_that_back(tree: SystemTree) -> None:
    write(tree)
    wanted(tree)
    set_up(tree)
    write(tree, greeting="newer", more="exit 1")
    status, said = tree.run(f"{HOME} setup", user="ada")
    assert status == 1, said
    assert tree.output_of("cat ~/.config/greeting", user="ada") == "hello"
    assert tree.output_of("greet", user="ada") == "hello"


def test_one_that_is_killed_in_the_middle_goes_on(tree: SystemTree) -> None:
    write(tree, more="kill -9 $PPID; sleep 30")
    wanted(tree)
    status, _said = tree.run(f"{HOME} setup", user="ada")
    assert status != 0
    tree.run("pkill -x sleep", user="ada")
    assert "being put in place" in tree.output_of(f"{HOME} status", user="ada")
    write(tree)
    set_up(tree)
    assert tree.output_of("greet", user="ada") == "hello"


def test_a_starter_is_written_once_for_this_person(tree: SystemTree) -> None:
    tree.put(WISH, "mode=deferred\n")
    status, said = tree.run(f"{HOME} setup", user="ada", within=200)
    assert status == 75, said  # github.com is out of reach here
    home_nix = tree.output_of("cat ~/.config/home-manager/home.nix", user="ada")
    assert 'home.homeDirectory = "/home/ada";' in home_nix
    flake = tree.output_of("cat ~/.config/home-manager/flake.nix", user="ada")
    assert 'homeConfigurations."ada"' in flake
    assert "x86_64-linux" in flake
    assert "@" not in flake.replace("github:", "")
    tree.output_of("echo '# mine' >> ~/.config/home-manager/home.nix", user="ada")
    tree.run(f"{HOME} setup", user="ada", within=200)
    assert "# mine" in tree.output_of("cat ~/.config/home-manager/home.nix", user="ada")


def test_nobody_asked(tree: SystemTree) -> None:
    status, said = tree.run(f"{HOME} setup", user="ada")
    assert status == 1
    assert "Nobody asked" in said
    assert tree.output_of(f"{HOME} greet", user="ada") == "No home was asked for."
    assert tree.run(f"{HOME} nonsense", user="ada")[0] == 2
