"""The reader of releases as the installer has it, with whatever keys a test trusts."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backends.keyrings import KEYS, Keyrings
from backends.mounts import Mounts
from backends.network_reach import reach_of
from backends.release_source import WebRelease
from backends.release_volumes import ReleaseVolumes, VolumeSource
from backends.runner import Runner
from backends.signature import Signatures
from installer.answers import Source


def releases(keys: Path = KEYS, *, root: Path = Path("/")) -> WebRelease:
    """`keys` is the folder of the keyrings; `root` as that of LiveHardware."""

    @contextlib.contextmanager
    def connect(source: Source) -> Iterator[VolumeSource]:
        runner = Runner()
        with reach_of(source) as reach, tempfile.TemporaryDirectory() as base:
            volumes = ReleaseVolumes(runner, Mounts(runner, Path(base) / "mounts"), root)
            yield VolumeSource(volumes, reach)

    return WebRelease(connect, Signatures(Runner(), Keyrings(keys)))
