"""A small /sys, /proc, /dev and /run, laid out as the kernel and udev do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FakeTree:
    root: Path

    def file(self, path: str, content: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def link(self, path: str, target: str) -> None:
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)

    def block(self, way: str, *, sectors: int, number: str, **attributes: str | bytes) -> str:
        """A block device at `way` below /sys/devices; attributes with ``__`` for a slash."""
        name = Path(way).name
        folder = f"sys/devices/{way}"
        self.file(f"{folder}/size", f"{sectors}\n")
        self.file(f"{folder}/dev", f"{number}\n")
        (self.root / folder / "holders").mkdir()
        for attribute, content in attributes.items():
            self.file(f"{folder}/{attribute.replace('__', '/')}", content)
        self.link(f"sys/class/block/{name}", f"../../devices/{way}")
        return name

    def partition(self, way: str, *, start: int, sectors: int, number: str) -> str:
        digits = Path(way).name.removeprefix(Path(way).parent.name).lstrip("p")
        return self.block(
            way, sectors=sectors, number=number, partition=f"{digits}\n", start=f"{start}\n"
        )

    def hold(self, name: str, holder: str) -> None:
        self.link(f"sys/class/block/{name}/holders/{holder}", f"../../../{holder}")

    def mounts(self, *lines: str) -> None:
        """Lines of mountinfo from the device number on: ``8:1 / /mnt ext4 /dev/sda1``."""
        rows = []
        for index, line in enumerate(lines):
            device, root, place, kind, source = line.split()
            rows.append(f"{index + 20} 1 {device} {root} {place} rw shared:1 - {kind} {source} rw")
        self.file("proc/self/mountinfo", "\n".join(rows) + "\n")
