"""The root hash beside an image."""

import pytest

from installer.errors import Refused
from installer.release import Verity
from installer.roothash import parse_roothash, roothash_text

VERITY = Verity(root_hash="0f" * 32, hash_offset_bytes=8192)


def test_what_is_written_is_read() -> None:
    assert parse_roothash(roothash_text(VERITY), "x.roothash") == VERITY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0f" * 32,
        f"{'0F' * 32}\nhash-offset=8192\n",
        f"{'0f' * 31}\nhash-offset=8192\n",
        f"{'0f' * 32}\nhash-offset=0\n",
        f"{'0f' * 32}\nhash-offset=8191\n",
        f"{'0f' * 32}\nhash-offset=-4096\n",
        f"{'0f' * 32}\nhash-offset=8192\nmore\n",
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused, match=r"x\.roothash is not a root hash"):
        parse_roothash(text, "x.roothash")
