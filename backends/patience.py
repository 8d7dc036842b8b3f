"""How long servers are waited for."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a server is waited for; seconds."""

    connect: float = 20.0
    read: float = 20.0
    """Without a byte for this long a connection is given up: a stall is noticed within 30 s."""
    failures: int = 6
    """In a row with less than 64 KiB in between; then the next mirror, or the end."""
    first_pause: float = 0.5
    longest_pause: float = 30.0

    def pause(self, failures: int, jitter: float) -> float:
        """Before the next try: twice as long each time, and by `jitter` (0 to 1) up to half less,
        so that machines that were cut off together do not come back together."""
        whole: float = min(self.first_pause * 2.0 ** (failures - 1), self.longest_pause)
        return whole * (1.0 - jitter / 2)
