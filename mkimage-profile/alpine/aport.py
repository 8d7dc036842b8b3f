"""What a package of Alpine's is made of: the installer's APKBUILD, and its source archive."""

from pathlib import Path

import recipe
from layers import Step, build_layers

HERE = Path(__file__).parent
_LIVE = ("medium", "openrc-medium")


def steps(version: str, source: Path, keys: tuple[Path, ...]) -> tuple[Step, ...]:
    """Those of a Debian live system that has signed loaders, and what is taken from it."""
    live = recipe.steps(recipe.Kind.LIVE, recipe.Weight.VM, version="", source=source)
    debian = live[: [step.name for step in live].index("packages") + 1]
    code = tuple(source / name for name in ("installer", "backends", "screens"))
    aport = Step(
        name="aport",
        script=HERE / "steps/aport.sh",
        inputs=(
            *code,
            *(source / "live" / name for name in _LIVE),
            source / "live/system/usr/bin/atomos",
            *(HERE / "features.d", HERE / "APKBUILD", source / "LICENSE"),
            *(source / "mkimage-profile" / name for name in ("catalogues.sh", "debian/vendor.txt")),
            *keys,
        ),
        settings=(("NAMES", " ".join(each.name for each in keys)), ("VERSION", version)),
    )
    return (*debian, aport)


def build_aport(version: str, keys: tuple[Path, ...], places: dict[str, str]) -> Path:
    """The folder that has both, from the cache where nothing has changed.

    The live system made of it trusts releases by the keyrings `keys`, files of one folder.
    """
    if keys:
        places = {**places, "KEYS": str(keys[0].parent.resolve())}
    return build_layers(steps(version, Path(places["SOURCE"]), keys), places)[-1].path / "aport"
