"""Trees of system images that are one update apart, by the recipe itself."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parents[2]
PROFILE: Final = SOURCE / "mkimage-profile"
sys.path[:0] = [str(PROFILE), str(PROFILE / "debian"), str(SOURCE)]

import recipe  # noqa: E402
from layers import Layer, Step, build_layers, one_build_at_a_time  # noqa: E402

VERSIONS: Final = ("0.1.0", "0.1.1")
"""Before the update, and after it."""


def released() -> list[Layer]:
    """Debian 13 as released."""
    first, *rest = _steps(VERSIONS[0])
    base = replace(
        first, script=Path(__file__).with_name("base_released.sh"), inputs=(first.script,)
    )
    return _built((base, *rest))


def updated() -> list[Layer]:
    """Debian 13 with its security updates, as the recipe makes it ever."""
    return _built(_steps(VERSIONS[1]))


def _steps(version: str) -> tuple[Step, ...]:
    return recipe.steps(recipe.Kind.SYSTEM, recipe.Weight.VM, version, SOURCE)


def _built(steps: tuple[Step, ...]) -> list[Layer]:
    with one_build_at_a_time():
        return build_layers(steps, {"SOURCE": str(SOURCE), "PYTHON": sys.executable})
