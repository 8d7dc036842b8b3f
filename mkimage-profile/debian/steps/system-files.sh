#!/bin/sh
# Put what makes a Debian an AtomOS into the tree at $ROOT, before an initramfs takes some of it.
set -eu
cp -R "$SOURCE/live/system/." "$ROOT/"
