"""How this machine reaches the network."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What the answers say of it; the environment's proxies hold where they say nothing."""

    proxy: str | None = None
    """URL of a proxy for http and https."""
    ca_file: Path | None = None
    """Certificates (PEM) that are trusted beside the system's own."""

    @property
    def proxies(self) -> dict[str, str] | None:
        """The proxy for each scheme of what is fetched; None: as the environment says."""
        return {"http": self.proxy, "https": self.proxy} if self.proxy else None
