"""What the screens leave out of libraries is not there, and comes when it is wanted."""

import subprocess
import sys
from pathlib import Path

LOADED = """
import sys
from screens.left_out import load_asyncio, load_hashes
load_hashes()
import hashlib, hmac, secrets
print(hashlib.sha256(b"plan").hexdigest(), hmac.compare_digest("a", "b"), len(secrets.token_hex(4)))
load_asyncio()
import asyncio
async def turn():
    await asyncio.sleep(0)
    return await asyncio.to_thread(lambda: "turned")
print(asyncio.run(turn()))
libraries = open("/proc/self/maps").read()
print("libcrypto" in libraries, "libssl" in libraries)
import ssl
print(ssl.create_default_context().verify_mode.name, "libssl" in open("/proc/self/maps").read())
"""


def test_openssl_is_loaded_by_whoever_wants_it_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    digest = subprocess.run(["sha256sum"], input="plan", capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"{digest.stdout.split()[0]} False 8",
        "turned",
        "False False",
        "CERT_REQUIRED True",
    ]
    assert done.stderr == ""
