"""GRUB's own parser reads the configurations that a plan puts on the disk."""

import shutil
import subprocess
from pathlib import Path

import pytest

from installer.operations.boot import InstallLoaders, WriteMenu
from tests.unit import samples

CHECK = shutil.which("grub-script-check")


def texts() -> list[str]:
    """Menu and stub of a plan with everything in it, and words that are odd in GRUB's language."""
    plan = samples.plan(
        wanted=samples.answers(kernel_arguments=("mitigations=auto", "x=a;b|c&d{e}*<f>#!")),
        at=samples.machine(serial_console="ttyS0,115200n8"),
    )
    menus = [each.menu for each in plan.operations if isinstance(each, WriteMenu)]
    stubs = [each.stub for each in plan.operations if isinstance(each, InstallLoaders)]
    return menus + stubs


@pytest.mark.skipif(CHECK is None, reason="grub-script-check (grub-common) is not installed")
def test_grub_reads_the_menu_and_the_stub(tmp_path: Path) -> None:
    assert len(texts()) == 2
    for text in texts():
        file = tmp_path / "grub.cfg"
        file.write_text(text)
        done = subprocess.run([str(CHECK), str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + text


@pytest.mark.skipif(CHECK is None, reason="grub-script-check (grub-common) is not installed")
def test_the_parser_would_find_a_broken_menu(tmp_path: Path) -> None:
    file = tmp_path / "grub.cfg"
    file.write_text(texts()[0].replace("\n}\n", "\n\n", 1))
    done = subprocess.run([str(CHECK), str(file)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
