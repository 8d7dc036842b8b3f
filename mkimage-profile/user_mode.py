"""The tree of tests/user_mode: prints the folders of its layers, the topmost first."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "debian"), str(HERE.parent)]

import recipe  # noqa: E402
from layers import build_layers, one_build_at_a_time  # noqa: E402
from stoppable import stoppable  # noqa: E402

if __name__ == "__main__":
    places = {"SOURCE": str(HERE.parent), "PYTHON": sys.executable}
    with stoppable(), one_build_at_a_time():
        made = build_layers(recipe.user_mode_steps(HERE.parent), places)
    print(*(layer.path for layer in reversed(made)), sep="\n")
