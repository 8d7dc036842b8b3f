"""Build images and release directories: ``mkimage-profile/build.py live|system|release|ids``."""

import argparse
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent
RECIPES = tuple(HERE / name for name in ("debian", "alpine", "debian-12"))
sys.path[:0] = [str(each) for each in (HERE, *RECIPES, SOURCE)]

import recipe  # noqa: E402
from alpine_live import Sources, build_alpine_live  # noqa: E402
from backends.keyrings import Keyrings  # noqa: E402
from bases import Base, base_recipe  # noqa: E402
from build_times import note_image  # noqa: E402
from installer import VERSION  # noqa: E402
from installer.release import (  # noqa: E402
    SUMS_NAME,
    contract_name,
    image_name,
    live_name,
    seed_name,
)
from layers import (  # noqa: E402
    CACHE,
    Layer,
    Step,
    StepFailed,
    build_layers,
    digest_of,
    mark_used,
    merged,
    one_build_at_a_time,
    prune,
    run,
)
from packing import epoch_of, pack_system, packing, say_size, squashed  # noqa: E402
from release import make_release  # noqa: E402
from stoppable import stoppable  # noqa: E402

ARCHITECTURE = "x86-64"
WHAT = ("live", "system", "release", "ids")
FOR_MACHINES = "--for-machines"
"""Given by ``./dev release``, whose command line is spoken of as its own."""
RELEASE_USAGE = (
    "./dev release DIR --key KEYFILE [--keys DIR] [--seed FILE] [--version V]   (docs/releases.md)"
)
KEPT_IMAGES = 8
"""Both kinds in both weights, of two versions of the code; 200 to 900 MiB each."""
TEST_KEYS = SOURCE / "tests" / "keys"
"""Everybody has its secret key: trusted by images for virtual machines only."""
TEST_KEY = TEST_KEYS / "TEST-never-trust.key"
KEPT_LAYERS = 90
"""Four images have 32 layers, a remix ten of its own; only the few with packages are large."""


Build = Callable[[recipe.Kind, recipe.Weight, str, tuple[Path, ...]], Path]
"""As `build`, so that a test of the command line need not wait for real images."""


def build(
    kind: recipe.Kind,
    weight: recipe.Weight,
    version: str,
    trusted: tuple[Path, ...] = (),
    more: tuple[Step, ...] = (),
    offer: Path | None = None,
    *,
    anew: bool = False,
) -> Path:
    """The image, from the cache where its recipe is unchanged. Its contract stands beside it, and
    the root of its hash tree where it is a system image.

    A live image trusts releases by the keyrings `trusted`, which are files of one folder. `more`
    steps come after the recipe's, as a test has them. `offer` is a release directory that lies in
    the folder ``release`` of a live image. `anew`: packed again, though it is in the cache.
    """
    places = {"SOURCE": str(SOURCE), "PYTHON": sys.executable}
    if trusted:
        places["KEYS"] = str(trusted[0].parent.resolve())
    layers = build_layers((*recipe.steps(kind, weight, version, SOURCE, trusted), *more), places)
    name = (live_name if kind is recipe.Kind.LIVE else image_name)(version, ARCHITECTURE)
    contract = recipe.contract(kind, version)
    return _finished(kind, layers, name, contract, places, offer=offer, anew=anew)


def build_base(base: Base, weight: recipe.Weight, version: str) -> Path:
    """The system image of a distribution, likewise."""
    made = base_recipe(base, weight, version, SOURCE)
    places = made.places(SOURCE)
    build_layers(made.borrowed, places)
    layers = build_layers(made.steps, places)
    name = image_name(version, ARCHITECTURE)
    return _finished(recipe.Kind.SYSTEM, layers, name, made.contract, places)


def _finished(
    kind: recipe.Kind,
    layers: list[Layer],
    name: str,
    contract: str,
    places: dict[str, str],
    *,
    offer: Path | None = None,
    anew: bool = False,
) -> Path:
    """The image of that tree, from the cache where it is there, with its contract beside it."""
    shape = recipe.iso_inputs() if kind is recipe.Kind.LIVE else digest_of([HERE / "hash_tree.py"])
    if offer is not None:
        shape += digest_of(sorted(offer.glob(f"{SUMS_NAME}*")))
    key = hashlib.sha256(f"{layers[-1].key}{shape}".encode()).hexdigest()[:24]
    image = CACHE / "images" / key / name
    if anew:
        shutil.rmtree(image.parent, ignore_errors=True)
    if not image.exists():
        began = time.monotonic()
        _pack(kind, layers, image, places, offer)
        keys = [layer.key for layer in layers]
        note_image(CACHE, keys, image, time.monotonic() - began)
        prune(CACHE / "images", KEPT_IMAGES)
        prune(CACHE / "layers", KEPT_LAYERS)
    image.with_name(contract_name(name)).write_text(contract)
    mark_used(image.parent)
    return image


def record_ids(weight: recipe.Weight) -> Path:
    """Write down which ids the accounts of a system image have, for all builds to come.

    Earlier ones stay as they are: the build begins with them.
    """
    places = {"SOURCE": str(SOURCE), "PYTHON": sys.executable}
    with merged(build_layers(recipe.steps_to_accounts(weight), places)) as tree:
        write_ids(tree, recipe.IDS)
    return recipe.IDS


def write_ids(tree: Path, folder: Path) -> None:
    """The accounts of `tree` as a record, in the order of their ids."""
    folder.mkdir(exist_ok=True)
    for name in ("passwd", "group"):
        rows = (tree / "etc" / name).read_text().splitlines()
        rows.sort(key=lambda row: int(row.split(":")[2]))
        (folder / name).write_text("".join(f"{row}\n" for row in rows))


def _pack(
    kind: recipe.Kind,
    layers: list[Layer],
    image: Path,
    places: dict[str, str],
    offer: Path | None,
) -> None:
    if kind is recipe.Kind.SYSTEM:
        pack_system(layers, image)
        return
    # A live system's kernel lies on the ISO beside the SquashFS, not in it.
    with packing(layers, image) as (tree, scratch):
        squash, packed = scratch / "root.squashfs", scratch / "packed"
        epoch, times = None, {}
        if offer is not None:
            # iso.sh takes all that is in this folder. Such an ISO is the same in every build.
            shutil.copytree(offer, scratch / "iso" / "release")
            epoch = epoch_of(layers)
            times["SOURCE_DATE_EPOCH"] = str(epoch)
        squashed(tree, squash, "usr/lib/atomos/boot", epoch=epoch)
        run(
            *("sh", recipe.STEPS / "iso.sh"),
            ROOT=str(tree),
            SQUASH=str(squash),
            OUT=str(packed),
            WORK=str(scratch),
            **places,
            **times,
        )
        packed.rename(image)
    say_size(image)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked for on the command line."""

    kind: recipe.Kind | None
    """None: both kinds, as a release."""
    base: Base
    """What the system image is made of."""
    alpine_live: Sources | None
    """What the live image of Alpine is made of; None: it is Debian's."""
    ids: bool
    """No image, but the record of the accounts in a system image."""
    folder: Path
    """Where a release goes."""
    weight: recipe.Weight
    version: str
    keys: tuple[Path, ...]
    """They sign the release."""
    keyrings: Keyrings | None
    """What the live image trusts."""
    seed: Path | None
    """A home seed for the release."""


def main(build: Build = build) -> None:
    """Command line."""
    parser = _parser()
    # Options may stand between `what` and the folder, which plain argparse cannot read.
    order = _order(parser, parser.parse_intermixed_args())
    with stoppable(), one_build_at_a_time():
        try:
            print(_carry_out(order, build))
        except ValueError as error:
            parser.error(str(error))
        except StepFailed as failed:
            sys.exit(f"{failed}; what it said stands above")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev build")
    if FOR_MACHINES in sys.argv:
        parser.prog, parser.usage = "./dev release", RELEASE_USAGE
    parser.add_argument("what", choices=WHAT, metavar="|".join(WHAT))
    parser.add_argument("folder", nargs="?", type=Path, help="where `release` puts its files")
    _add_choice(parser, "--weight", recipe.Weight, recipe.Weight.VM, "which drivers, for whom")
    _add_choice(parser, "--base", Base, Base.DEBIAN, "of the system image")
    parser.add_argument(FOR_MACHINES, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--alpine", action="store_true", help="with `live`: Alpine's live image (docs/alpine.md)"
    )
    parser.add_argument("--version", default=VERSION)
    parser.add_argument(
        "--keys", type=Path, help="folder of the keyrings (*.gpg, *.pgp) that the live image trusts"
    )
    parser.add_argument(
        "--key", type=Path, action="append", help="secret key that signs the release; may be many"
    )
    parser.add_argument("--seed", type=Path, help="home seed of the release (./dev seed)")
    return parser


def _add_choice(
    parser: argparse.ArgumentParser, option: str, kind: type[StrEnum], default: StrEnum, of: str
) -> None:
    """A name of the enum; argparse's own words for another one would be those of the class."""
    names = tuple(each.value for each in kind)
    parser.add_argument(option, choices=names, default=default.value, help=of)


def _order(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> Order:
    """What is to be done; ends the program where that is nothing that can be.

    For virtual machines all is signed and trusted by the test key, unless another one is named. The
    keyrings beside the first key are those of the live image, unless others are named.
    """
    is_release = arguments.what == "release"
    if is_release and arguments.folder is None:
        parser.error("release needs a folder")
    weight, base = recipe.Weight(arguments.weight), Base(arguments.base)
    if arguments.alpine and arguments.what != "live":
        parser.error("--alpine is of the live image; a system image has --base alpine")
    if base is not Base.DEBIAN and arguments.what not in {"system", "release"}:
        live = "; Alpine's live image is: ./dev build live --alpine" if base is Base.ALPINE else ""
        parser.error(f"--base is of the system image: ./dev build system --base {base}{live}")
    is_vm = weight is recipe.Weight.VM
    keys = tuple(arguments.key or ([TEST_KEY] if is_vm else []))
    for key in keys:
        if not key.is_file():
            parser.error(f"{key} is no key: there is no such file")
    folder = arguments.keys or (keys[0].parent if keys else None)
    rings = Keyrings(folder) if folder is not None else None
    if rings is not None and not rings.files():
        parser.error(f"{folder} has no keyrings (*.gpg, *.pgp)")
    seed: Path | None = arguments.seed
    if seed is not None:
        name = seed_name(arguments.version, ARCHITECTURE)
        if not is_release or not seed.is_file() or seed.name != name:
            parser.error(f"{seed} is no home seed of this release, {name}")
    return Order(
        kind=None if arguments.what in {"release", "ids"} else recipe.Kind(arguments.what),
        base=base,
        alpine_live=_alpine_sources(parser) if arguments.alpine else None,
        ids=arguments.what == "ids",
        folder=arguments.folder or Path(),
        weight=weight,
        version=arguments.version,
        keys=keys,
        keyrings=rings,
        seed=seed,
    )


def _alpine_sources(parser: argparse.ArgumentParser) -> Sources:
    """Before other builds are waited for: that they cannot be had is said at once."""
    sources = Sources.of(os.environ)
    if missing := sources.missing():
        rows = "\n".join(f"  - {each}" for each in missing)
        parser.error(f"Alpine's live medium cannot be made here. What is missing:\n{rows}")
    return sources


def _carry_out(order: Order, build: Build) -> Path:
    """Build it; returns where it is. Raises ValueError for a release that nobody would take."""
    trusted = order.keyrings.files() if order.keyrings is not None else ()
    if order.ids:
        return record_ids(order.weight)

    if order.alpine_live is not None:
        places = {"SOURCE": str(SOURCE), "PYTHON": sys.executable}
        out = SOURCE / "build/alpine"
        return build_alpine_live(order.alpine_live, order.version, trusted, places, out)

    def image(kind: recipe.Kind) -> Path:
        if kind is recipe.Kind.SYSTEM and order.base is not Base.DEBIAN:
            return build_base(order.base, order.weight, order.version)
        return build(kind, order.weight, order.version, trusted)

    if order.kind is not None:
        return image(order.kind)
    images = tuple(image(kind) for kind in recipe.Kind)
    seeds = (order.seed,) if order.seed is not None else ()
    make_release(order.folder, images, order.keys, order.keyrings, seeds)
    return order.folder


if __name__ == "__main__":
    main()
