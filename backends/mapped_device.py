"""Device-mapper devices as /sys/class/block shows them, and what they lie on."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MappedDevices:
    """Reads below `root`, which is ``/`` but for tests."""

    root: Path

    def is_there(self, name: str) -> bool:
        """Whether there is a ``/dev/mapper/<name>``."""
        return self.entry(name) is not None

    def lies_on(self, name: str, partition: str) -> bool:
        """Whether it is there and lies on `partition`, by itself or by a loop device over it."""
        entry = self.entry(name)
        return entry is not None and partition in _below(entry)

    def carries(self, name: str, partition: str, above: str) -> bool:
        """Whether `above` lies on `name`, and that on `partition` itself, which it may write to: no
        look of ours, which goes by a loop device, and nothing of another disk."""
        entry, volume = self.entry(name), self.entry(above)
        if entry is None or volume is None:
            return False
        nodes = {f"/dev/{each.name}" for each in (entry / "slaves").iterdir()}
        return f"/dev/{entry.name}" in _below(volume) and partition in nodes

    def entry(self, name: str) -> Path | None:
        """Where the kernel shows it; None when it is not there."""
        for entry in sorted((self.root / "sys/class/block").glob("dm-*")):
            # It may go while it is looked at.
            with contextlib.suppress(OSError):
                if (entry / "dm/name").read_text().strip() == name:
                    return entry
        return None


def _below(entry: Path) -> Iterator[str]:
    for slave in (entry / "slaves").iterdir():
        yield f"/dev/{slave.name}"
        backing = slave / "loop/backing_file"
        if backing.is_file():
            yield backing.read_text().strip()
