#!/bin/sh
# The contract in its place, and /etc and /var marked as up to date with /usr: without the marks
# systemd rebuilds caches at every start of a system whose root is forgotten.
set -eu
# In a remix any of it may be a link, and an absolute one leads from here to this machine's own files.
case $(readlink -m "$ROOT/usr/lib/atomos") in
"$(readlink -f "$ROOT")"/*) ;;
*)
    echo "/usr/lib/atomos is behind a link that leads out of the tree: make it a relative one" >&2
    exit 1
    ;;
esac
mkdir -p "$ROOT/usr/lib/atomos"
rm -f "$ROOT/usr/lib/atomos/image.yaml"
printf '%s' "$CONTRACT" >"$ROOT/usr/lib/atomos/image.yaml"
chmod 0644 "$ROOT/usr/lib/atomos/image.yaml"
rm -f "$ROOT/etc/.updated" "$ROOT/var/.updated"
touch "$ROOT/usr" "$ROOT/etc/.updated" "$ROOT/var/.updated"
