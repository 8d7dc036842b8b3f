"""Releases as another process reads them."""

from collections.abc import Sequence
from typing import Final

from backends.runner import Runner
from installer.answers import Source
from installer.release import Release
from installer.release_asked import AskedRelease, heard
from installer.release_offer import ReleaseOffer
from installer.text import spoken

_TIMEOUT: Final = 3600.0
"""Seconds. Whoever reads has patience of its own for each server (backends/patience.py)."""


class ReleasesElsewhere:
    """Fulfils ReleaseSource.

    requests, PyYAML and pydantic's core take 12 MiB. The screens would keep them for as long as the
    machine runs; a process that is gone when the release has been read does not.
    """

    def __init__(self, runner: Runner, argv: Sequence[str]) -> None:
        """`argv` starts a process that tells what it is asked on standard input (Parts.told). It
        has to get the environment, where proxies and certificates may be named."""
        self._runner = runner
        self._argv = argv

    def find(self, source: Source, architecture: str) -> Release:
        """See ReleaseSource. Raises ToolFailed where the process does not do its work."""
        found = self._ask(source, architecture, all_versions=False)
        assert isinstance(found, Release)
        return found

    def offer(self, source: Source, architecture: str) -> ReleaseOffer:
        """See ReleaseSource. Raises ToolFailed where the process does not do its work."""
        found = self._ask(source, architecture, all_versions=True)
        assert isinstance(found, ReleaseOffer)
        return found

    def _ask(
        self, source: Source, architecture: str, *, all_versions: bool
    ) -> Release | ReleaseOffer:
        asked = AskedRelease(
            source=source,
            architecture=architecture,
            all_versions=all_versions,
            language=spoken(),
        )
        done = self._runner.run(self._argv, stdin=asked.to_bytes(), timeout=_TIMEOUT)
        return heard(done.stdout)
