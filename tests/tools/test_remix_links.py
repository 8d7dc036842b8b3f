"""Links in the tree of a remix: no step follows one onto the machine that builds, as root."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.tools.remix_bench import SCRIPTS, Bench, tar_of


@pytest.mark.parametrize("folder", ["run", "etc"])
def test_a_base_whose_folder_is_a_link_covers_nothing_here(
    bench: Bench, tmp_path: Path, folder: str
) -> None:
    """What steps need mounted was mounted over this machine's folder of that name."""
    here = tmp_path / "here"
    here.mkdir()
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / folder).symlink_to(here)
    (bench.folder / "base.tar").unlink()
    tar_of(bare, bench.folder / "base.tar")
    status, _, error = bench.make()
    assert status == 4
    assert f"/{folder} of the base is a link, where it has to be a folder" in error
    assert not list(here.iterdir())


def test_a_machine_id_that_is_a_link_is_made_a_file_of_the_image(
    bench: Bench, tmp_path: Path
) -> None:
    here = tmp_path / "machine-id"
    here.write_text("this machine's\n")
    (bench.folder / "files/etc").mkdir(parents=True)
    (bench.folder / "files/etc/machine-id").symlink_to(here)
    bench.built()
    assert here.read_text() == "this machine's\n"
    assert bench.content("etc/machine-id") == ""


@pytest.mark.parametrize("folder", ["var/log", "var/cache"])
def test_a_folder_that_is_an_absolute_link_takes_nothing_from_here(
    bench: Bench, tmp_path: Path, folder: str
) -> None:
    """What no image has was removed where the link leads on this machine."""
    here = tmp_path / "here"
    (here / "man").mkdir(parents=True)
    (here / "syslog.log").write_text("this machine's\n")
    link = bench.folder / "files" / folder
    link.parent.mkdir(parents=True)
    link.symlink_to(here)
    status, _, error = bench.make()
    assert status == 4
    assert f"/{folder} is behind a link that leads out of the tree" in error
    assert {each.name for each in here.iterdir()} == {"man", "syslog.log"}


@pytest.mark.parametrize("steps", ["debian", "alpine"])
@pytest.mark.parametrize("link", ["usr", "usr/lib/atomos", "usr/lib/atomos/image.yaml"])
def test_the_contract_is_not_written_through_a_link(tmp_path: Path, steps: str, link: str) -> None:
    here, tree = tmp_path / "here", tmp_path / "tree"
    here.mkdir()
    (here / "image.yaml").write_text("this machine's\n")
    for folder in ("etc", "var"):
        (tree / folder).mkdir(parents=True)
    (tree / link).parent.mkdir(parents=True, exist_ok=True)
    (tree / link).symlink_to(here / "image.yaml" if link.endswith(".yaml") else here)
    done = subprocess.run(
        ["sh", str(SCRIPTS / steps / "steps/contract.sh")],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "ROOT": str(tree), "CONTRACT": "mine\n"},
    )
    assert [each.name for each in here.iterdir()] == ["image.yaml"]
    assert (here / "image.yaml").read_text() == "this machine's\n"
    if link.endswith(".yaml"):
        assert (tree / link).read_text() == "mine\n"
    else:
        assert done.returncode == 1
        assert "behind a link that leads out of the tree" in done.stderr
