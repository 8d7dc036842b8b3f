"""Random identifiers replaced by names, so that disks compare equal that differ in nothing else."""

import re
from collections.abc import Mapping
from typing import Final

LARGEST: Final = 1 << 20
"""Bytes of a file in which identifiers are looked for: they stand in texts, not in kernels."""


class Names:
    """Names by identifier; letter case does not count in identifiers."""

    def __init__(self, by_identifier: Mapping[str, str]) -> None:
        self._names = {key.lower(): f"<{name}>" for key, name in by_identifier.items() if key}
        # The longest first: one may be the beginning of another.
        longest = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest)) or "(?!)", re.IGNORECASE)

    def in_text(self, text: str) -> str:
        """`text` with each identifier replaced."""
        return self._pattern.sub(lambda found: self._names[found.group().lower()], text)

    def in_bytes(self, data: bytes) -> bytes:
        """The same of a file's content; one that is larger than `LARGEST` as it is."""
        if len(data) > LARGEST:
            return data
        # One character for each byte, and back.
        return self.in_text(data.decode("latin-1")).encode("latin-1")
