"""Volume groups by the real lvm, which here only keeps its books: nothing is activated."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import backends.volume_group
from backends.runner import Completed, Runner
from backends.volume_group import Lvm
from installer.errors import InstallError, ToolFailed
from installer.layout import EXTENT
from installer.machinery import Volume
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

GROUP = f"atomos-test-{os.getpid()}"
"""LVM sees every disk of this machine, those of another run of the tests too."""
OLDER = f"{GROUP}-old"
SIZE = 256 * MIB
VOLUMES = (
    Volume(name="a", size_bytes=16 * EXTENT),
    Volume(name="b", size_bytes=16 * EXTENT),
    Volume(name="data", size_bytes=None),
)

pytestmark = pytest.mark.skipif(
    shutil.which("lvm", path="/usr/sbin:/sbin") is None, reason="lvm2 is not installed"
)


class WithoutDeviceMapper(Runner):
    """Tells every lvm command that the kernel has no device-mapper, and keeps the commands."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[tuple[str, ...]] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float,
        device: str | None = None,
        ok: tuple[int, ...] = (0,),
        cleaning_up: bool = False,
    ) -> Completed:
        self.commands.append(tuple(argv))
        if argv[0] == "lvm":
            argv = [*argv[:2], "--config", "global{activation=0}", *argv[2:]]
        return super().run(
            argv, stdin=stdin, timeout=timeout, device=device, ok=ok, cleaning_up=cleaning_up
        )


@pytest.fixture
def tools() -> WithoutDeviceMapper:
    return WithoutDeviceMapper()


@pytest.fixture
def dev(loop: LoopMaker, tmp_path: Path) -> Path:
    """Nodes of the volumes, which the kernel does not make here."""
    folder = tmp_path / "dev"
    (folder / GROUP).mkdir(parents=True)
    node = loop(MIB)
    for volume in VOLUMES:
        (folder / GROUP / volume.name).symlink_to(node)
    return folder


@pytest.fixture
def lvm(tools: WithoutDeviceMapper, dev: Path) -> Lvm:
    return Lvm(tools, dev=dev)


def reported(command: str, options: str, *arguments: str) -> list[list[str]]:
    argv = ["lvm", command, "--config", "global{activation=0}", "--reportformat", "json"]
    argv += ["--units", "b", "--nosuffix", "--options", options, *arguments]
    printed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    ((rows,),) = [each.values() for each in json.loads(printed)["report"]]
    return [[row[name] for name in options.split(",")] for row in rows]


def group_on(device: str, name: str, *more: str) -> None:
    """A volume group that somebody else made."""
    subprocess.run(["lvm", "vgcreate", "--yes", name, device, *more], check=True)
    argv = ["lvm", "lvcreate", "--config", "global{activation=0}", "--yes"]
    argv += ["-Zn", "-Wn", "--name", "a", "--size", "8m", name]
    subprocess.run(argv, check=True)


def test_over_a_group_that_was_half_made(lvm: Lvm, loop: LoopMaker) -> None:
    """vgcreate marks the physical volume as used before the group is on it."""
    device = loop(SIZE)
    subprocess.run(["lvm", "pvcreate", "--yes", device], check=True)
    without_group = _sector_8(device)
    group_on(device, OLDER)
    with Path(device).open("r+b") as opened:
        opened.seek(8 * 512)
        opened.write(without_group)
    assert reported("pvs", "vg_name", device) == [["[unknown]"]]
    lvm.make(device, group=GROUP, volumes=VOLUMES)
    assert reported("pvs", "vg_name", device) == [[GROUP]]


def _sector_8(device: str) -> bytes:
    """What says where a group's description begins."""
    with Path(device).open("rb") as opened:
        opened.seek(8 * 512)
        return opened.read(512)


def test_what_is_made(lvm: Lvm, loop: LoopMaker) -> None:
    device = loop(SIZE)
    for _again in range(2):
        lvm.make(device, group=GROUP, volumes=VOLUMES)
        rest = SIZE - EXTENT - 32 * EXTENT
        assert lvm.volumes(GROUP) == (*VOLUMES[:2], Volume(name="data", size_bytes=rest))
        assert reported("pvs", "pv_name,vg_name,pe_start", device) == [
            [device, GROUP, str(MIB)],
        ]
        assert reported("vgs", "vg_extent_size,pv_count,lv_count", GROUP) == [
            [str(EXTENT), "1", "3"],
        ]
    lvm.activate(GROUP)
    lvm.deactivate(GROUP)


def test_every_command_that_writes_sees_this_device_only(
    lvm: Lvm, tools: WithoutDeviceMapper, loop: LoopMaker
) -> None:
    device = loop(SIZE)
    lvm.make(device, group=GROUP, volumes=VOLUMES)
    lvm.activate(GROUP)
    lvm.deactivate(GROUP)
    commands = [argv for argv in tools.commands if argv[:2] != ("lvm", "pvs")]
    assert {argv[1] for argv in commands} == {"pvcreate", "vgcreate", "lvcreate", "lvs", "vgchange"}
    assert all(argv[2:4] == ("--devices", device) for argv in commands)


def test_nodes_that_do_not_come(
    tools: WithoutDeviceMapper, loop: LoopMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends.volume_group, "NODES_SECONDS", 0.0)
    lvm = Lvm(tools, dev=tmp_path)
    with pytest.raises(InstallError, match=rf"{tmp_path}/{GROUP}/a did not appear"):
        lvm.make(loop(SIZE), group=GROUP, volumes=VOLUMES)


def test_older_groups_make_room(lvm: Lvm, loop: LoopMaker) -> None:
    """One of another name, on two devices; the other device keeps its part."""
    device, other = loop(SIZE), loop(SIZE)
    group_on(device, OLDER, other)
    lvm.make(device, group=GROUP, volumes=VOLUMES)
    assert reported("pvs", "vg_name", device) == [[GROUP]]
    assert reported("pvs", "vg_name", other) == [[OLDER]]


def test_a_group_of_the_same_name_on_another_disk(lvm: Lvm, loop: LoopMaker) -> None:
    device, other = loop(SIZE), loop(SIZE)
    group_on(other, GROUP)
    before = reported("lvs", "lv_name,lv_uuid", GROUP)
    with pytest.raises(InstallError, match=f"{device} and {other} have two volume groups"):
        lvm.make(device, group=GROUP, volumes=VOLUMES)
    assert reported("lvs", "lv_name,lv_uuid", GROUP) == before


def test_two_groups_of_one_name_are_not_activated(lvm: Lvm, loop: LoopMaker) -> None:
    first, second = loop(SIZE), loop(SIZE)
    for device in (first, second):
        argv = ["lvm", "pvcreate", "--devices", device, "--yes", device]
        subprocess.run(argv, check=True)
        argv = ["lvm", "vgcreate", "--devices", device, "--yes", GROUP, device]
        subprocess.run(argv, check=True)
    for ask in (lvm.activate, lvm.deactivate, lvm.volumes):
        with pytest.raises(InstallError, match=f"two volume groups of one name, {GROUP}"):
            ask(GROUP)


def test_an_unknown_group(lvm: Lvm) -> None:
    lvm.deactivate(GROUP)
    assert lvm.volumes(GROUP) == ()
    with pytest.raises(InstallError, match=f"there is no volume group {GROUP}"):
        lvm.activate(GROUP)


def test_volumes_that_do_not_fit(lvm: Lvm, loop: LoopMaker) -> None:
    device = loop(128 * MIB)
    with pytest.raises(ToolFailed, match="lvm ended") as caught:
        lvm.make(device, group=GROUP, volumes=VOLUMES)
    assert caught.value.device == device
    assert "insufficient free space" in caught.value.tool_words


def test_a_device_in_use(
    lvm: Lvm, loop: LoopMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(backends.volume_group, "FREE_SECONDS", 0.0)
    device = loop(SIZE)
    subprocess.run(["mkfs.ext4", "-q", device], check=True)
    subprocess.run(["mount", device, str(tmp_path / "dev")], check=True)
    try:
        with pytest.raises(InstallError, match=f"{device} is in use"):
            lvm.make(device, group=GROUP, volumes=VOLUMES)
    finally:
        subprocess.run(["umount", device], check=True)
    assert reported("pvs", "pv_name", "--select", f"pv_name={device}") == []


def test_a_missing_device(lvm: Lvm) -> None:
    with pytest.raises(InstallError, match="is not there"):
        lvm.make("/dev/atomos-no-such-device", group=GROUP, volumes=VOLUMES)
