"""A flake as home-manager's are, of things that nix makes without any other store: no network.

``activate`` has the interface of home-manager's: it reads HOME, USER and HOME_MANAGER_BACKUP_EXT,
refuses to overwrite what it did not make, links ``home-files`` and sets the two profiles.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ACTIVATE: Final = """\
#!/bin/sh
set -eu
: "$USER" "$HOME"
gen=$(dirname "$0")
new=$(readlink -f "$gen/home-files")
state=${XDG_STATE_HOME:-$HOME/.local/state}/nix/profiles
[ -d "$state" ] || { echo "error: no folder for profiles" >&2; exit 1; }
cd "$new"
for path in $(find . ! -type d); do
    target=$HOME/${path#./}
    if [ -e "$target" ] && [ ! -L "$target" ]; then
        if [ -z "${HOME_MANAGER_BACKUP_EXT:-}" ]; then
            echo "error: Existing file '$target' would be clobbered" >&2
            exit 1
        fi
        mv "$target" "$target.$HOME_MANAGER_BACKUP_EXT"
    fi
    mkdir -p "$(dirname "$target")"
    ln -sfn "$new/${path#./}" "$target"
done
@MORE@
nix-env --profile "$state/home-manager" --set "$gen"
nix profile install "$(cat "$gen/manifest.nix")"
"""
FLAKE: Final = """\
{
  outputs = { self }: {
    homeConfigurations."ada".activationPackage =
      let
        from = name: builtins.path { inherit name; path = ./. + "/${name}"; };
        # Made in the sandbox, by the shell that is in there. It says where the programs are.
        made = derivation {
          name = "made";
          system = "x86_64-linux";
          builder = "/bin/sh";
          args = [ "-c" "echo ${from "home-manager-path"} > $out" ];
        };
      in derivation {
        name = "home-manager-generation";
        system = "x86_64-linux";
        builder = "builtin:buildenv";
        derivations = [ "true" "5" "1" (from "generation") ];
        manifest = made;
      };
  };
}
"""
STARTER: Final = """\
{
  inputs.tools = { url = "github:atomos-test/tools"; flake = false; };
  outputs = { self, tools }: {
    homeConfigurations."@USER@".activationPackage =
      let
        from = name: builtins.path { inherit name; path = ./. + "/${name}"; };
        path = builtins.path { name = "home-manager-path"; path = tools; };
        made = derivation {
          name = "made";
          system = "@SYSTEM@";
          builder = "/bin/sh";
          args = [ "-c" "echo ${path} > $out" ];
        };
      in derivation {
        name = "home-manager-generation";
        system = "@SYSTEM@";
        builder = "builtin:buildenv";
        derivations = [ "true" "5" "1" (from "generation") ];
        manifest = made;
      };
  };
}
"""
"""Its input is on a server that nobody reaches here: without a seed it cannot be built."""


def write_starter(folder: Path, tools: Path, *, more: str = "") -> Path:
    """A starter in `folder`, for whoever it is filled in for, and its input in `tools`."""
    write_flake(folder, greeting="hello @USER@", more=more)
    (folder / "home-manager-path").rename(tools)
    (tools / "bin/greet").write_text("#!/bin/sh\necho hello\n")
    (folder / "flake.nix").write_text(STARTER)
    names = {"owner": "atomos-test", "repo": "tools", "type": "github"}
    digest = hashlib.sha256(b"".join((_word(b"nix-archive-1"), *_archived(tools)))).digest()
    locked = {
        **names,
        "lastModified": 1700000000,
        "narHash": f"sha256-{base64.b64encode(digest).decode()}",
        "rev": "0123456789abcdef0123456789abcdef01234567",
    }
    nodes = {
        "root": {"inputs": {"tools": "tools"}},
        "tools": {"flake": False, "locked": locked, "original": names},
    }
    lock = {"nodes": nodes, "root": "root", "version": 7}
    (folder / "flake.lock").write_text(json.dumps(lock))
    return folder


def _archived(path: Path) -> Iterator[bytes]:
    """A file or folder as nix hashes it (nix manual, "Nix Archive Format")."""
    yield _word(b"(") + _word(b"type")
    if path.is_dir():
        yield _word(b"directory")
        for each in sorted(path.iterdir()):
            yield _word(b"entry") + _word(b"(") + _word(b"name") + _word(each.name.encode())
            yield _word(b"node")
            yield from _archived(each)
            yield _word(b")")
    else:
        yield _word(b"regular")
        if path.stat().st_mode & 0o100:
            yield _word(b"executable") + _word(b"")
        yield _word(b"contents") + _word(path.read_bytes())
    yield _word(b")")


def _word(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data + bytes(-len(data) % 8)


def write_flake(folder: Path, *, greeting: str = "hello", more: str = "") -> Path:
    """The flake in `folder`; `more` is what its activation does besides."""
    parts = folder / "generation"
    (folder / "home-manager-path/bin").mkdir(parents=True, exist_ok=True)
    (parts / "home-files/.config").mkdir(parents=True, exist_ok=True)
    tool = folder / "home-manager-path/bin/greet"
    tool.write_text(f"#!/bin/sh\necho {greeting}\n")
    tool.chmod(0o755)
    (parts / "home-files/.bashrc").write_text(f"# {greeting}\n")
    (parts / "home-files/.config/greeting").write_text(f"{greeting}\n")
    activate = parts / "activate"
    activate.write_text(ACTIVATE.replace("@MORE@", more))
    activate.chmod(0o755)
    (folder / "flake.nix").write_text(FLAKE)
    return folder
