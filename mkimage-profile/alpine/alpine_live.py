"""The Alpine live medium: mkimage of Alpine's aports, run in a whole Alpine, with packages of an
Alpine archive and the installer's own."""

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

import alpine_recipe
from aport import build_aport
from layers import CACHE, build_layers, kernel_mounts, merged, run, say

HERE = Path(__file__).parent
BRANCH = "3.24"
"""The first with a Textual that has what the screens use."""
ARCHITECTURE = "x86_64"
SECONDS = 30.0
"""For the first word of an archive; a mirror that has just woken takes ten."""
_APORTS = "ATOMOS_APORTS"
_ARCHIVE = "ATOMOS_ALPINE_ARCHIVE"


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What is taken from elsewhere."""

    aports: Path | None
    """A checkout of aports."""
    archive: str
    """Address of a mirror of Alpine's packages, without a slash at its end."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Sources":
        """As somebody has set it."""
        aports = environment.get(_APORTS)
        archive = environment.get(_ARCHIVE) or "https://dl-cdn.alpinelinux.org/alpine"
        return cls(aports=Path(aports) if aports else None, archive=archive.rstrip("/"))

    def missing(self) -> tuple[str, ...]:
        """A sentence for each thing that cannot be had, with the way to mend it."""
        found = (self._aports_problem(), self._archive_problem())
        return tuple(each for each in found if each)

    def _aports_problem(self) -> str | None:
        branch = f"{BRANCH}-stable"
        if self.aports is None:
            return (
                "Alpine's aports, which have mkimage: clone them (branch"
                f" {branch}), and set {_APORTS} to that folder."
            )
        if not (self.aports / "scripts/mkimage.sh").is_file():
            return (
                f"Alpine's aports: {self.aports} has no scripts/mkimage.sh. Set {_APORTS} to a"
                f" clone of them, of the branch {branch}."
            )
        return None

    def _archive_problem(self) -> str | None:
        address = f"{self.archive}/v{BRANCH}/main/{ARCHITECTURE}/APKINDEX.tar.gz"
        mend = f"Set {_ARCHIVE} to a mirror that this machine reaches."
        try:
            with requests.get(address, stream=True, timeout=SECONDS) as answer:
                if answer.ok:
                    return None
                words = f"{answer.status_code} {answer.reason}"
        except requests.RequestException as error:
            words = str(error)
        return f"Alpine's archive: {address} cannot be had ({words}). {mend}"


def build_alpine_live(
    sources: Sources, version: str, keys: tuple[Path, ...], places: dict[str, str], out: Path
) -> Path:
    """The ISO, in the folder `out`; made anew each time, since an archive changes.

    Raises ValueError, in words for a person, where mkimage fails: then `out` has no new file.
    """
    if sources.aports is None:
        raise ValueError("there are no aports")
    aport = build_aport(version, keys, places)
    root = build_layers(alpine_recipe.root_steps(), places)
    out.mkdir(parents=True, exist_ok=True)
    say("the Alpine live medium …")
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="alpine-live-") as scratch:
        upper, made = Path(scratch) / "upper", Path(scratch) / "out"
        upper.mkdir()
        made.mkdir()
        with merged(root, upper) as tree, kernel_mounts(tree):
            _make(
                ROOT=str(tree),
                OUT=str(made),
                APORT=str(aport),
                APORTS=str(sources.aports.resolve()),
                ARCHIVE=f"{sources.archive}/v{BRANCH}",
                VERSION=version,
                **places,
            )
        return found(made, out)


def _make(**settings: str) -> None:
    try:
        run("sh", HERE / "steps/live.sh", **settings)
    except subprocess.CalledProcessError as error:
        raise ValueError(
            f"the Alpine live medium was not made (status {error.returncode}); why, is said above"
        ) from error


def found(made: Path, out: Path) -> Path:
    """The one ISO in `made`, moved to `out`.

    Raises ValueError where there is none: mkimage says that it made images when it has passed over
    the profile too.
    """
    images = sorted(made.glob("*.iso"))
    if len(images) != 1 or images[0].stat().st_size == 0:
        names = ", ".join(each.name for each in sorted(made.iterdir())) or "nothing"
        raise ValueError(f"mkimage said that it was done, and made no ISO, but {names}")
    run("mv", images[0], out / images[0].name)
    return out / images[0].name
