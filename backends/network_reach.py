"""How the answers say that this machine reaches the network, as files that libraries can read."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from installer.answers import Source
from installer.reach import Reach


@contextlib.contextmanager
def reach_of(source: Source) -> Iterator[Reach]:
    """Proxy and certificates of `source`, as long as the context lasts.

    The certificates are in memory that belongs to no file system (memfd_create(2)): OpenSSL reads
    them from a path, and this process may not be allowed to write anywhere.
    """
    if source.ca is None:
        yield Reach(proxy=source.proxy)
        return
    memory = os.memfd_create("ca")
    try:
        os.write(memory, source.ca.encode())
        yield Reach(proxy=source.proxy, ca_file=Path(f"/proc/self/fd/{memory}"))
    finally:
        os.close(memory)
