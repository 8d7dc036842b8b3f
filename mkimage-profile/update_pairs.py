"""Images that are one update apart, with their indexes: ``update_pairs.py FOLDER PACKAGE``.

Prints a line for each pair: what was changed, the older image, the newer one; and how many bytes
the files of PACKAGE have as an image of their own.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent
sys.path[:0] = [str(HERE), str(HERE / "debian"), str(SOURCE)]

import recipe  # noqa: E402
from layers import Layer, Step, build_layers, merged, one_build_at_a_time  # noqa: E402
from packing import pack_system, squashed  # noqa: E402
from release import indexed  # noqa: E402
from stoppable import stoppable  # noqa: E402

BEFORE, AFTER = "0.1.0", "0.1.1"


def main(folder: Path, package: str) -> None:
    """Build all of them; the layers come from the cache, and stay there."""
    with stoppable(), one_build_at_a_time():
        released = _built(_released(_steps(BEFORE)))
        plain = _built(_steps(BEFORE))
        updated = _built(_steps(AFTER))
        changed = _built((*_steps(BEFORE)[:-1], _change(package), _steps(AFTER)[-1]))
        for name, before, after in (
            (_packages_apart(released, updated), released, updated),
            (package, plain, changed),
        ):
            images = [_packed(folder, layers) for layers in (before, after)]
            print("pair", name, *images, sep="\t")
        print("package", _size_of(folder, changed[-2]), sep="\t")


def _steps(version: str) -> tuple[Step, ...]:
    return recipe.steps(recipe.Kind.SYSTEM, recipe.Weight.VM, version, SOURCE)


def _released(steps: Sequence[Step]) -> tuple[Step, ...]:
    base, *rest = steps
    script = recipe.STEPS / "base-released.sh"
    return (replace(base, script=script, inputs=(base.script,)), *rest)


def _change(package: str) -> Step:
    script = recipe.STEPS / "change-package.sh"
    return Step(name="change-package", script=script, settings=(("PACKAGE", package),))


def _built(steps: Sequence[Step]) -> list[Layer]:
    return build_layers(steps, {"SOURCE": str(SOURCE), "PYTHON": sys.executable})


def _packed(folder: Path, layers: Sequence[Layer]) -> Path:
    image = folder / f"atomos_{layers[-1].key}.squashfs"
    if not image.exists():
        pack_system(layers, image)
        indexed(image)
    return image


def _packages_apart(before: Sequence[Layer], after: Sequence[Layer]) -> str:
    """How many packages have another version, in words."""
    rows = [_packages(layers) for layers in (before, after)]
    return f"{len(rows[1] - rows[0])} packages"


def _packages(layers: Sequence[Layer]) -> set[str]:
    with merged(layers) as tree:
        argv = ["dpkg-query", f"--admindir={tree}/var/lib/dpkg", "-W"]
        return set(
            subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split("\n")
        )


def _size_of(folder: Path, layer: Layer) -> int:
    """Of what the step has changed, but for the list of packages."""
    tree, image = folder / "package", folder / "package.squashfs"
    shutil.copytree(layer.path, tree, symlinks=True, ignore=shutil.ignore_patterns("dpkg"))
    squashed(tree, image, "boot/*")
    size = image.stat().st_size
    shutil.rmtree(tree)
    image.unlink()
    return size


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
