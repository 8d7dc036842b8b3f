"""How long images take that were made before times were kept: ``./dev build table --measure``.

What nobody has timed is built once more, in a cache of its own, on links to the layers that
somebody has. Nothing of that is kept but the times: a step from the archive of today does not
belong below steps that were made on the one of last week.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from build_times import LAYERS as TIMES
from layers import say, unmount_below

FOLDER: Final = "measuring"


def measured(cache: Path, program: Path, name: str) -> float:
    """Seconds from nothing to that image, which `program` makes with ``--seconds``.

    Steps that are timed on the way are remembered in `cache`, and stay for the next image until
    `forget`. Raises CalledProcessError; what was built until then is gone on with the next time.
    """
    folder = cache / FOLDER
    lend(cache, folder)
    say(f"measuring {name} …")
    done = subprocess.run(
        [sys.executable, str(program), name, "--seconds"],
        env={**os.environ, "ATOMOS_CACHE": str(folder)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    take_over(folder, cache)
    return float(done.stdout)


def forget(cache: Path) -> None:
    """Remove what was built to be measured."""
    folder = cache / FOLDER
    if folder.exists():
        unmount_below(folder)
        shutil.rmtree(folder)


def lend(cache: Path, folder: Path) -> None:
    """Make `folder` a cache that has, as links, those layers of `cache` whose time is known."""
    for each in ("layers", TIMES):
        (folder / each).mkdir(parents=True, exist_ok=True)
    for link in (folder / "layers").iterdir():
        if not link.exists():
            # Another build has had no more use for that one.
            link.unlink()
    for layer in (cache / "layers").iterdir():
        note, link = cache / TIMES / layer.name, folder / "layers" / layer.name
        if note.exists() and not link.exists():
            link.symlink_to(layer)
            shutil.copyfile(note, folder / TIMES / layer.name)


def take_over(folder: Path, cache: Path) -> None:
    """Remember in `cache` what was timed in `folder`; what is known stays."""
    (cache / TIMES).mkdir(exist_ok=True)
    for note in (folder / TIMES).iterdir():
        known = cache / TIMES / note.name
        if not known.exists():
            shutil.copyfile(note, known)
