"""A partition that is on a disk now, in a few words for a person."""

from installer.hardware import Partition
from installer.quantity import format_size


def partition_words(part: Partition) -> str:
    """Device, size, what is on it and its name; quotes that every console font has."""
    words = [part.path, format_size(part.size_bytes)]
    if part.contents is not None:
        words.append(part.contents.kind)
    if part.name:
        words.append(f'"{part.name}"')
    return " ".join(words)
