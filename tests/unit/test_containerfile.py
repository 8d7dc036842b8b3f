"""The container that makes remixes has what their steps call outside of the tree they make."""

import re
from pathlib import Path
from typing import Final

import pytest

PROFILE: Final = Path(__file__).parents[2] / "mkimage-profile"
TOOLS: Final = {
    "ckbcomp": "console-setup",
    "gpg": "gnupg",
    "mcopy": "mtools",
    "mksquashfs": "squashfs-tools",
    "mmdebstrap": "mmdebstrap",
    "msgfmt": "gettext",
    "qemu-img": "qemu-utils",
    "systemctl": "systemd",
    "veritysetup": "cryptsetup-bin",
    "xorriso": "xorriso",
    "zstd": "zstd",
}


def installed() -> set[str]:
    text = (PROFILE / "Containerfile").read_text().replace("\\\n", " ")
    line = next(line for line in text.splitlines() if line.startswith("RUN apt-get"))
    return set(line.split())


@pytest.mark.parametrize(("tool", "package"), TOOLS.items())
def test_a_tool_that_a_step_calls_is_in_the_container(tool: str, package: str) -> None:
    """systemctl was not: the step configure-system ended there with "not found"."""
    steps = (PROFILE / base / "steps" for base in ("alpine", "debian", "remix"))
    folders = (PROFILE, *steps)
    files = [file for each in folders for file in each.iterdir() if file.suffix in {".py", ".sh"}]
    called = re.compile(rf'(?m)(^|[|;(&"] ?|\s){re.escape(tool)}["\s]')
    assert any(called.search(file.read_text()) for file in files), f"nobody calls {tool} any more"
    assert package in installed()
