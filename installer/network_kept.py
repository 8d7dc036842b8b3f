"""The network that a person has chosen, for the screens that are started next."""

import contextlib
import json
import os
from pathlib import Path

from installer.answers_connection import Network
from installer.revealed import revealed
from installer.strict import read_json


def kept_network(file: Path) -> Network | None:
    """What `keep_network` left; None where nobody has chosen yet."""
    with contextlib.suppress(OSError, ValueError):
        return read_json(Network, file.read_bytes())
    return None


def keep_network(file: Path, network: Network) -> None:
    """Keep it for root alone, in memory: a passphrase is in it. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(json.dumps(revealed(network)).encode())
    new.rename(file)
