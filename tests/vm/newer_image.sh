#!/bin/sh
# Make a newer system image of the tree at $ROOT: with another system account, and two files of /etc
# that are not as before.
set -eu
chroot "$ROOT" useradd --system --uid 700 --home-dir /nonexistent --shell /usr/sbin/nologin _newer
echo 'This is the newer image.' >"$ROOT/etc/issue.net"
echo '## The newer image says so.' >>"$ROOT/etc/nanorc"
