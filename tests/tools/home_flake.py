"""A flake as home-manager's are, of things that nix makes without any other store: no network.

``activate`` has the interface of home-manager's: it reads HOME, USER and HOME_MANAGER_BACKUP_EXT,
refuses to overwrite what it did not make, links ``home-files`` and sets the two profiles.
"""

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
