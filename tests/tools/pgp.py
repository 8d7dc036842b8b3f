"""OpenPGP keys and signatures as gpg makes them, good ones and all others."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LONG_AGO: Final = "20200101T000000"
LATER_THEN: Final = "20200105T000000"
"""Days in the time in which the key that expires after a month was good."""
TIMES_TO_COME: Final = "20400101T000000"
LATER_TO_COME: Final = "20400105T000000"


@dataclass(frozen=True)
class Gpg:
    """A GNUPGHOME of its own."""

    home: Path

    def run(self, *words: str, stdin: bytes = b"", at: str = "") -> bytes:
        """Run gpg, as if it was the time `at`."""
        argv = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        if at:
            argv += ["--faked-system-time", f"{at}!"]
        return subprocess.run(
            [*argv, *words],
            input=stdin,
            check=True,
            capture_output=True,
            env={**os.environ, "GNUPGHOME": str(self.home), "LC_ALL": "C.UTF-8"},
        ).stdout

    def make(
        self, user: str, *options: str, kind: str = "ed25519", expires: str = "never", at: str = ""
    ) -> str:
        """Make a key; returns its fingerprint."""
        self.run(*options, "--quick-gen-key", user, kind, "sign", expires, at=at)
        listed = self.run("--with-colons", "--list-keys", f"={user}", at=at).decode()
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))

    def public(self, user: str, *options: str) -> bytes:
        """The public key."""
        return self.run(*options, "--export", f"={user}")

    def sign(self, user: str, data: bytes, *options: str, at: str = "") -> bytes:
        """A detached signature, binary unless options say otherwise."""
        return self.run("-u", f"={user}", *options, "--detach-sign", stdin=data, at=at)

    def revoke(self, fingerprint: str) -> None:
        """By the certificate that gpg made with the key; a colon keeps it from use by accident."""
        text = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self.run("--import", stdin=text.replace("\n:---", "\n---").encode())


@contextlib.contextmanager
def gpg_home() -> Iterator[Gpg]:
    """One for as long as it is needed. Its path is short: gpg-agent's socket is in it."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as name:
        gpg = Gpg(Path(name))
        try:
            yield gpg
        finally:
            subprocess.run(["gpgconf", "--homedir", name, "--kill", "all"], check=False)
