"""Build images and release directories: ``mkimage-profile/build.py live|system|release|ids``."""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent
sys.path[:0] = [str(HERE), str(HERE / "debian"), str(SOURCE)]

import recipe  # noqa: E402
from hash_tree import append_hash_tree  # noqa: E402
from layers import (  # noqa: E402
    CACHE,
    Layer,
    Step,
    build_layers,
    digest_of,
    mark_used,
    merged,
    one_build_at_a_time,
    prune,
    run,
    say,
)
from release import make_release  # noqa: E402

from backends.keyrings import Keyrings  # noqa: E402
from installer import VERSION  # noqa: E402
from installer.release import (  # noqa: E402
    contract_name,
    image_name,
    live_name,
    roothash_name,
    seed_name,
)
from installer.roothash import roothash_text  # noqa: E402

ARCHITECTURE = "x86-64"
KEPT_IMAGES = 8
"""Both kinds in both weights, of two versions of the code; 200 to 900 MiB each."""
TEST_KEYS = SOURCE / "tests" / "keys"
"""Everybody has its secret key: trusted by images for virtual machines only."""
TEST_KEY = TEST_KEYS / "TEST-never-trust.key"
KEPT_LAYERS = 60
"""Four images have 32 layers; only the few with packages are large."""
Build = Callable[[recipe.Kind, recipe.Weight, str, tuple[Path, ...]], Path]
"""As `build`, so that a test of the command line need not wait for real images."""


def build(
    kind: recipe.Kind,
    weight: recipe.Weight,
    version: str,
    trusted: tuple[Path, ...] = (),
    more: tuple[Step, ...] = (),
) -> Path:
    """The image, from the cache where its recipe is unchanged. Its contract stands beside it, and
    the root of its hash tree where it is a system image.

    A live image trusts releases by the keyrings `trusted`, which are files of one folder. `more`
    steps come after the recipe's, as a test has them.
    """
    places = {"SOURCE": str(SOURCE), "PYTHON": sys.executable}
    if trusted:
        places["KEYS"] = str(trusted[0].parent.resolve())
    layers = build_layers((*recipe.steps(kind, weight, version, SOURCE, trusted), *more), places)
    shape = recipe.iso_inputs() if kind is recipe.Kind.LIVE else digest_of([HERE / "hash_tree.py"])
    key = hashlib.sha256(f"{layers[-1].key}{shape}".encode()).hexdigest()[:24]
    name = (live_name if kind is recipe.Kind.LIVE else image_name)(version, ARCHITECTURE)
    image = CACHE / "images" / key / name
    if not image.exists():
        _pack(kind, layers, image, places)
        prune(CACHE / "images", KEPT_IMAGES)
        prune(CACHE / "layers", KEPT_LAYERS)
    image.with_name(contract_name(name)).write_text(recipe.contract(kind, version))
    mark_used(image.parent)
    return image


def record_ids(weight: recipe.Weight) -> Path:
    """Write down which ids the accounts of a system image have, for all builds to come.

    Earlier ones stay as they are: the build begins with them.
    """
    places = {"SOURCE": str(SOURCE), "PYTHON": sys.executable}
    with merged(build_layers(recipe.steps_to_accounts(weight), places)) as tree:
        for name in ("passwd", "group"):
            rows = (tree / "etc" / name).read_text().splitlines()
            rows.sort(key=lambda row: int(row.split(":")[2]))
            (recipe.IDS / name).write_text("".join(f"{row}\n" for row in rows))
    return recipe.IDS


def _pack(kind: recipe.Kind, layers: list[Layer], image: Path, places: dict[str, str]) -> None:
    say(f"packing {image.name} …")
    image.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=image.parent) as scratch, merged(layers) as tree:
        packed = Path(scratch) / "packed"
        squash = Path(scratch) / "root.squashfs" if kind is recipe.Kind.LIVE else packed
        # A live system's kernel lies on the ISO beside the SquashFS, not in it.
        without = ["usr/lib/atomos/boot"] if kind is recipe.Kind.LIVE else ["boot/*"]
        run(
            *("mksquashfs", tree, squash, "-noappend", "-no-progress", "-quiet"),
            *("-comp", "zstd", "-Xcompression-level", "6", "-wildcards", "-e", *without),
        )
        if kind is recipe.Kind.LIVE:
            run(
                "sh",
                recipe.STEPS / "iso.sh",
                ROOT=str(tree),
                SQUASH=str(squash),
                OUT=str(packed),
                WORK=scratch,
                **places,
            )
        else:
            # Before the image is in its place: one that is there is taken for complete.
            text = roothash_text(append_hash_tree(packed))
            image.with_name(roothash_name(image.name)).write_text(text)
        packed.rename(image)
    say(f"{image.name}: {image.stat().st_size / 2**20:.0f} MiB")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked for on the command line."""

    kind: recipe.Kind | None
    """None: both kinds, as a release."""
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
    with one_build_at_a_time():
        try:
            print(_carry_out(order, build))
        except ValueError as error:
            parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev build")
    parser.add_argument("what", choices=("live", "system", "release", "ids"))
    parser.add_argument("folder", nargs="?", type=Path, help="where `release` puts its files")
    parser.add_argument("--weight", type=recipe.Weight, default=recipe.Weight.VM)
    parser.add_argument("--version", default=VERSION)
    parser.add_argument(
        "--keys", type=Path, help="folder of the keyrings (*.gpg, *.pgp) that the live image trusts"
    )
    parser.add_argument(
        "--key", type=Path, action="append", help="secret key that signs the release; may be many"
    )
    parser.add_argument("--seed", type=Path, help="home seed of the release (./dev seed)")
    return parser


def _order(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> Order:
    """What is to be done; ends the program where that is nothing that can be.

    For virtual machines all is signed and trusted by the test key, unless another one is named. The
    keyrings beside the first key are those of the live image, unless others are named.
    """
    is_release = arguments.what == "release"
    if is_release and arguments.folder is None:
        parser.error("release needs a folder")
    is_vm = arguments.weight is recipe.Weight.VM
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
        ids=arguments.what == "ids",
        folder=arguments.folder or Path(),
        weight=arguments.weight,
        version=arguments.version,
        keys=keys,
        keyrings=rings,
        seed=seed,
    )


def _carry_out(order: Order, build: Build) -> Path:
    """Build it; returns where it is. Raises ValueError for a release that nobody would take."""
    trusted = order.keyrings.files() if order.keyrings is not None else ()
    if order.ids:
        return record_ids(order.weight)
    if order.kind is not None:
        return build(order.kind, order.weight, order.version, trusted)
    images = tuple(build(kind, order.weight, order.version, trusted) for kind in recipe.Kind)
    seeds = (order.seed,) if order.seed is not None else ()
    make_release(order.folder, images, order.keys, order.keyrings, seeds)
    return order.folder


if __name__ == "__main__":
    main()
