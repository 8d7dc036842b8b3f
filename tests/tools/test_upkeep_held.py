"""An update to a version that the spare slot has already: what is there is not fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from installer.answers import Source
from installer.errors import ExitCode
from installer.layout import Role
from installer.upkeep.wish import Wish
from tests.faults import small_release
from tests.tools.installed_disk import InstalledDisk, release_at
from tests.tools.servers import Server, serving
from tests.tools.test_upkeep import (  # noqa: F401 (fixtures)
    NEWER,
    check_updated,
    identifiers,
    installed,
    new,
    old,
    pytestmark,
    web_release,
    written,
)

BLOCK: Final = 8192
SUPERBLOCK: Final = 4096
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True, kw_only=True)
class Web:
    """A server of a release, and what it was asked for."""

    folder: Path
    server: Server

    @property
    def image(self) -> Path:
        return small_release.image_of(self.folder, NEWER)

    @property
    def wish(self) -> Wish:
        return Wish(source=Source(url=self.server.url, allow_unsigned=True), any_version=True)

    def asked(self) -> list[str]:
        """Of the image and its index, since the last time: files and parts of them."""
        found = [
            f"{each.path} {each.headers.get('Range', 'whole')}"
            for each in self.server.requests
            if each.method == "GET" and each.path.startswith(f"/{self.image.name}")
        ]
        self.server.requests.clear()
        return found


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    folder = tmp_path / "release"
    with serving(web_release(folder)) as server:
        yield Web(folder=folder, server=server)


def bytes_of(asked: list[str]) -> int:
    """Of the image, none of which was asked for whole."""
    assert not [each for each in asked if each.endswith(".squashfs whole")]
    parts = [part for each in asked if (part := _RANGE.search(each))]
    return sum(int(part[2]) - int(part[1]) + 1 for part in parts)


def test_the_same_image_is_not_fetched_at_all(
    installed: InstalledDisk,  # noqa: F811
    web: Web,
) -> None:
    assert installed.carry_out(web.wish) is ExitCode.DONE
    assert web.asked()
    assert installed.carry_out(web.wish) is ExitCode.DONE
    assert web.asked() == []
    check_updated(installed, web.folder)


def test_of_a_damaged_one_no_more_than_the_damaged_block_is_fetched(
    installed: InstalledDisk,  # noqa: F811
    web: Web,
) -> None:
    assert installed.carry_out(web.wish) is ExitCode.DONE
    web.asked()
    place = web.image.stat().st_size // 2
    with Path(installed.disk.node(Role.SLOT_B)).open("r+b") as slot, web.image.open("rb") as image:
        image.seek(place)
        slot.seek(place)
        slot.write(bytes(each ^ 1 for each in image.read(100)))
    assert installed.carry_out(web.wish) is ExitCode.DONE
    # The superblock of the hash tree is fetched in any case (docs/delta.md).
    assert bytes_of(web.asked()) <= BLOCK + SUPERBLOCK
    check_updated(installed, web.folder)


def test_of_another_image_with_that_version_what_differs_is_fetched(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
    web: Web,
) -> None:
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    assert installed.carry_out(web.wish) is ExitCode.DONE
    assert bytes_of(web.asked()) < 0.1 * web.image.stat().st_size
    check_updated(installed, web.folder)
