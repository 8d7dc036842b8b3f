"""A repository of flatpaks, made by flatpak's own tools: a runtime with a shell, an application.

Both are small and real: the application runs in its sandbox (tests/vm/flatpak.py).
"""

import base64
import shutil
from pathlib import Path
from typing import Final

from tests.tools.system_tree import SystemTree

APP: Final = "org.example.Hello"
WORDS: Final = "hello from afar"
"""What the application prints."""
OPEN: Final = "your files are open to me"
"""What it prints before that where it sees `FILE` in the home of its user."""
FILE: Final = "own.txt"
FOLDER: Final = "/tmp/flatpaks"
_PROGRAM: Final = f"""\
#!/bin/sh
[ ! -e "$HOME/{FILE}" ] || echo {OPEN}
echo {WORDS}
"""
_KEY: Final = """\
%no-protection
Key-Type: eddsa
Key-Curve: ed25519
Name-Real: Flatpaks of a test
%commit
"""
_RUNTIME: Final = "runtime=org.example.Platform/x86_64/1\nsdk=org.example.Platform/x86_64/1\n"


def make_repository(tree: SystemTree, url: str) -> str:
    """Make it with the image's own tools in `FOLDER`, to be found at `url`; returns where its
    description is found."""
    tree.put(f"{FOLDER}/key", _KEY)
    tree.put(f"{FOLDER}/rt/metadata", f"[Runtime]\nname=org.example.Platform\n{_RUNTIME}")
    tree.output_of(f"mkdir -p {FOLDER}/rt/usr/bin {FOLDER}/rt/files {FOLDER}/app/export")
    # Both are static. flatpak runs the runtime's ldconfig before the application.
    tree.output_of(f"cp /usr/bin/bash-static {FOLDER}/rt/usr/bin/sh")
    tree.output_of(f"cp /usr/sbin/ldconfig {FOLDER}/rt/usr/bin/ldconfig")
    tree.put(f"{FOLDER}/app/metadata", f"[Application]\nname={APP}\ncommand=hello\n{_RUNTIME}")
    tree.put(f"{FOLDER}/app/files/bin/hello", _PROGRAM, mode=0o755)
    gpg = f"gpg --homedir {FOLDER}/gpg --batch --quiet"
    tree.output_of(f"mkdir -m 700 {FOLDER}/gpg && {gpg} --gen-key {FOLDER}/key 2>&1")
    listed = tree.output_of(f"{gpg} --list-keys --with-colons 2>/dev/null")
    key = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    sign = f"--gpg-sign={key} --gpg-homedir={FOLDER}/gpg"
    for kind, what in (("--runtime", "rt"), ("", "app")):
        tree.output_of(f"flatpak build-export {kind} {sign} {FOLDER}/repo {FOLDER}/{what} 1 2>&1")
    tree.output_of(f"flatpak build-update-repo {sign} {FOLDER}/repo 2>&1")
    public = tree.output_of(f"{gpg} --export {key} | base64 -w0")
    base64.b64decode(public, validate=True)
    description = f"[Flatpak Repo]\nTitle=Test\nUrl={url}/repo\nGPGKey={public}\n"
    tree.put(f"{FOLDER}/example.flatpakrepo", description)
    return f"{url}/example.flatpakrepo"


def take_repository(tree: SystemTree, folder: Path) -> None:
    """Move what a web server needs of it out of the tree, to a `folder` that is there."""
    for name in ("repo", "example.flatpakrepo"):
        shutil.move(tree.top / FOLDER.lstrip("/") / name, folder / name)
