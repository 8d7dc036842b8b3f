#!/bin/sh
# Have each file of the package $PACKAGE at $ROOT be another one all through, as in a new version of it:
# the last of every 1000 bytes is left out. For `./dev bench update`.
set -eu
sed 's,^/,,' "$ROOT/var/lib/dpkg/info/$PACKAGE.list" | while IFS= read -r name; do
    file="$ROOT/$name"
    if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
    mode=$(stat -c %a "$file")
    "$PYTHON" -c '
import sys
from pathlib import Path
file = Path(sys.argv[1])
data = file.read_bytes()
file.unlink()
file.write_bytes(b"".join(data[at : at + 999] for at in range(0, len(data), 1000)))
' "$file"
    chmod "$mode" "$file"
done
sed -i "/^Package: ${PACKAGE%%:*}$/,/^$/s/^Version: .*/&+changed/" "$ROOT/var/lib/dpkg/status"
