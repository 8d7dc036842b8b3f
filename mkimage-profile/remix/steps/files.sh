#!/bin/sh
# Lay files/ of the remix over the tree at $ROOT.
set -eu
"$PYTHON" "$SOURCE/mkimage-profile/remix_files.py" "$REMIX/files" "$ROOT"
