"""A remix on its way from its folder to an image, a release, or a shell at one of its steps."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import recipe
from backends.image_tree import MountedImage
from backends.inside import resolve_inside
from backends.keyrings import Keyrings
from build import KEPT_IMAGES, KEPT_LAYERS, write_ids
from build import build as build_image
from build_times import note_image
from installer.contract import CONTRACT_PATH, Contract
from installer.contract_file import load_contract
from installer.errors import InstallError, Refused
from installer.image_requirements import needed_lacks
from installer.release import contract_name, image_name
from layers import (
    CACHE,
    Layer,
    Step,
    build_layers,
    digest_of,
    forget,
    kernel_mounts,
    mark_used,
    merged,
    prune,
    say,
)
from packing import epoch_of, pack_system
from release import make_release
from remix_contract import remixed
from remix_file import read_remix
from remix_files import strange_files
from remix_steps import (
    CHECK_IDS,
    STEPS,
    WEIGHTS,
    Folder,
    base_steps,
    code_steps,
    contract_step,
    own_steps,
    package_steps,
)

HERE = Path(__file__).parent
SOURCE = HERE.parent


def read_folder(path: Path) -> Folder:
    """The remix in a folder. Raises AnswersInvalid, InstallError, OSError."""
    folder = Folder(path=path.resolve(), remix=read_remix(path))
    for name in folder.scripts():
        script = path / "steps" / name
        if not script.is_file() or not script.read_bytes().startswith(b"#!"):
            raise InstallError(
                f"{script} is no script",
                way_out="Its first line has to name a shell of the base: #!/bin/sh",
            )
    strange = tuple(strange_files(path / "files", folder.remix.special_files))
    if strange:
        raise InstallError(
            "; ".join(strange),
            way_out="Remove it, or name it in `special_files` of remix.yaml where it is meant.",
        )
    return folder


class Build:
    """One remix on its way to an image."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._recipe = folder.recipe(SOURCE)
        self._places = {
            "SOURCE": str(SOURCE),
            "PYTHON": sys.executable,
            "REMIX": str(folder.path),
            "ARCHIVE": str(folder.archive or ""),
        }
        if self._recipe is not None:
            self._places |= self._recipe.places(SOURCE)

    def steps(self) -> tuple[Step, ...]:
        """All but the contract; what comes before the own ones is built."""
        first = base_steps(self._folder, SOURCE)
        base = self._base_contract(self.layers(first), self._folder.path / "files")
        # What the base cannot have is refused before anything else is made.
        remixed(base, self._folder.remix)
        first = (*first, *package_steps(self._folder))
        layers = self.layers(first)
        lacking = tuple(each for each in self._folder.remix.locales if each not in base.locales)
        code = code_steps(self._folder, SOURCE)
        return (*first, *code, *own_steps(self._folder, lacking, epoch_of(layers)))

    def layers(self, steps: tuple[Step, ...]) -> list[Layer]:
        """Of those steps, from the cache where they are there. Raises StepFailed."""
        if self._recipe is not None:
            build_layers(self._recipe.borrowed, self._places)
        return build_layers(steps, self._places)

    def image(self, *, anew: bool = False) -> tuple[Path, int]:
        """The image, with contract and root hash beside it, and its day in seconds since 1970.
        Raises InstallError, StepFailed.

        `anew`: nothing but the base is taken from the cache.
        """
        steps = self.steps()
        if anew:
            forget(steps, len(base_steps(self._folder, SOURCE)))
        layers = self.layers(steps)
        epoch = epoch_of(layers)
        text = remixed(self._base_contract(layers, None), self._folder.remix)
        steps = (*steps, contract_step(text))
        if anew:
            forget(steps, len(steps) - 1)
        layers = self.layers(steps)
        contract = load_contract(text, CONTRACT_PATH.name)
        shape = digest_of([HERE / "hash_tree.py", HERE / "packing.py"])
        key = hashlib.sha256(f"{layers[-1].key}{shape}{epoch}".encode()).hexdigest()[:24]
        name = image_name(contract.version, contract.architecture)
        image = CACHE / "images" / key / name
        if anew:
            shutil.rmtree(image.parent, ignore_errors=True)
        if not image.exists():
            self._hold_to_contract(layers, contract)
            began = time.monotonic()
            pack_system(layers, image, epoch=epoch)
            keys = [layer.key for layer in layers]
            note_image(CACHE, keys, image, time.monotonic() - began)
            prune(CACHE / "images", KEPT_IMAGES)
            prune(CACHE / "layers", KEPT_LAYERS)
        image.with_name(contract_name(name)).write_text(text)
        mark_used(image.parent)
        return image, epoch

    def _base_contract(self, layers: list[Layer], files: Path | None) -> Contract:
        """The base's, or the one that `files` lays over it."""
        own = _own_contract(files) if files is not None else None
        if own is not None:
            return own
        if self._recipe is not None and not _has_contract(layers):
            return load_contract(self._recipe.contract, "the recipe")
        with merged(layers) as tree:
            base = self._folder.remix.base
            try:
                text = MountedImage(tree, base).contract_text()
            except InstallError as error:
                raise InstallError(
                    f"the base {base} has no contract: {error.what}",
                    way_out=f"Write one into files{CONTRACT_PATH} (docs/contract.md).",
                ) from None
        return _contract(text, f"{CONTRACT_PATH} of {base}")

    def _hold_to_contract(self, layers: list[Layer], contract: Contract) -> None:
        with merged(layers) as tree:
            lacks = needed_lacks(contract, MountedImage(tree, self._folder.remix.name))
            self._refuse_boot(tree, contract)
        if lacks:
            raise InstallError(
                "what was built is no system: " + " ".join(each.lack for each in lacks),
                way_out=" ".join(each.mend for each in lacks),
            )

    def _refuse_boot(self, tree: Path, contract: Contract) -> None:
        """What is in /boot is in the tree, and in no image: `pack_system` leaves it out."""
        for path in (contract.kernel, contract.initrd):
            found = resolve_inside(tree, path, device=self._folder.remix.name)
            if found.is_relative_to(tree / "boot"):
                raise InstallError(
                    f"{path} is in /boot, which is left out of images",
                    way_out="Put it into /usr/lib/atomos/boot, and write that into image.yaml.",
                )


def _has_contract(layers: list[Layer]) -> bool:
    place = CONTRACT_PATH.relative_to("/")
    return any((layer.path / place).is_file() for layer in layers)


def _own_contract(files: Path) -> Contract | None:
    own = files / CONTRACT_PATH.relative_to("/")
    return _contract(own.read_bytes(), str(own)) if own.is_file() else None


def _contract(text: bytes, name: str) -> Contract:
    try:
        return load_contract(text.decode(errors="replace"), name)
    except Refused as refused:
        raise InstallError(
            " ".join(each.what for each in refused.problems),
            way_out="docs/contract.md says what each key may be.",
        ) from None


def make(folder: Folder, release: Path, keys: tuple[Path, ...], *, live: bool, anew: bool) -> None:
    """Build the remix and put it into a release directory, signed where there are `keys`."""
    system, epoch = Build(folder).image(anew=anew)
    images = [system]
    rings = _keyrings(folder, keys)
    if not keys:
        say("the release is not signed: --key KEYFILE signs it (./dev keys DIR makes one)")
    if live:
        with _scratch() as scratch:
            make_release(scratch / "release", images, keys, rings, signed_at=epoch)
            text = offer_answers(is_signed=bool(keys))
            images.append(_live_image(folder, scratch / "release", text, rings, anew=anew))
    make_release(release, images, keys, rings, signed_at=epoch)


def offer_answers(*, is_signed: bool) -> str:
    """The answers that a live ISO begins with, which name the release on it. One without a
    signature is as trustworthy as the medium that it is on."""
    unsigned = "" if is_signed else "  allow_unsigned: true\n"
    return f"version: 1\nsource:\n  url: medium:/release\n{unsigned}"


def _live_image(
    folder: Folder, offer: Path, text: str, rings: Keyrings | None, *, anew: bool
) -> Path:
    """A live ISO that carries the release `offer`, and begins with the answers `text`."""
    step = Step(name="offer", script=STEPS / "offer.sh", settings=(("OFFER", text),))
    weight, version = WEIGHTS[folder.remix.machines], folder.remix.version
    trusted = rings.files() if rings is not None else ()
    kind = recipe.Kind.LIVE
    return build_image(kind, weight, version, trusted, (step,), offer, anew=anew)


def _keyrings(folder: Folder, keys: tuple[Path, ...]) -> Keyrings | None:
    if folder.remix.keys:
        return Keyrings((folder.path / folder.remix.keys[0]).parent)
    return Keyrings(keys[0].parent) if keys else None


def record_ids(folder: Folder) -> None:
    """Write down which ids its accounts have, for all versions to come; earlier ones stay."""
    build = Build(folder)
    steps = build.steps()
    last = CHECK_IDS if CHECK_IDS in _names(steps) else "finish"
    with merged(build.layers(steps[: _names(steps).index(last)])) as tree:
        write_ids(tree, folder.ids)


def check_contract(folder: Folder) -> None:
    """Whether the base can have what the remix asks for, as far as that is known before an archive
    is unpacked. Raises InstallError."""
    base, made = _own_contract(folder.path / "files"), folder.recipe(SOURCE)
    if base is None and made is not None:
        base = load_contract(made.contract, "the recipe")
    if base is None:
        say("whether the base can have all of it is not looked at: it is an archive")
    else:
        remixed(base, folder.remix)


def check_packages(folder: Folder) -> None:
    """Ask the archive of the recipe for all packages. Raises InstallError with its words.

    The lists are those that the base was made with; nothing is fetched, where that is in the cache.
    """
    made = folder.recipe(SOURCE)
    if not folder.remix.packages:
        return
    if made is None or not made.has_apt:
        say("its packages are not asked for: only Debian's archive is")
        return
    layers = Build(folder).layers(base_steps(folder, SOURCE)[:1])
    with _scratch() as upper, merged(layers, upper) as tree, kernel_mounts(tree):
        argv = ["chroot", str(tree), "apt-get", "-q", "-s", "-o", "APT::Install-Recommends=false"]
        done = subprocess.run(
            [*argv, "install", *folder.remix.packages], check=False, capture_output=True, text=True
        )
    if done.returncode != 0:
        words = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
        raise InstallError(
            "the archive says: " + "; ".join(words or done.stderr.splitlines()[-3:]),
            way_out=f"Mend `packages` in {folder.path / 'remix.yaml'}.",
        )


def open_shell(folder: Folder, name: str) -> int:
    """A shell in the tree as the step `name` finds it; nothing of it lasts. Returns its status.

    Raises InstallError, before anything is built, where there is no such step.
    """
    # Which locales the base lacks is known when it is built: without them it has one step less.
    _place_among(folder, own_steps(folder, folder.remix.locales, epoch=0), name)
    build = Build(folder)
    steps = build.steps() if name not in _names(_first(folder)) else _first(folder)
    place = _place_among(folder, steps[len(_first(folder)) :], name)
    layers = build.layers(steps[:place])
    with _scratch() as upper, merged(layers, upper) as tree, kernel_mounts(tree):
        script = folder.path / "steps" / Path(name).name
        if script.is_file():
            shutil.copy(script, tree / "tmp" / script.name)
            (tree / "tmp" / script.name).chmod(0o755)
            say(f"the tree before the step {name}; /tmp/{script.name} is its script")
        else:
            say(f"the tree before the step {name}")
        resolv = tree / "etc/resolv.conf"
        resolv.unlink(missing_ok=True)
        shutil.copyfile("/etc/resolv.conf", resolv)
        say("nothing that is done here lasts; exit ends it")
        return subprocess.run(["chroot", str(tree), "/bin/sh"], check=False).returncode


def place_of(names: Sequence[str], name: str) -> int | None:
    """Where the step `name` is among them: the remix's own, where its base has one of that name."""
    found = [at for at, each in enumerate(names) if name in (each, Path(each).name)]
    return found[-1] if found else None


def _place_among(folder: Folder, after: tuple[Step, ...], name: str) -> int:
    base, packages = _names(base_steps(folder, SOURCE)), _names(package_steps(folder))
    own = [*packages, *_names(after)]
    place = place_of([*base, *own], name)
    if place:
        return place
    # A name that the base has too means the remix's own.
    theirs = ", ".join(each for each in base[1:] if each not in own)
    of_base = f", and of its base {theirs}" if theirs else ""
    raise InstallError(
        f"there is no step {name} with something before it",
        way_out=f"The steps of {folder.remix.name} are {', '.join(own)}{of_base}.",
    )


def _first(folder: Folder) -> tuple[Step, ...]:
    return (*base_steps(folder, SOURCE), *package_steps(folder))


def _names(steps: tuple[Step, ...]) -> list[str]:
    return [each.name for each in steps]


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=f"scratch-{os.getpid()}-") as scratch:
        yield Path(scratch)
