"""A pair of keys to sign releases with, and signing: ``python mkimage-profile/keys.py DIR``.

gpg works in a folder of its own, which is gone afterwards: it uses no key of whoever builds.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SECRET = "release.key"
PUBLIC = "release.gpg"
REVOCATION = "release.rev"
YEARS = 5


@dataclass(frozen=True)
class Gpg:
    """gpg with a home of its own."""

    home: Path

    def run(self, *words: str, stdin: bytes = b"") -> bytes:
        """Its standard output. Raises CalledProcessError, its words on standard error."""
        argv = ["gpg", "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"]
        done = subprocess.run(
            [*argv, "--passphrase", "", *words],
            input=stdin,
            check=False,
            capture_output=True,
            env={**os.environ, "GNUPGHOME": str(self.home), "LC_ALL": "C.UTF-8"},
        )
        if done.returncode != 0:
            # Not otherwise: each signature of a given day has it warn of the time.
            print(done.stderr.decode(errors="replace"), end="", file=sys.stderr)
        done.check_returncode()
        return done.stdout

    def secret_keys(self) -> dict[str, int]:
        """Fingerprints of the keys that it can sign with, and when each was made, in seconds since
        1970."""
        lines = self.run("--with-colons", "--list-secret-keys").decode().splitlines()
        # A subkey's line follows its key's own, which begins with "sec" (GnuPG, doc/DETAILS).
        fields = [line.split(":") for line in lines]
        found = [place for place, each in enumerate(fields) if each[0] == "sec"]
        return {
            next(each[9] for each in fields[place:] if each[0] == "fpr"): int(fields[place][5])
            for place in found
        }


@contextlib.contextmanager
def gpg_home() -> Iterator[Gpg]:
    """As long as it is needed. Its path is short, since gpg-agent's socket is in it."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as name:
        try:
            yield Gpg(Path(name))
        finally:
            subprocess.run(["gpgconf", "--homedir", name, "--kill", "all"], check=False)


def make_keys(folder: Path, name: str, years: int) -> str:
    """Make `release.key` (secret, mode 600, no passphrase), `release.gpg` and `release.rev`.

    Returns the fingerprint. Raises FileExistsError where one of them is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for each in (SECRET, PUBLIC, REVOCATION):
        if (folder / each).exists():
            raise FileExistsError(f"{folder / each} is there already")
    with gpg_home() as gpg:
        gpg.run("--quick-gen-key", name, "ed25519", "sign", f"{years}y" if years else "never")
        (fingerprint,) = gpg.secret_keys()
        _write(folder / SECRET, gpg.run("--armor", "--export-secret-keys"), 0o600)
        revocation = gpg.home / "openpgp-revocs.d" / f"{fingerprint}.rev"
        _write(folder / REVOCATION, revocation.read_bytes(), 0o600)
        _write(folder / PUBLIC, gpg.run("--export"), 0o644)
    return fingerprint


def sign(data: bytes, keys: Sequence[Path], at: int | None = None) -> bytes:
    """Detached signatures of `data`, binary, one after the other: one by each secret key file.

    `at`, in seconds since 1970, is the day that they are of, or that of the key where it is
    younger: the same data have the same signature then. None: now.
    """
    signatures = []
    for key in keys:
        with gpg_home() as gpg:
            gpg.run("--import", stdin=key.read_bytes())
            for fingerprint, made in gpg.secret_keys().items():
                day = () if at is None else ("--faked-system-time", f"{max(at, made)}!")
                argv = (*day, "-u", fingerprint, "--digest-algo", "SHA512", "--detach-sign")
                signatures.append(gpg.run(*argv, stdin=data))
    return b"".join(signatures)


def _write(file: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="./dev keys", description=make_keys.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="AtomOS releases", help="user id of the key")
    parser.add_argument("--years", type=int, default=YEARS, help="0: it never expires")
    arguments = parser.parse_args()
    if arguments.years < 0:
        parser.error("--years: a key cannot have expired before it is made")
    try:
        fingerprint = make_keys(arguments.folder, arguments.name, arguments.years)
    except FileExistsError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError:
        sys.exit(f"gpg made no key of the name {arguments.name!r}; what it said is above")
    folder = arguments.folder
    lasts = f"for {arguments.years} years" if arguments.years else "without an end"
    print(f"{fingerprint}: valid {lasts}")
    print(f"{folder / SECRET}: signs releases; whoever has it can; keep it off the network")
    print(f"{folder / PUBLIC}: for live images (./dev build live --keys {folder})")
    print(f"{folder / REVOCATION}: revokes the key, should it be lost or stolen")


if __name__ == "__main__":
    main()
