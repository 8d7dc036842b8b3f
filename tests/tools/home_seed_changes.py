"""Home seeds that are not right, each a change of what is unpacked in a folder."""

import re
from pathlib import Path


def other_nix(inside: Path) -> None:
    """Another nix has made it."""
    text = (inside / "seed").read_text()
    (inside / "seed").write_text(re.sub("(?m)^nix=.*$", "nix=2.18.1", text))


def other_key(inside: Path) -> None:
    """It is signed by another key than it says."""
    text = (inside / "seed").read_text()
    key = "atomos-home-1:RxltovY1lnEYJ3VKJHblUJZjt02z0CcSWYnaYRvzLvA="
    (inside / "seed").write_text(re.sub("(?m)^key=.*$", f"key={key}", text))


def other_bytes(inside: Path) -> None:
    """Right in length, and in its checksum of the release."""
    largest = max((inside / "cache/nar").iterdir(), key=lambda each: each.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)


def no_nar(inside: Path) -> None:
    """A file of the cache is missing."""
    max((inside / "cache/nar").iterdir(), key=lambda each: each.stat().st_size).unlink()


def no_narinfo(inside: Path) -> None:
    """A path of the cache is missing."""
    min((inside / "cache").glob("*.narinfo")).unlink()


def no_cache(inside: Path) -> None:
    """It is no cache at all."""
    (inside / "cache/nix-cache-info").unlink()


def odd_paths(inside: Path) -> None:
    """Its list has what is no path of a store."""
    (inside / "paths").write_text("/etc/passwd\n")
