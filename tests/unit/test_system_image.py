"""What the recipe puts into a system image and its initramfs, read from its files."""

import importlib
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "live/dracut/95atomos-slot"
SYSTEM = ROOT / "live/system"


def keys(source: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The keys of a system image's steps, by their names, for the files of a checkout."""
    monkeypatch.syspath_prepend(str(ROOT / "mkimage-profile/debian"))
    monkeypatch.syspath_prepend(str(ROOT / "mkimage-profile"))
    recipe = importlib.import_module("recipe")
    layers = importlib.import_module("layers")
    found: dict[str, str] = {}
    before = ""
    for step in recipe.steps(recipe.Kind.SYSTEM, recipe.Weight.VM, "1.0", source):
        before = found[step.name] = layers.key_of(step, before)
    return found


@pytest.mark.parametrize(
    "file",
    [
        "live/system/usr/lib/atomos/boot-state",
        "live/system/usr/lib/systemd/system.conf.d/10-atomos.conf",
        "live/system/usr/lib/atomos/slot-disk.sh",
        "live/system/usr/lib/atomos/etc-merge",
        "live/system/usr/lib/atomos/account-rows.awk",
        "live/dracut/95atomos-slot/boot-state.conf",
        "live/dracut/95atomos-slot/verity.conf",
    ],
)
def test_a_change_of_what_the_initramfs_holds_makes_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    shutil.copytree(ROOT / "live", tmp_path / "live")
    for folder in ("installer", "backends", "screens"):
        (tmp_path / folder).mkdir()
    before = keys(tmp_path, monkeypatch)
    with (tmp_path / file).open("a") as opened:
        opened.write("# changed\n")
    after = keys(tmp_path, monkeypatch)
    assert after["packages"] == before["packages"]
    assert after["initramfs"] != before["initramfs"]


def installed_by_the_module() -> list[str]:
    """Arguments of dracut's install functions, one by one."""
    script = f"""
    inst_hook() {{ printf '%s\\n' "$3"; }}
    inst_simple() {{ printf '%s\\n' "$1"; }}
    inst_multiple() {{ printf '%s\\n' "$@"; }}
    . {MODULE}/module-setup.sh
    moddir={MODULE} systemdsystemconfdir=/etc/systemd/system install
    """
    done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_what_the_dracut_module_takes_from_the_image_is_ours() -> None:
    """dracut goes on without a file that is not there."""
    paths = [Path(name) for name in installed_by_the_module() if name.startswith("/")]
    keymaps = Path("/usr/lib/atomos/keymaps/*.kmap")
    assert keymaps in paths
    assert Path("/usr/lib/atomos/boot-state") in paths
    assert Path("/usr/lib/atomos/slot-disk.sh") in paths
    for path in paths:
        inside = SYSTEM / path.relative_to("/")
        assert path == keymaps or path.is_relative_to(MODULE) or inside.exists(), path
        assert not path.is_relative_to(MODULE) or path.exists(), path


def test_everything_for_a_debian_image_lies_where_it_belongs() -> None:
    """The folder is copied onto / as it is; scripts of another init system are elsewhere."""
    assert {path.name for path in SYSTEM.iterdir()} == {"etc", "usr"}
    assert not list(SYSTEM.rglob("init.d"))


@pytest.mark.parametrize(
    "name", ["boot-state", "mark-good", "passed-over", "etc-merge", "etc-command"]
)
def test_scripts_can_be_run(name: str) -> None:
    assert (SYSTEM / "usr/lib/atomos" / name).stat().st_mode & 0o111 == 0o111


def test_the_command_can_be_run() -> None:
    assert (SYSTEM / "usr/bin/atomos").stat().st_mode & 0o111 == 0o111
