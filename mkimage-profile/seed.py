"""A home seed, made with the system image's own nix: ``python mkimage-profile/seed.py FOLDER``.

It is what homes are built of without a network (docs/home.md): a release has it as a file beside
its images. The starter's own inputs are fetched, unless they are handed in.
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent
sys.path[:0] = [str(HERE), str(HERE / "debian"), str(SOURCE)]

import recipe  # noqa: E402
from installer import VERSION  # noqa: E402
from installer.release import seed_name  # noqa: E402
from layers import (  # noqa: E402
    CACHE,
    Layer,
    build_layers,
    end_all_in,
    kernel_mounts,
    merged,
    one_build_at_a_time,
    run,
    unmount,
)
from stoppable import stoppable  # noqa: E402

ARCHITECTURE = "x86-64"
STARTER = SOURCE / "live/system/usr/share/atomos/home"
KEY_NAME = "atomos-home-1"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a seed is made of."""

    starter: Path
    """A folder with flake.nix and what else belongs to it, @USER@, @HOME@, @SYSTEM@ in it."""
    sources: tuple[Path, ...]
    """Folders of inputs that are not fetched: flake.lock names them by their narHash."""
    key: Path | None
    """Secret key of nix (nix-store --generate-binary-cache-key); None: one that is thrown away."""
    offline: bool


def make_seed(tree: Path, order: Order, seed: Path) -> None:
    """The file `seed`, by the nix of the system image whose tree is at `tree`.

    The tree has /dev, /proc and a /nix of its own, on no overlay; what is put into it stays there.
    Raises CalledProcessError.
    """
    work = tree / "tmp/seed"
    for folder in ("starter", "sources", "made"):
        (work / folder).mkdir(parents=True)
    shutil.copytree(order.starter, work / "starter", dirs_exist_ok=True)
    for number, source in enumerate(order.sources):
        shutil.copytree(source, work / "sources" / str(number), symlinks=True)
    shutil.copy(HERE / "seed.sh", work)
    if order.key is None:
        make_key = ("nix-store", "--generate-binary-cache-key", KEY_NAME)
        run("chroot", tree, *make_key, "/tmp/seed/key", "/tmp/seed/key.pub")
    else:
        shutil.copy(order.key, work / "key")
    sources = " ".join(f"/tmp/seed/sources/{number}" for number in range(len(order.sources)))
    run(
        *("chroot", tree, "sh", "/tmp/seed/seed.sh"),
        STARTER="/tmp/seed/starter",
        OUT="/tmp/seed/made",
        SOURCES=sources,
        KEY="/tmp/seed/key",
        NIX="substituters =" if order.offline else "",
    )
    fresh = seed.with_name(f"{seed.name}.new")
    whose = ("--owner=0", "--group=0", "--sort=name", "--mode=u=rwX,go=rX")
    run("tar", "-C", work / "made", *whose, "-cf", fresh, "seed", "paths", "starter", "cache")
    fresh.rename(seed)


@contextlib.contextmanager
def system_tree(image: Path | None) -> Iterator[Path]:
    """The system image, to run nix in. What it makes lies in the cache of builds meanwhile."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch, contextlib.ExitStack() as mounts:
        folders = [Path(scratch) / name for name in ("upper", "nix", "tmp", "image")]
        for folder in folders:
            folder.mkdir()
        upper, nix, tmp, place = folders
        if image is None:
            with one_build_at_a_time():
                layers = _layers()
        else:
            run("mount", "-o", "loop,ro", "-t", "squashfs", image, place)
            mounts.callback(unmount, place)
            layers = [Layer(key="", path=place)]
        tree = mounts.enter_context(merged(layers, upper))
        mounts.enter_context(kernel_mounts(tree))
        binds = ((tree / "nix", ("--bind", nix)), (tree / "tmp", ("--bind", tmp)))
        terminals = (tree / "dev/pts", ("-t", "devpts", "-o", "ptmxmode=666", "devpts"))
        for place, arguments in (*binds, terminals):
            run("mount", *arguments, place)
            mounts.callback(unmount, place)
        if Path("/etc/resolv.conf").is_file():
            shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
        # Of a seed that is stopped: nothing is to be written any more.
        mounts.callback(end_all_in, tree)
        yield tree


def _layers() -> list[Layer]:
    places = {"SOURCE": str(SOURCE), "PYTHON": sys.executable}
    steps = recipe.steps(recipe.Kind.SYSTEM, recipe.Weight.VM, VERSION, SOURCE)
    return build_layers(steps, places)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="./dev seed")
    parser.add_argument("folder", type=Path, help="where the seed goes, under its own name")
    parser.add_argument("--version", default=VERSION, help="of the image that it stands beside")
    parser.add_argument(
        "--flake", type=Path, default=STARTER, help="folder of the starter, if not the image's own"
    )
    parser.add_argument(
        "--source", type=Path, action="append", help="folder of an input that is not fetched"
    )
    parser.add_argument("--key", type=Path, help="secret key of nix that signs; else a new one")
    parser.add_argument("--image", type=Path, help="system image whose nix makes it, if built")
    parser.add_argument("--offline", action="store_true", help="fetch nothing")
    arguments = parser.parse_args()
    if not (arguments.flake / "flake.nix").is_file():
        parser.error(f"{arguments.flake} has no flake.nix")
    order = Order(
        starter=arguments.flake,
        sources=tuple(arguments.source or ()),
        key=arguments.key,
        offline=arguments.offline,
    )
    arguments.folder.mkdir(parents=True, exist_ok=True)
    seed = arguments.folder / seed_name(arguments.version, ARCHITECTURE)
    with stoppable(), system_tree(arguments.image) as tree:
        make_seed(tree, order, seed)
    print(seed)


if __name__ == "__main__":
    main()
