"""The steps that make a remix: those of its base, then its own, each a layer in the cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import recipe
from backends.later_wish import flatpaks_text
from bases import Base, BaseRecipe, base_recipe
from layers import Step
from remix_file import RECIPES, Machines, Remix
from remix_files import digest_of_files

STEPS = Path(__file__).parent / "remix" / "steps"
NETWORK = STEPS / "network.sh"
HOME_FILES = ("home.nix", "flake.nix")
CHECK_IDS = "check-ids"
CODE = "installer"
"""The recipe's step that puts the code of this checkout in place."""
WEIGHTS = {Machines.GENERIC: recipe.Weight.GENERIC, Machines.VM: recipe.Weight.VM}


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A remix, and where its folder is on this machine."""

    path: Path
    remix: Remix

    @property
    def archive(self) -> Path | None:
        """The archive that it is made from; None: its base has a recipe."""
        return None if self.remix.base in RECIPES else self.path / self.remix.base

    def recipe(self, source: Path) -> BaseRecipe | None:
        """How its base is made; None: it is an archive."""
        if self.archive is not None:
            return None
        weight, version = WEIGHTS[self.remix.machines], self.remix.version
        return base_recipe(Base(self.remix.base), weight, version, source)

    @property
    def ids(self) -> Path:
        """The record of its accounts, where there is one."""
        return self.path / "ids"

    def scripts(self) -> tuple[str, ...]:
        """Names of its own steps, in the order of their names; what editors leave is none."""
        steps = self.path / "steps"
        found = sorted(each.name for each in steps.iterdir()) if steps.is_dir() else []
        return tuple(name for name in found if not name.startswith(".") and not name.endswith("~"))


def base_steps(folder: Folder, source: Path) -> tuple[Step, ...]:
    """The base, but for what of it comes after packages."""
    if folder.archive is not None:
        return (_step("base-archive", inputs=(folder.archive,)),)
    return tuple(each for each in _recipe_steps(folder, source) if each.name != CODE)


def code_steps(folder: Folder, source: Path) -> tuple[Step, ...]:
    """The code of this checkout, where the base has it. It changes more often than packages: where
    it came before them, a word in it had all of Plasma fetched and set up again."""
    return tuple(each for each in _recipe_steps(folder, source) if each.name == CODE)


def _recipe_steps(folder: Folder, source: Path) -> tuple[Step, ...]:
    made = folder.recipe(source)
    # Last comes the contract, and a remix has its own.
    return made.steps[:-1] if made is not None else ()


def package_steps(folder: Folder) -> tuple[Step, ...]:
    """What takes the longest, before anything that changes often."""
    packages, locales = " ".join(folder.remix.packages), " ".join(folder.remix.locales)
    settings = {"PACKAGES": packages, "LOCALES": locales}
    steps = (_step("packages", inputs=(NETWORK,), **settings),) if packages else ()
    return (*_ids_step(folder, "seed-ids"), *steps)


def _ids_step(folder: Folder, step: str) -> tuple[Step, ...]:
    """What the recipe does with its record of accounts (docs/etc.md), with that of the remix."""
    if not folder.ids.is_dir():
        return ()
    inputs = (folder.ids, recipe.STEPS / f"{step}.sh")
    settings = (("STEP", step),)
    return (Step(name=step, script=STEPS / "ids.sh", inputs=inputs, settings=settings),)


def own_steps(folder: Folder, locales: tuple[str, ...], epoch: int) -> tuple[Step, ...]:
    """All that comes between packages and contract; `locales` are those that the base lacks.

    `epoch`, in seconds since 1970, is what tools take for now where they write the time down.
    """
    return tuple(_own_steps(folder, locales, str(epoch)))


def _own_steps(folder: Folder, locales: tuple[str, ...], epoch: str) -> Iterator[Step]:
    remix = folder.remix
    if locales:
        yield _step("locales", LOCALES=" ".join(locales))
    files = folder.path / "files"
    if files.is_dir():
        inputs = (Path(__file__).with_name("remix_files.py"),)
        yield _step("files", inputs=inputs, DIGEST=digest_of_files(files))
    services = remix.services
    if services.enable or services.disable or services.mask:
        yield _step(
            "services",
            ENABLE=" ".join(services.enable),
            DISABLE=" ".join(services.disable),
            MASK=" ".join(services.mask),
        )
    if remix.home or remix.flatpaks:
        home = tuple(folder.path / remix.home / name for name in HOME_FILES) if remix.home else ()
        wish = flatpaks_text(remix.flatpaks, remix.flatpak_remote) if remix.flatpaks else ""
        yield _step("defaults", inputs=home, HOME_FOLDER=remix.home or "", FLATPAKS=wish)
    for name in folder.scripts():
        yield Step(
            name=f"steps/{name}",
            script=STEPS / "script.sh",
            inputs=(NETWORK, folder.path / "steps" / name),
            settings=(("SOURCE_DATE_EPOCH", epoch), ("STEP", name)),
        )
    yield from _ids_step(folder, CHECK_IDS)
    yield _step("finish", inputs=(recipe.INSIDE,))


def contract_step(text: str) -> Step:
    """The last one."""
    return Step(
        name="contract",
        script=recipe.STEPS / "contract.sh",
        inputs=(recipe.INSIDE,),
        settings=(("CONTRACT", text),),
    )


def _step(name: str, inputs: tuple[Path, ...] = (), **settings: str) -> Step:
    return Step(
        name=name,
        script=STEPS / f"{name}.sh",
        inputs=inputs,
        settings=tuple(sorted(settings.items())),
    )
