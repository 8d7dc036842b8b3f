"""What a device-mapper device lies on, by what /sys/class/block shows."""

from pathlib import Path

import pytest

from backends.mapped_device import MappedDevices


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """vda5 opened as `atomos`, with a volume `a`; the kernel numbers them as they come."""
    device(tmp_path, "dm-0", "atomos", "vda5")
    device(tmp_path, "dm-1", "atomos-a", "dm-0")
    return tmp_path


def device(root: Path, number: str, name: str, below: str, backing: str = "") -> None:
    entry = root / "sys/class/block" / number
    slave = entry / "slaves" / below
    slave.mkdir(parents=True)
    if backing:
        (slave / "loop").mkdir()
        (slave / "loop/backing_file").write_text(f"{backing}\n")
    (entry / "dm").mkdir()
    (entry / "dm/name").write_text(f"{name}\n")


def test_a_volume_in_a_container_on_a_partition(sysfs: Path) -> None:
    mapped = MappedDevices(sysfs)
    assert mapped.carries("atomos", "/dev/vda5", "atomos-a")
    assert not mapped.carries("atomos", "/dev/vdb5", "atomos-a")
    assert not mapped.carries("atomos", "/dev/vda5", "atomos-b")


def test_a_volume_of_another_disk_s_container(tmp_path: Path) -> None:
    """Opened by somebody under another name; LVM calls its volumes the same."""
    device(tmp_path, "dm-0", "x", "vdb5")
    device(tmp_path, "dm-1", "atomos-a", "dm-0")
    mapped = MappedDevices(tmp_path)
    assert not mapped.carries("atomos", "/dev/vda5", "atomos-a")
    device(tmp_path, "dm-2", "atomos", "vda5")
    assert not mapped.carries("atomos", "/dev/vda5", "atomos-a")


def test_a_look_that_cannot_write(tmp_path: Path) -> None:
    device(tmp_path, "dm-0", "atomos", "loop0", backing="/dev/vda5")
    device(tmp_path, "dm-1", "atomos-a", "dm-0")
    mapped = MappedDevices(tmp_path)
    assert mapped.lies_on("atomos", "/dev/vda5")
    assert not mapped.carries("atomos", "/dev/vda5", "atomos-a")
