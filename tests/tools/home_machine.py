"""A disk with the real system image, ada's account on it, and homes set up there by its own nix."""

import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backends.homes import HomesOnDisk
from backends.image_source import ImageSource
from backends.mounts import Mounts
from backends.patience import Patience
from backends.runner import Runner
from installer.answers import User
from installer.machinery_homes import HomeOrder
from installer.release import ReleaseFile
from installer.secret import Secret
from tests.tools.home_flake import write_starter
from tests.tools.overlay_tree import end_all_in
from tests.tools.small_disk import Disk
from tests.tools.system_tree import SystemTree

RECIPES: Final = Path(__file__).parents[2] / "mkimage-profile"
ADA: Final = User(name="ada", password=Secret("correct horse battery staple"))
FULL: Final = "/var/tmp/fill-up"
CUT: Final = "/var/tmp/cut"
MORE: Final = f"""\
test ! -e {FULL} || dd if=/dev/zero of={FULL} bs=1M 2>/dev/null || {{
    echo "error: No space left on device" >&2
    exit 1
}}
test ! -e {CUT} || {{
    : >{CUT}-now
    sleep 60
}}
"""
"""In the middle of the activation: fills the disk, or waits to be cut off, where it is asked to."""


def make_seed(folder: Path, image: Path) -> Path:
    """The seed of a starter that needs what nobody can fetch."""
    starter = write_starter(folder / "starter", folder / "tools", more=MORE)
    argv = [sys.executable, str(RECIPES / "seed.py"), str(folder / "made"), "--offline"]
    argv += ["--image", str(image), "--flake", str(starter), "--source", str(folder / "tools")]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.splitlines()[-1])


def as_release_file(seed: Path) -> ReleaseFile:
    """A seed as the release names it."""
    data = seed.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return ReleaseFile(url=seed.as_uri(), size_bytes=len(data), sha256=digest)


def changed(seed: Path, folder: Path, change: Callable[[Path], None]) -> Path:
    """A seed with something changed in it, by whoever can sign releases."""
    inside, other = folder / "inside", folder / f"other-{seed.name}"
    inside.mkdir()
    subprocess.run(["tar", "-C", inside, "-xf", seed], check=True)
    change(inside)
    names = [each.name for each in inside.iterdir()]
    subprocess.run(["tar", "-C", inside, "-cf", other, *names], check=True)
    return other


@dataclass(frozen=True, kw_only=True)
class HomeMachine:
    """An installed system, before its first start."""

    disk: Disk
    mounts: Mounts
    base: Path
    """Where they are."""
    pulse: list[Callable[[], None]] = field(default_factory=list)
    """Called while the image's script runs, if there is one."""

    def prepare(self) -> None:
        """Account and word, as the operations before leave them."""
        self.disk.add_user(ADA)
        self.disk.system.ask_for_home(
            slot=self.disk.slot, data=self.disk.data, user="ada", flake=None
        )

    def set_up(
        self, seed: ReleaseFile | None, *, flake: str | None = None, insists: bool = True
    ) -> str | None:
        """At installation, and looked at afterwards."""

        def pulse() -> None:
            for each in self.pulse:
                each()

        runner = Runner(pulse=pulse)
        source = ImageSource(patience=Patience(connect=2.0, read=2.0, failures=1))
        homes = HomesOnDisk(runner, self.mounts, source)
        order = HomeOrder(
            slot=self.disk.slot,
            data=self.disk.data,
            user="ada",
            flake=flake,
            seed=seed,
            proxy=None,
            insists=insists,
        )
        reason = homes.set_up(order, lambda _done, _total: None)
        self.verify()
        return reason

    def verify(self) -> None:
        """As the operation does."""
        homes = HomesOnDisk(Runner(), self.mounts, ImageSource())
        homes.verify(slot=self.disk.slot, data=self.disk.data, user="ada")

    @contextlib.contextmanager
    def started(self, *, daemon: bool = False) -> Iterator[SystemTree]:
        """The installed system's tree, to log in to; with the daemon as its socket starts it."""
        with self.disk.tree() as root:
            tree = SystemTree(top=root)
            (root / "dev/pts").mkdir()
            (root / "dev/ptmx").symlink_to("pts/ptmx")
            argv = ["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts"]
            subprocess.run([*argv, root / "dev/pts"], check=True)
            try:
                if daemon:
                    begin = "setsid -f nix-daemon --daemon >/tmp/daemon.log 2>&1"
                    tree.output_of(f"NIX_CONFIG='substituters =' {begin}")
                    socket = "/nix/var/nix/daemon-socket/socket"
                    tree.output_of(f"timeout 20 sh -c 'until test -S {socket}; do sleep 0.1; done'")
                yield tree
            finally:
                end_all_in(root)
                subprocess.run(["umount", root / "dev/pts"], check=True)

    def logs_in(self) -> str:
        """The first login does what was left for it; returns what the tool says then."""
        with self.started(daemon=True) as tree:
            tree.output_of("systemd-tmpfiles --user --create", user="ada")
            said = tree.run("NIX_CONFIG='substituters =' atomos home setup", user="ada")
            assert said[0] == 0, said[1] + tree.run("atomos home log", user="ada")[1]
            return tree.output_of("greet", user="ada")
