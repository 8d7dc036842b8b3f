"""Account files of a person and an image, made one by ``account-rows.awk`` in mawk and busybox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.etc_machine import EtcMachine, etc_machine

NOTHING = dict.fromkeys(("passwd", "group", "shadow", "gshadow", "subuid", "subgid"), "")
Files = dict[str, str]


@pytest.fixture(params=["dash", "busybox"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EtcMachine]:
    with etc_machine(tmp_path, request.param) as made:
        yield made


def merged(machine: EtcMachine, base: Files, mine: Files, image: Files) -> tuple[Files, str]:
    """What becomes of the account files, and what is said about it."""
    machine.image("first", NOTHING | base)
    machine.image("second", NOTHING | image)
    with machine.on("first") as etc:
        for name, text in mine.items():
            (etc / name).write_text(text)
    machine.runs("second")
    said = machine.merge().replace("/etc has been brought to the image that starts\n", "")
    with machine.laid(machine.state):
        return {name: (machine.etc / name).read_text() for name in NOTHING}, said


def row(name: str, uid: int, *, gid: int | None = None, runs: str = "/bin/false") -> str:
    return f"{name}:x:{uid}:{uid if gid is None else gid}::/:{runs}\n"


PASSWD_CASES = [
    ("follows what the person left alone", row("a", 5), row("a", 5), row("a", 6), row("a", 6)),
    ("takes what is new", "", row("me", 1000), row("a", 5), row("me", 1000) + row("a", 5)),
    (
        "drops what the image dropped",
        row("a", 5) + row("b", 6),
        row("a", 5) + row("b", 6) + row("me", 1000),
        row("b", 6),
        row("b", 6) + row("me", 1000),
    ),
    (
        "leaves removed what the person removed",
        row("a", 5) + row("b", 6),
        row("b", 6),
        row("a", 5, runs="/bin/sh") + row("b", 6),
        row("b", 6),
    ),
    (
        "keeps the person's change",
        row("a", 5),
        row("a", 5, runs="/bin/sh"),
        row("a", 5),
        row("a", 5, runs="/bin/sh"),
    ),
    (
        "keeps what the person changed and the image dropped",
        row("a", 5),
        row("a", 5, runs="/bin/sh"),
        "",
        row("a", 5, runs="/bin/sh"),
    ),
    (
        "takes each field for itself",
        row("a", 5),
        row("a", 5, runs="/bin/sh"),
        row("a", 5, gid=7),
        row("a", 5, gid=7, runs="/bin/sh"),
    ),
    (
        "keeps the person's of a field that both changed",
        row("a", 5),
        row("a", 5, runs="/bin/sh"),
        row("a", 5, runs="/bin/zsh"),
        row("a", 5, runs="/bin/sh"),
    ),
    ("keeps the person's of a name that both made", "", row("a", 700), row("a", 5), row("a", 700)),
    (
        "leaves comments and NIS rows alone",
        "",
        "# mine\n+nis::::::\ntorn\n" + row("me", 1000),
        row("a", 5),
        "# mine\n+nis::::::\ntorn\n" + row("me", 1000) + row("a", 5),
    ),
]


@pytest.mark.parametrize(
    ("what", "base", "mine", "image", "after"), PASSWD_CASES, ids=[case[0] for case in PASSWD_CASES]
)
def test_a_row_of_passwd(
    machine: EtcMachine, what: str, base: str, mine: str, image: str, after: str
) -> None:
    got, said = merged(machine, {"passwd": base}, {"passwd": mine}, {"passwd": image})
    assert (got["passwd"], said) == (after, ""), what


@pytest.mark.parametrize(
    ("base", "mine", "image", "after"),
    [
        ("", "me", "", "me"),
        ("", "me", "new", "me,new"),
        ("old", "old,me", "", "me"),
        ("old,gone", "old", "old,gone,new", "old,new"),
        ("", "", "new", "new"),
    ],
)
@pytest.mark.parametrize("file", ["group", "gshadow"])
def test_members_of_a_group(
    machine: EtcMachine, file: str, base: str, mine: str, image: str, after: str
) -> None:
    def text(members: str) -> str:
        return f"sudo:*:{'27' if file == 'group' else ''}:{members}\nx:!::me\n"

    groups = {"group": "sudo:x:27:\n"} if file == "gshadow" else {}
    got, said = merged(
        machine, groups | {file: text(base)}, {file: text(mine)}, groups | {file: text(image)}
    )
    assert (got[file], said) == (text(after), "")


def test_an_id_that_the_person_uses_stays_theirs(machine: EtcMachine) -> None:
    base = {"passwd": row("a", 5), "group": "a:x:5:\n"}
    mine = {
        "passwd": row("a", 5) + row("mine", 999, gid=998),
        "group": "a:x:5:\nmine:x:998:\n",
    }
    image = {
        "passwd": row("a", 5) + row("new", 999, gid=998),
        "group": "a:x:5:\nnew:x:998:\n",
        "shadow": "new:!:1::::::\n",
    }
    got, said = merged(machine, base, mine, image)
    assert got["passwd"] == mine["passwd"] + row("new", 996, gid=997)
    assert got["group"] == mine["group"] + "new:x:997:\n"
    assert got["shadow"] == "new:!:1::::::\n"
    assert said.splitlines() == [
        "group: new has the id 997 here, since 998 is mine's",
        "passwd: new has the id 996 here, since 999 is mine's",
    ]


def test_an_id_given_once_stays_and_goes_with_its_account(machine: EtcMachine) -> None:
    mine = row("mine", 999)
    merged(machine, {}, {"passwd": mine}, {"passwd": row("new", 999)})
    moved = row("new", 998, gid=999)
    machine.image("third", {"passwd": row("new", 999) + row("more", 5)}, like="second")
    with machine.on("third") as etc:
        assert (etc / "passwd").read_text() == mine + moved + row("more", 5)
    with machine.on("first") as etc:
        assert (etc / "passwd").read_text() == mine


def test_an_id_that_the_image_changes_to_one_in_use_stays_as_it_was(machine: EtcMachine) -> None:
    base = {"passwd": row("a", 5), "group": "a:x:5:\n"}
    mine = {"passwd": row("a", 5) + row("mine", 700), "group": "a:x:5:\nmine:x:700:\n"}
    image = {"passwd": row("a", 700), "group": "a:x:700:\n"}
    got, said = merged(machine, base, mine, image)
    assert got["passwd"] == mine["passwd"]
    assert got["group"] == mine["group"]
    assert "passwd: a has the id 5 here, since 700 is mine's\n" in said


def test_two_names_for_one_id_of_the_image_are_no_clash(machine: EtcMachine) -> None:
    base = {"passwd": row("root", 0)}
    mine = {"passwd": row("root", 0, runs="/bin/sh")}
    got, said = merged(machine, base, mine, {"passwd": row("root", 0) + row("toor", 0)})
    assert (got["passwd"], said) == (mine["passwd"] + row("toor", 0), "")


def test_where_no_id_is_free_the_images_account_is_left_out(machine: EtcMachine) -> None:
    mine = "".join(row(f"mine{uid}", uid) for uid in range(100, 1000))
    image = {"passwd": row("new", 500), "shadow": "new:!:1::::::\n"}
    got, said = merged(machine, {}, {"passwd": mine}, image)
    assert (got["passwd"], got["shadow"]) == (mine, "")
    assert said == "passwd: new of the image is left out: there is no free id below 1000\n"


def test_hashes_go_and_stay_with_their_accounts(machine: EtcMachine) -> None:
    base = {
        "passwd": row("a", 5) + row("b", 6) + row("c", 7),
        "shadow": "a:!:1::::::\nb:!:1::::::\nc:!:1::::::\n",
    }
    mine = {
        # b has a shell of the person's; c has been locked in another way.
        "passwd": row("a", 5) + row("b", 6, runs="/bin/sh") + row("c", 7),
        "shadow": "a:!:1::::::\nb:!:1::::::\nc:*:2::::::\nnobodys:*:3::::::\n",
    }
    image = {"passwd": row("a", 5), "shadow": "a:!:4::::::\n"}
    got, _said = merged(machine, base, mine, image)
    assert got["passwd"] == row("a", 5) + row("b", 6, runs="/bin/sh")
    assert got["shadow"] == "a:!:4::::::\nnobodys:*:3::::::\nb:!:1::::::\n"


def test_several_ranges_of_one_name_stay_together(machine: EtcMachine) -> None:
    base = {"subuid": "nix:1:2\nnix:5:6\n"}
    mine = {"subuid": "nix:1:2\nnix:5:6\nme:100000:65536\nme:300000:65536\n"}
    got, said = merged(machine, base, mine, {"subuid": "nix:1:2\nnix:7:8\n"})
    assert got["subuid"] == "nix:1:2\nnix:7:8\nme:100000:65536\nme:300000:65536\n"
    assert said == ""
