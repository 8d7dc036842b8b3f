"""The distributions that this project makes system images of, each by its recipe. Pure."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / name) for name in ("debian", "alpine", "debian-12")]

import alpine_recipe  # noqa: E402
import debian_12_recipe  # noqa: E402
import recipe  # noqa: E402
from layers import CACHE, Step, key_of  # noqa: E402


class Base(StrEnum):
    """Those distributions. The live image is Debian's."""

    DEBIAN = "debian-13"
    ALPINE = "alpine"
    DEBIAN_12 = "debian-12"
    """With initramfs-tools."""


@dataclass(frozen=True, kw_only=True)
class BaseRecipe:
    """How one of them is made."""

    steps: tuple[Step, ...]
    """To the finished tree; the last one puts the contract in its place."""
    contract: str
    """The text of it."""
    borrowed: tuple[Step, ...] = ()
    """Those of another tree, which they take programs from: they are done before."""
    has_apt: bool = True
    """Whether its first layer has the lists of an archive of Debian's."""

    def places(self, source: Path) -> dict[str, str]:
        """Where things are on this machine, as the scripts of `steps` want it."""
        places = {"SOURCE": str(source), "PYTHON": sys.executable}
        if self.borrowed:
            places["DEBIAN"] = str(CACHE / "layers" / _last_key(self.borrowed))
        return places


def base_recipe(base: Base, weight: recipe.Weight, version: str, source: Path) -> BaseRecipe:
    """Of that distribution. `weight` counts where it has a choice of drivers; nobody's releases are
    trusted yet."""
    match base:
        case Base.ALPINE:
            borrowed = recipe.first_steps()
            return BaseRecipe(
                steps=alpine_recipe.steps(version, source, _last_key(borrowed)),
                contract=alpine_recipe.contract(version),
                borrowed=borrowed,
                has_apt=False,
            )
        case Base.DEBIAN_12:
            steps = debian_12_recipe.steps(version, weight, source)
            return BaseRecipe(steps=steps, contract=debian_12_recipe.contract(version))
        case Base.DEBIAN:
            kind = recipe.Kind.SYSTEM
            return BaseRecipe(
                steps=recipe.steps(kind, weight, version, source),
                contract=recipe.contract(kind, version),
            )


def _last_key(steps: tuple[Step, ...]) -> str:
    key = ""
    for step in steps:
        key = key_of(step, key)
    return key
