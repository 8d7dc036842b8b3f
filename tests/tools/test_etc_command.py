"""``atomos etc`` on a real overlay, between one image and the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.boot_disk import ROOT
from tests.tools.etc_machine import EtcMachine, etc_machine, snapshot

ATOMOS = ROOT / "live/system/usr/bin/atomos"
FIRST = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "shadow": "root:!:1::::::\n",
    "motd": "old\n",
    "issue": "old\n",
    "ssh/sshd_config": "Port 22\n",
    "default/locale": "LANG=C\n",
}
SECOND = {"motd": "new\n", "issue": "new\n", "ssh/sshd_config": "Port 22\nUsePAM yes\n"}


ADA = {"passwd": "ada:x:1000:1000::/home/ada:/bin/sh\n", "shadow": "ada:$y$secret:1::::::\n"}


@pytest.fixture(params=["dash", "busybox"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EtcMachine]:
    """Changes of all kinds have been made to the first image; the machine is off."""
    with etc_machine(tmp_path, request.param) as made:
        made.image("first", FIRST)
        made.image("second", SECOND, like="first")
        with made.on("first") as etc:
            (etc / "motd").write_text("mine\n")
            (etc / "hostname").write_text("here\n")
            (etc / "default/locale").write_text("LANG=de_DE.UTF-8\n")
            (etc / "ssh/sshd_config").unlink()
            (etc / "zone").symlink_to("/usr/share/zoneinfo/UTC")
            (etc / "passwd-").write_text("before\n")
            for name, row in ADA.items():
                (etc / name).write_text(FIRST[name] + row)
        yield made


@pytest.fixture
def machine(before: EtcMachine) -> Iterator[EtcMachine]:
    """With the second image; /etc is laid."""
    with before.on("second"):
        yield before


def test_list_says_whose_doing_it_is(machine: EtcMachine) -> None:
    assert machine.atomos_etc("list") == (
        "yours    /etc/default/locale\n"
        "added    /etc/hostname\n"
        "both     /etc/motd\n"
        "rows     /etc/passwd\n"
        "rows     /etc/shadow\n"
        "both     /etc/ssh/sshd_config\n"
        "added    /etc/zone\n"
    )


def test_what_was_removed_and_is_the_images_still(machine: EtcMachine) -> None:
    (machine.etc / "issue").unlink()
    assert "removed  /etc/issue\n" in machine.atomos_etc("list")


@pytest.mark.parametrize("name", ["motd", "/etc/motd", "./motd"])
def test_diff_shows_both_sides(machine: EtcMachine, name: str) -> None:
    said = machine.atomos_etc("diff", name, status=1)
    assert said.splitlines() == [
        "--- /etc/motd (image)",
        "+++ /etc/motd (yours)",
        "@@ -1 +1 @@",
        "-new",
        "+mine",
    ]


def test_diff_of_a_folder_and_of_what_was_removed(machine: EtcMachine) -> None:
    said = machine.atomos_etc("diff", "ssh", "default/", status=1)
    assert "--- /etc/ssh/sshd_config (image)\n" in said
    assert "-UsePAM yes\n" in said
    assert "+LANG=de_DE.UTF-8\n" in said


def test_diff_of_all_shows_no_hashes_and_no_file_that_is_only_yours(machine: EtcMachine) -> None:
    said = machine.atomos_etc("diff", status=1)
    assert "secret" not in said
    assert "Differs, and has hashes of passwords in it: /etc/shadow\n" in said
    assert "Only yours: /etc/hostname\n" in said
    assert "here" not in said
    assert "+ada:x:1000:1000::/home/ada:/bin/sh\n" in said
    assert "secret" in machine.atomos_etc("diff", "shadow", status=1)
    assert "+here\n" in machine.atomos_etc("diff", "hostname", status=1)


def test_diff_of_links_and_modes(machine: EtcMachine) -> None:
    (machine.etc / "issue").chmod(0o600)
    said = machine.atomos_etc("diff", "issue", "zone", status=1)
    assert said.splitlines() == [
        "/etc/issue: mode 644, owner 0:0 in the image, mode 600, owner 0:0 here",
        "/etc/zone: nothing in the image, a link to /usr/share/zoneinfo/UTC here",
    ]


def test_no_difference(machine: EtcMachine) -> None:
    assert machine.atomos_etc("diff", "issue") == ""
    assert machine.atomos_etc("diff", "passwd-") == ""


def test_follow_takes_the_images_now_and_later(machine: EtcMachine) -> None:
    said = machine.atomos_etc("follow", "motd", "/etc/ssh")
    assert said == "/etc/motd is the image's again\n/etc/ssh/sshd_config is the image's again\n"
    assert (machine.etc / "motd").read_text() == "new\n"
    assert (machine.etc / "ssh/sshd_config").read_text() == "Port 22\nUsePAM yes\n"
    assert "motd" not in machine.atomos_etc("list")
    assert machine.atomos_etc("follow", "motd") == ""


def test_what_followed_goes_on_with_the_next_image(before: EtcMachine) -> None:
    before.image("third", {"motd": "third\n", "ssh/sshd_config": "third\n"}, like="second")
    with before.on("second"):
        before.atomos_etc("follow", "motd", "ssh/sshd_config")
    with before.on("third") as etc:
        assert (etc / "motd").read_text() == "third\n"
        assert (etc / "ssh/sshd_config").read_text() == "third\n"
        assert (etc / "default/locale").read_text() == "LANG=de_DE.UTF-8\n"


def test_follow_in_a_session_that_forgets_etc(tmp_path: Path) -> None:
    """The overlay is another one, and the person's side can be mended."""
    with etc_machine(tmp_path, "busybox") as machine:
        machine.image("first", FIRST)
        with machine.on("first") as etc:
            (etc / "motd").write_text("mine\n")
            (etc / "issue").unlink()
        machine.runs("first", "atomos.etc=volatile")
        assert machine.atomos_etc("list") == "removed  /etc/issue\nyours    /etc/motd\n"
        machine.atomos_etc("follow", "motd", "issue")
        assert machine.atomos_etc("list") == ""
        assert snapshot(machine.upper) == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("follow", "hostname"), "the image has no /etc/hostname; remove it yourself"),
        (("follow", "passwd"), "the rows of /etc/passwd follow the image one by one"),
        (("follow", "nowhere"), "there is no /etc/nowhere"),
        (("follow", "../shadow"), "../shadow is no file of /etc"),
        (("diff", "/var/lib"), "/var/lib is no file of /etc"),
        (("follow",), "usage: atomos etc list"),
        (("list", "motd"), "usage: atomos etc list"),
        (("diff", "--all"), "usage: atomos etc list"),
        ((), "usage: atomos etc list"),
    ],
)
def test_what_it_refuses(machine: EtcMachine, arguments: tuple[str, ...], words: str) -> None:
    before = snapshot(machine.upper)
    assert words in machine.atomos_etc(*arguments, status=2)
    assert snapshot(machine.upper) == before


def test_help(machine: EtcMachine) -> None:
    said = machine.atomos_etc("--help")
    assert said.startswith("usage: atomos etc list ")
    assert machine.atomos_etc("diff", "--help") == said
    assert machine.does(ATOMOS, "--help").startswith("usage: atomos COMMAND ")
    assert machine.tries(ATOMOS, "nothing").returncode == 2
