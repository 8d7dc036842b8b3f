"""The documents name what there is: scenarios, files, and places in each other."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.vm.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
DOCUMENTS = (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
CODE = ("installer", "backends", "screens", "live", "mkimage-profile", "tests", "examples", "docs")
FILE = re.compile(r"`([\w./*-]+\.(?:py|sh|c|awk))\b")
OF_OTHERS = {"scripts/mkimage.sh"}
"""Of Alpine's aports."""
LINK = re.compile(r"\]\(([^)\s]+)\)")


def in_table(document: str, heading: str) -> list[str]:
    """The names in the first column of the table that begins with that."""
    text = (ROOT / document).read_text()
    rows = text.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_every_scenario_is_told_of_once() -> None:
    told = in_table("docs/tests.md", "scenario")
    assert sorted(told) == sorted(each.name for each in SCENARIOS)


def test_of_every_scenario_that_is_not_everyday_it_is_said_why() -> None:
    told = in_table("CONTRIBUTING.md", "scenario")
    assert sorted(told) == sorted(each.name for each in SCENARIOS if not each.everyday)


def test_the_matrix_of_starts_names_scenarios() -> None:
    matrix = (ROOT / "README.md").read_text().split("by firmware, layout and sector size:")[1]
    told = re.findall(r"`([^`]+)`", matrix.split("\n\n")[1])
    assert len(told) > 5
    assert set(told) <= {each.name for each in SCENARIOS}


def files() -> Iterator[str]:
    for folder in CODE:
        for path in (ROOT / folder).rglob("*"):
            yield str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_files_that_are_named_are_there(document: Path) -> None:
    there = [f"/{name}" for name in files()]
    named = set(FILE.findall(document.read_text())) - OF_OTHERS
    missing = {
        name
        for name in named
        if not name.startswith(("/", "~")) and not any(fnmatch(each, f"*/{name}") for each in there)
    }
    assert missing == set()


def anchors(text: str) -> set[str]:
    """As forges make them of headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_links_lead_somewhere(document: Path) -> None:
    missing = []
    for link in LINK.findall(document.read_text()):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            missing.append(link)
    assert missing == []
