"""System accounts keep their ids from one build to the next: the recipe's steps on a small tree."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "mkimage-profile/debian"
BASE = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "group": "root:x:0:\nsudo:x:27:\n",
    "shadow": "root:*:20000::::::\n",
    "gshadow": "root:*::\nsudo:*::\n",
}
RECORD = {
    "passwd": BASE["passwd"] + "nixbld1:x:989:989::/var/empty:/usr/sbin/nologin\n",
    "group": BASE["group"] + "nixbld:x:989:nixbld1\n",
}


class Tree:
    """A tree that a build has come to, and a record of earlier ones."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "root/etc"
        self.ids = folder / "source/mkimage-profile/debian/ids"
        self.environment = {
            "ROOT": str(folder / "root"),
            "SOURCE": str(folder / "source"),
            "PATH": os.environ["PATH"],
        }
        for place, files in ((self.etc, BASE), (self.ids, RECORD)):
            place.mkdir(parents=True)
            for name, text in files.items():
                (place / name).write_text(text)

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        argv = ["sh", str(RECIPE / "steps" / f"{name}.sh")]
        return subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False
        )

    def add(self, name: str, text: str) -> None:
        with (self.etc / name).open("a") as opened:
            opened.write(text)

    def read(self, name: str) -> str:
        return (self.etc / name).read_text()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_build_begins_with_the_accounts_of_earlier_ones(tree: Tree) -> None:
    for _ in range(2):
        assert tree.step("seed-ids").returncode == 0
        assert tree.read("passwd") == RECORD["passwd"]
        assert tree.read("group") == RECORD["group"]
        assert tree.read("shadow") == BASE["shadow"] + "nixbld1:!*:::::::\n"
        assert tree.read("gshadow") == BASE["gshadow"] + "nixbld:!*::nixbld1\n"
    assert tree.step("check-ids").returncode == 0


@pytest.mark.parametrize(
    ("file", "row", "words"),
    [
        ("passwd", "nixbld1:x:700:700::/:/bin/sh\n", "nixbld1 has the id 989 in"),
        ("passwd", "another:x:989:989::/:/bin/sh\n", "and the base has another:989:"),
        ("group", "nixbld:x:700:\n", "and the base has nixbld:700:"),
    ],
)
def test_a_base_that_gives_an_id_in_another_way_is_refused(
    tree: Tree, file: str, row: str, words: str
) -> None:
    tree.add(file, row)
    done = tree.step("seed-ids")
    assert done.returncode == 1
    assert words in done.stderr


def test_accounts_that_are_not_in_the_record_fail_a_build(tree: Tree) -> None:
    tree.step("seed-ids")
    tree.add("passwd", "_new:x:998:998::/:/usr/sbin/nologin\n")
    tree.add("group", "_new:x:998:\n")
    done = tree.step("check-ids")
    assert done.returncode == 1
    assert "+_new:998:998\n+_new:998\n" in done.stderr
    assert "./dev build ids puts them into the record" in done.stderr


@pytest.mark.parametrize(("file", "row"), [("passwd", "nixbld1:x:989:989"), ("group", "sudo:x:27")])
def test_an_id_that_has_changed_fails_a_build(tree: Tree, file: str, row: str) -> None:
    tree.step("seed-ids")
    text = tree.read(file)
    assert row in text
    (tree.etc / file).write_text(text.replace(row, f"{row}0"))
    done = tree.step("check-ids")
    assert done.returncode == 1
    name = row.split(":")[0]
    assert f"-{name}:" in done.stderr
    assert f"+{name}:" in done.stderr


def test_what_a_row_says_beside_its_ids_may_change(tree: Tree) -> None:
    tree.step("seed-ids")
    (tree.etc / "passwd").write_text(RECORD["passwd"].replace("/var/empty", "/nonexistent"))
    (tree.etc / "group").write_text(RECORD["group"].replace("sudo:x:27:", "sudo:x:27:root"))
    assert tree.step("check-ids").returncode == 0


@pytest.mark.parametrize("file", ["passwd", "group"])
def test_no_id_of_the_record_is_given_twice(file: str) -> None:
    rows = [row.split(":") for row in (RECIPE / "ids" / file).read_text().splitlines()]
    assert len({row[0] for row in rows}) == len({row[2] for row in rows}) == len(rows) > 20
    assert all(int(row[2]) < 1000 or int(row[2]) == 65534 for row in rows)
