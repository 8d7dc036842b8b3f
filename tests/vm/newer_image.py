"""A system image of a later version, with what an update brings to /etc."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from installer.release import roothash_name
from tests.vm.machine import Drive
from tests.vm.release_server import ROOT
from tests.vm.volume import iso_volume

VERSION: Final = "9.0.0"
LABEL: Final = "UPDATE"
STEP: Final = Path(__file__).with_suffix(".sh")
BROKEN: Final = Path(__file__).with_name("broken_image.sh")
_BUILD: Final = """\
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
import build, layers, recipe
settings = [("BREAKS", sys.argv[5])] if len(sys.argv) > 5 else []
step = layers.Step(name="newer", script=Path(sys.argv[2]), settings=tuple(settings))
rings = build.Keyrings(build.TEST_KEYS)
with layers.one_build_at_a_time():
    system = recipe.Kind.SYSTEM
    image = build.build(system, recipe.Weight.VM, sys.argv[3], rings.files(), more=(step,))
if len(sys.argv) > 4:
    build.make_release(Path(sys.argv[4]), (image,), (build.TEST_KEY,), rings)
print(image)
"""


def build_newer_image(*release: str) -> Path:
    """The image, from the cache where nothing has changed; its root hash stands beside it. In a
    signed `release` too, where a folder for that is named."""
    argv = [sys.executable, "-c", _BUILD, str(ROOT / "mkimage-profile"), str(STEP), VERSION]
    argv += release
    done = subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def newer_release(folder: Path) -> Path:
    """A release of that image alone in `folder`, signed by the key that test images trust."""
    build_newer_image(str(folder))
    return folder


def broken_release(folder: Path, version: str, breaks: str) -> Path:
    """A release of an image that does not come up, in `folder`; `breaks`: see broken_image.sh."""
    argv = [sys.executable, "-c", _BUILD, ROOT / "mkimage-profile", BROKEN, version, folder, breaks]
    subprocess.run([str(each) for each in argv], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def update_volume(path: Path) -> Drive:
    """A disc with the image and its root hash."""
    image = build_newer_image()
    beside = image.with_name(roothash_name(image.name))
    return iso_volume(
        path, name="update", label=LABEL, content={"image": image, "roothash": beside}
    )
