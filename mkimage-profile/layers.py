"""Cached layers of a root file system: each step is an overlay over the one before it.

A step's key is the hash of the key before it, of its script and of every file it reads, so that
changing the last step rebuilds the last step. Layers live in ``~/.cache/atomos/layers/<key>``.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("ATOMOS_CACHE", Path.home() / ".cache" / "atomos"))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a recipe: a POSIX shell script that changes the tree at ``$ROOT``."""

    name: str
    script: Path
    inputs: tuple[Path, ...] = ()
    """Files and folders that the script reads; their content is part of the key."""
    settings: tuple[tuple[str, str], ...] = ()
    """Environment of the script; part of the key."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A finished step."""

    key: str
    path: Path


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 over names, modes and contents of files and folders, but what is made of them."""
    digest = hashlib.sha256()
    for top in paths:
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in files:
            if path.is_dir() or "__pycache__" in path.parts or path.suffix == ".mo":
                continue
            digest.update(f"{path.relative_to(top.parent)} {path.lstat().st_mode:o}\0".encode())
            digest.update(path.read_bytes() if path.is_file() else str(path.readlink()).encode())
    return digest.hexdigest()


def key_of(step: Step, before: str) -> str:
    """The key of `step` after the step with the key `before`."""
    parts = [before, step.name, digest_of([step.script]), digest_of(step.inputs)]
    parts += [f"{name}={value}" for name, value in step.settings]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def run(*argv: str | Path, **settings: str) -> None:
    """Run a program, with `settings` added to the environment. Raises CalledProcessError.

    What it prints goes to standard error: on standard output whoever called reads paths, and once
    read all that apt had to say as the names of layers.
    """
    subprocess.run(
        [str(word) for word in argv],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=2,
        env={**os.environ, "LC_ALL": "C.UTF-8", **settings},
    )


def say(text: str) -> None:
    """A line for the person who waits."""
    print(f"[build] {text}", file=sys.stderr, flush=True)


def unmount(path: Path) -> None:
    """Detach a mount at once, whoever looks into it at that moment.

    A search through the home folder (find, a backup) that passed by failed a build as "target is
    busy". The kernel takes the mount down when the passer-by has gone on; it writes nothing, and
    what a step wrote is in the upper layer already, since an overlay has no pages of its own.
    """
    run("umount", "--lazy", path)


@contextlib.contextmanager
def merged(layers: Sequence[Layer], upper: Path | None = None) -> Iterator[Path]:
    """The layers as one tree; changes go to `upper`, and nowhere when it is None (read-only)."""
    CACHE.mkdir(parents=True, exist_ok=True)
    scratch = CACHE / f"merge-{os.getpid()}-{time.monotonic_ns()}"
    tree = scratch / "tree"
    tree.mkdir(parents=True)
    lower = ":".join(str(layer.path) for layer in reversed(layers))
    options = f"lowerdir={lower}"
    if upper is not None:
        (scratch / "work").mkdir()
        options += f",upperdir={upper},workdir={scratch / 'work'}"
    elif len(layers) == 1:
        # overlayfs wants two lower directories when there is no upper one.
        (scratch / "empty").mkdir()
        options = f"lowerdir={scratch / 'empty'}:{lower}"
    run("mount", "-t", "overlay", "-o", options, "overlay", tree)
    try:
        yield tree
    finally:
        unmount(tree)
        shutil.rmtree(scratch)


@contextlib.contextmanager
def kernel_mounts(tree: Path) -> Iterator[None]:
    """What a package script expects to find: /dev, /proc, /sys and a /tmp that leaves no trace."""
    mounts = (
        ("proc", ("-t", "proc", "proc")),
        ("sys", ("-t", "sysfs", "-o", "ro", "sysfs")),
        ("dev", ("--bind", "/dev")),
        ("tmp", ("-t", "tmpfs", "tmpfs")),
        ("run", ("-t", "tmpfs", "tmpfs")),
    )
    done: list[Path] = []
    try:
        for name, arguments in mounts:
            run("mount", *arguments, tree / name)
            done.append(tree / name)
        yield
    finally:
        for path in reversed(done):
            unmount(path)


@contextlib.contextmanager
def one_build_at_a_time() -> Iterator[None]:
    """Wait for other builds: two of them would make the same layers in the same places."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prune(folder: Path, keep: int) -> None:
    """Remove all but the `keep` entries of a cache folder that were used last (`mark_used`)."""
    entries = sorted(folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries[keep:]:
        shutil.rmtree(entry, ignore_errors=True)


def mark_used(entry: Path) -> None:
    """Remember that a cache entry was of use now."""
    os.utime(entry)


def build_layers(steps: Sequence[Step], places: dict[str, str]) -> list[Layer]:
    """Every step's layer, from the cache where it is there.

    `places` is environment that says where things are on this machine: not part of any key, so
    that two clones in two folders share their layers.
    """
    layers: list[Layer] = []
    for step in steps:
        key = key_of(step, layers[-1].key if layers else "")
        layer = Layer(key=key, path=CACHE / "layers" / key)
        if not layer.path.exists():
            _build(step, layer, layers, places)
        mark_used(layer.path)
        layers.append(layer)
    return layers


def _build(step: Step, layer: Layer, before: Sequence[Layer], places: dict[str, str]) -> None:
    say(f"{step.name} …")
    began = time.monotonic()
    fresh = layer.path.with_name(f"{layer.key}.{os.getpid()}.new")
    fresh.mkdir(parents=True)
    settings = {**places, **dict(step.settings), "CACHE": str(CACHE)}
    try:
        if before:
            with merged(before, fresh) as tree, kernel_mounts(tree):
                run("sh", step.script, ROOT=str(tree), **settings)
        else:
            run("sh", step.script, ROOT=str(fresh), **settings)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    fresh.rename(layer.path)
    say(f"{step.name}: {time.monotonic() - began:.0f} s")
