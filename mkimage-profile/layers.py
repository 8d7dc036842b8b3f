"""Cached layers of a root file system: each step is an overlay over the one before it.

A step's key is the hash of the key before it, of its script and of every file it reads, so that
changing the last step rebuilds the last step. Layers live in ``~/.cache/atomos/layers/<key>``.
"""

import collections
import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_times import note_layer

CACHE = Path(os.environ.get("ATOMOS_CACHE", Path.home() / ".cache" / "atomos"))
LAST_LINES = 25
"""Of what a step that failed has said."""
NO_SPACE_BYTES = 2**20
"""A disk with less than that is full, whatever the tool said that could not go on."""


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


class StepFailed(Exception):
    """A step's script ended badly; nothing of its layer is left."""

    def __init__(self, step: Step, status: int, last_lines: tuple[str, ...]) -> None:
        super().__init__(f"the step {step.name} failed with status {status}")
        self.step = step
        self.status = status
        self.last_lines = last_lines
        self.is_disk_full = is_full() or any(
            os.strerror(errno.ENOSPC) in line for line in last_lines
        )


def is_full(folder: Path = CACHE) -> bool:
    """Whether the disk of that folder has no room."""
    return folder.exists() and shutil.disk_usage(folder).free < NO_SPACE_BYTES


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 over names, modes and contents of files and folders, but what is made of them."""
    digest = hashlib.sha256()
    for top in paths:
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in files:
            if path.is_dir() or "__pycache__" in path.parts or path.suffix == ".mo":
                continue
            digest.update(f"{path.relative_to(top.parent)} {path.lstat().st_mode:o}\0".encode())
            if not path.is_file():
                digest.update(str(path.readlink()).encode())
                continue
            with path.open("rb") as opened:  # the base of a remix is as large as an image
                while piece := opened.read(2**20):
                    digest.update(piece)
    return digest.hexdigest()


def key_of(step: Step, before: str) -> str:
    """The key of `step` after the step with the key `before`."""
    parts = [before, step.name, digest_of([step.script]), digest_of(step.inputs)]
    parts += [f"{name}={value}" for name, value in step.settings]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


@contextlib.contextmanager
def full_disk_told(*folders: Path) -> Iterator[None]:
    """A program that failed because the disk of one of `folders` is full: OSError (ENOSPC) with
    that folder, in the place of CalledProcessError. It is looked at now, since whoever removes what
    is half made makes room.
    """
    try:
        yield
    except subprocess.CalledProcessError as error:
        for each in folders:
            # Of what is only read, an image for one, there never is any room.
            if is_full(each) and os.access(each, os.W_OK):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(each)) from error
        raise


def run(*argv: str | Path, **settings: str) -> None:
    """Run a program, with `settings` added to the environment. Raises CalledProcessError, OSError
    (ENOSPC): the disk of the cache, or of a path that the program was given, is full.

    What it prints goes to standard error: on standard output whoever called reads paths, and once
    read all that apt had to say as the names of layers.
    """
    with full_disk_told(CACHE, *(word.parent for word in argv if isinstance(word, Path))):
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
    # By mount(2), which takes 4096 bytes of options: of fsconfig(2), which util-linux has preferred
    # since 2.39, an option has 256 bytes, and nine layers are more than that.
    run("mount", "-t", "overlay", "-o", options, "overlay", tree, LIBMOUNT_FORCE_MOUNT2="always")
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
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        clear_leftovers()
        yield


def clear_leftovers(*, own: bool = False) -> None:
    """Unmount and remove what builds left that were killed (SIGKILL, a crash of the machine).

    `own`: what this one left too, for when it ends: an interrupt may come in the middle of its
    cleaning up.
    """
    ended = [str(os.getpid())] if own else []
    for scratch in CACHE.glob("merge-*"):
        if _has_ended(scratch.name.split("-")[1], ended):
            end_all_in(scratch / "tree")
            unmount_below(scratch)
            shutil.rmtree(scratch)
    patterns = (("layers/*.new", "."), ("images/*/packing-*", "-"), ("scratch-*", "-"))
    for pattern, separator in patterns:
        for half_made in CACHE.glob(pattern):
            if _has_ended(half_made.name.split(separator)[1], ended):
                shutil.rmtree(half_made)


def _has_ended(pid: str, ended: Sequence[str]) -> bool:
    return pid in ended or not Path("/proc", pid).exists()


def unmount_below(folder: Path) -> None:
    """Detach whatever is mounted there."""
    rows = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [Path(row.split()[4].encode().decode("unicode_escape")) for row in rows]
    for point in reversed([each for each in points if each.is_relative_to(folder)]):
        unmount(point)


def prune(folder: Path, keep: int) -> None:
    """Remove all but the `keep` entries of a cache folder that were used last (`mark_used`).

    Links are another cache's (measuring.py), and may lead nowhere any more.
    """
    own = (entry for entry in folder.iterdir() if not entry.is_symlink())
    entries = sorted(own, key=lambda entry: entry.stat().st_mtime, reverse=True)
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


def forget(steps: Sequence[Step], kept: int) -> None:
    """Remove the layers of `steps` but the first `kept`: they are built anew when asked for."""
    key = ""
    for number, step in enumerate(steps):
        key = key_of(step, key)
        if number >= kept:
            shutil.rmtree(CACHE / "layers" / key, ignore_errors=True)


def _build(step: Step, layer: Layer, before: Sequence[Layer], places: dict[str, str]) -> None:
    say(f"{step.name} …")
    began = time.monotonic()
    fresh = layer.path.with_name(f"{layer.key}.{os.getpid()}.new")
    fresh.mkdir(parents=True)
    settings = {**places, **dict(step.settings), "CACHE": str(CACHE)}
    try:
        if before:
            with merged(before, fresh) as tree, kernel_mounts(tree):
                run_step(step, tree, settings)
        else:
            run_step(step, fresh, settings)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    if layer.path.is_symlink():
        layer.path.unlink()
    fresh.rename(layer.path)
    seconds = time.monotonic() - began
    note_layer(CACHE, layer.key, seconds)
    say(f"{step.name}: {seconds:.0f} s")


def run_step(step: Step, tree: Path, settings: dict[str, str]) -> None:
    """Run the script of `step` on `tree`; what it says is shown as it comes.

    It has a session of its own, which ends with it, however that is: a daemon that it left would
    keep the tree's mounts. Raises StepFailed.
    """
    process = subprocess.Popen(
        # A build that is killed takes its step with it (prctl(2), PR_SET_PDEATHSIG).
        ["setpriv", "--pdeathsig", "KILL", "sh", str(step.script)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **settings, "ROOT": str(tree)},
        start_new_session=True,
    )
    last_lines: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
    reader = threading.Thread(target=_show, args=(process, last_lines), daemon=True)
    reader.start()
    try:
        status = process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        end_all_in(tree)
        reader.join(timeout=5)
    if status != 0:
        raise StepFailed(step, status, tuple(last_lines))


def _show(process: subprocess.Popen[bytes], last_lines: collections.deque[str]) -> None:
    if process.stdout is None:
        return
    for line in process.stdout:
        text = line.decode(errors="replace")
        print(text, end="", file=sys.stderr, flush=True)
        last_lines.append(text.rstrip())


def end_all_in(tree: Path) -> None:
    """Kill what still runs in the tree by chroot(8)."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "root").readlink() == tree:
                os.kill(int(process.name), signal.SIGKILL)
