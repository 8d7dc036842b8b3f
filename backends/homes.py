"""A person's home by home-manager, set up in the installed tree by the image's own nix."""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from backends.file_errors import file_errors
from backends.home_seed import HomeSeeds, remove
from backends.image_source import ImageSource
from backends.inside import resolve_inside
from backends.installed_tree import InstalledTree
from backends.mounts import Mounts
from backends.processes import Processes
from backends.runner import Runner
from backends.source_failed import SourceFailed
from backends.whole_file import put_bytes
from installer.errors import InstallError
from installer.machinery_homes import HomeOrder
from installer.text import _

SCRIPT: Final = "/usr/lib/atomos/home"
SEED: Final = PurePosixPath("/var/lib/atomos-seed")
"""Where a seed lies while it is used; below /var/lib/atomos only root may look."""
HOME_SECONDS: Final = 3600.0
"""nixpkgs, and some 300 MB of programs, by a slow line."""
GONE_SECONDS: Final = 10.0
"""How long what was killed in there is waited for."""
_ENDINGS: Final = (0, 1, 65, 75)
"""Of the script, when it says why: done, failed, a bad seed, out of reach."""
_RESOLV: Final = PurePosixPath("/etc/resolv.conf")
_OURS: Final = b"# For the installation.\n"
_STARTER_NEEDS: Final = "https://cache.nixos.org/nix-cache-info"
_HOSTS: Final = {
    "github": "https://github.com/",
    "gitlab": "https://gitlab.com/",
    "sourcehut": "https://git.sr.ht/",
}


class HomesOnDisk:
    """Works in the installed tree, which is put together for the length of each call.

    `source` reads the release's home seed, and looks whether something can be reached.
    """

    def __init__(self, runner: Runner, mounts: Mounts, source: ImageSource) -> None:
        self._runner = runner
        self._mounts = mounts
        self._tree = InstalledTree(mounts)
        self._source = source

    def set_up(self, order: HomeOrder, progress: Callable[[int, int], None]) -> str | None:
        """See Homes. Again is the same; killed anywhere, again or the first login goes on."""
        if order.seed is None and not order.insists and not self._reachable(order.flake):
            return _("what it is made of cannot be reached")
        with self._ready(order.slot, order.data) as root:
            try:
                return self._in_tree(root, order, progress)
            except InstallError as error:
                return " ".join(filter(None, (error.what, *error.tool_words.splitlines()[-1:])))

    def verify(self, *, slot: str, data: str, user: str) -> None:
        """See Homes."""
        with self._tree.whole(slot, data) as root, file_errors(data):

            def there(path: str) -> bool:
                place = resolve_inside(root, PurePosixPath(path), device=data)
                return os.path.lexists(place)

            done = there(f"/home/{user}/.local/state/atomos/home/done")
            held = there(f"/nix/var/nix/gcroots/atomos/{user}/home")
            left = there(str(SEED)) or _is_ours(resolve_inside(root, _RESOLV, device=data))
            whole = not done or (held and there(f"/home/{user}/.nix-profile"))
        if left or not whole:
            raise InstallError(
                _("the home of {name} is neither set up nor left for the first login").format(
                    name=user
                ),
                device=data,
                way_out=_("Try again; if it stays so, use another disk."),
            )

    def _in_tree(
        self, root: Path, order: HomeOrder, progress: Callable[[int, int], None]
    ) -> str | None:
        """Raises InstallError for all that may go wrong without the home being touched."""
        if order.seed is None or order.flake is not None:
            with _name_servers(root, order.data):
                return self._run(root, order)
        folder = resolve_inside(root, SEED, device=order.data)
        with (
            file_errors(order.data),
            HomeSeeds(self._source).unpacked(order.seed, folder, progress),
        ):
            return self._run(root, order, str(SEED))

    def _run(self, root: Path, order: HomeOrder, *seed: str) -> str | None:
        """The image's own script. In a namespace of processes whatever it starts ends with it, and
        in one of mounts /proc shows those: nix looks for its own processes there."""
        proxy = order.proxy or ""
        argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        argv += [f"--mount-proc={root / 'proc'}", "chroot", str(root)]
        argv += ["env", f"http_proxy={proxy}", f"https_proxy={proxy}"]
        argv += [SCRIPT, "install", order.user, *seed]
        before = _in_use_by(root)
        try:
            done = self._runner.run(argv, timeout=HOME_SECONDS, device=order.data, ok=_ENDINGS)
        except BaseException:
            _wait_until_left(root, before)
            raise
        if done.returncode == 0:
            return None
        found = re.findall(r"^why=(.+)$", done.stdout, re.MULTILINE)
        return found[-1] if found else _("home-manager could not set it up")

    def _reachable(self, flake: str | None) -> bool:
        url = address_of(flake)
        if url is None:
            return True
        try:
            self._source.size(url)
        except SourceFailed as error:
            return error.missing
        return True

    @contextlib.contextmanager
    def _ready(self, slot: str, data: str) -> Iterator[Path]:
        """The tree, with terminals, on which nix builds."""
        with self._tree.whole(slot, data) as root, contextlib.ExitStack() as stack:
            dev = root / "dev"
            with file_errors(data):
                (dev / "pts").mkdir()
                (dev / "shm").mkdir()
                (dev / "shm").chmod(0o1777)
                (dev / "ptmx").symlink_to("pts/ptmx")
                (dev / "fd").symlink_to("/proc/self/fd")
                remove(resolve_inside(root, SEED, device=data))
            options = "newinstance,ptmxmode=0666,mode=0620"
            stack.enter_context(
                self._mounts.kernel_at(dev / "pts", "devpts", device=data, options=options)
            )
            yield root


@contextlib.contextmanager
def _name_servers(root: Path, data: str) -> Iterator[None]:
    """Those of this machine, where the image names none; the installed system finds its own.

    Raises InstallError."""
    live, place = Path(_RESOLV), resolve_inside(root, _RESOLV, device=data)
    if not live.is_file() or (place.exists() and not _is_ours(place)):
        yield
        return
    with file_errors(data):
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        put_bytes(place, _OURS + live.read_bytes(), mode=0o644)
    try:
        yield
    finally:
        with file_errors(data):
            place.unlink(missing_ok=True)


def _is_ours(place: Path) -> bool:
    """Whether a list of name servers is one that was put there for an installation."""
    return place.is_file() and place.read_bytes().startswith(_OURS)


def address_of(flake: str | None) -> str | None:
    """What has to answer for a flake to be had; None where only nix can tell."""
    if flake is None:
        return _STARTER_NEEDS
    scheme, _colon, _rest = flake.partition(":")
    if scheme in _HOSTS:
        return _HOSTS[scheme]
    found = re.search(r"^(?:\w+\+)?(https?://[^?#]+)", flake)
    return found[1] if found else None


def _in_use_by(root: Path) -> set[str]:
    """Processes in other namespaces of mounts that have the slot mounted: services of the live
    system may have, and lose it when it is unmounted here."""
    number = root.stat().st_dev
    return set(Processes(Path("/")).with_device({f"{os.major(number)}:{os.minor(number)}"}))


def _wait_until_left(root: Path, before: set[str]) -> None:
    """Until only those are left that were there `before`: a namespace that was killed ends a little
    later, and a disk that is still in use cannot be closed."""
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline and _in_use_by(root) - before:
        time.sleep(0.05)
