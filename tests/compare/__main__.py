"""``./dev compare``: other installers' pictures for docs/screens.md, and what each of them took."""

import os
from pathlib import Path

from tests.compare import alpine, archinstall, debian, ours, subiquity

if __name__ == "__main__":
    cache = Path(os.environ.get("ATOMOS_CACHE", Path.home() / ".cache" / "atomos"))
    ours.main()
    debian.main(cache)
    alpine.main()
    subiquity.main(cache)
    archinstall.main(cache)
