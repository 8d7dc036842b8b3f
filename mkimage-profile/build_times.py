"""How long what is in the cache took to be made, for `./dev build table`.

A layer is a tree, so that its time stands beside the layers; an image's in the image's folder.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

LAYERS: Final = "times"
IMAGE: Final = "made-in"


def note_layer(cache: Path, key: str, seconds: float) -> None:
    """Remember what the layer with that key took."""
    (cache / LAYERS).mkdir(exist_ok=True)
    (cache / LAYERS / key).write_text(f"{seconds:.1f}\n")


def note_image(cache: Path, keys: Sequence[str], image: Path, packing: float) -> None:
    """Remember what an image took, whose layers have those keys and which was packed in `packing`
    seconds; nothing where a layer is older than such notes."""
    times = [_seconds_in(cache / LAYERS / key) for key in keys]
    known = [each for each in times if each is not None]
    if len(known) == len(times):
        image.with_name(IMAGE).write_text(f"{sum(known) + packing:.1f}\n")


def note_measured(image: Path, seconds: float) -> None:
    """Remember what an image takes that was measured elsewhere, if it is still in the cache."""
    if image.exists():
        image.with_name(IMAGE).write_text(f"{seconds:.1f}\n")


def seconds_of(image: Path) -> float | None:
    """From nothing to the image, one step after the other; None: nobody noted it."""
    return _seconds_in(image.with_name(IMAGE))


def _seconds_in(file: Path) -> float | None:
    return float(file.read_text()) if file.exists() else None
