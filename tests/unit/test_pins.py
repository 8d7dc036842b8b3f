"""The tests run with what the live medium ships."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_the_live_image_carries_is_what_the_tests_run_with() -> None:
    lines = (ROOT / "mkimage-profile" / "debian" / "vendor.txt").read_text().splitlines()
    carried = {line for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    assert carried
    assert carried <= pinned
