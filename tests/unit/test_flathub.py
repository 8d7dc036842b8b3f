"""Flathub's description is the file whose sum docs/home.md says, to the last byte."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_sum_is_the_one_that_is_told() -> None:
    description = ROOT / "live/system/usr/share/flatpak/remotes.d/flathub.flatpakrepo"
    told = (ROOT / "docs/home.md").read_text()
    assert hashlib.sha256(description.read_bytes()).hexdigest() in told
