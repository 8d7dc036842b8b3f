"""For tests: the root of an Alpine before it becomes an image, as its folders, top first; and the
folder that has the installer's APKBUILD."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "alpine"), str(HERE / "debian"), str(HERE.parent)]

import alpine_recipe  # noqa: E402
from aport import build_aport  # noqa: E402
from installer import VERSION  # noqa: E402
from layers import build_layers, one_build_at_a_time  # noqa: E402
from stoppable import stoppable  # noqa: E402

if __name__ == "__main__":
    places = {"SOURCE": str(HERE.parent), "PYTHON": sys.executable}
    keys = tuple(sorted((HERE.parent / "tests/keys").glob("*.gpg")))
    with stoppable(), one_build_at_a_time():
        if sys.argv[1:] == ["aport"]:
            print(build_aport(VERSION, keys, places))
        else:
            made = build_layers(alpine_recipe.root_steps(), places)
            print(":".join(str(layer.path) for layer in reversed(made)))
