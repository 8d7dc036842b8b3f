#!/bin/sh
# Take out of the tree at $ROOT what no image has: an identity, and what is another in each build.
set -eu
# shellcheck source=mkimage-profile/inside.sh
. "${0%/*}/../../inside.sh"
cd "$ROOT"
for folder in etc etc/ssh root usr/lib/sysimage var var/lib var/lib/dpkg var/lib/dbus var/lib/apt/lists \
    var/lib/systemd var/cache var/cache/apt var/cache/apk var/cache/ldconfig var/cache/debconf var/log; do
    [ -e "$folder" ] || [ -L "$folder" ] || continue
    inside "$folder"
done
if [ -e etc/machine-id ] || [ -L etc/machine-id ]; then
    rm -f etc/machine-id
    : >etc/machine-id
fi
rm -f etc/ssh/ssh_host_*_key etc/ssh/ssh_host_*_key.pub etc/passwd- etc/group- etc/shadow- etc/gshadow- etc/subuid- \
    etc/subgid- var/lib/dbus/machine-id
rm -rf var/lib/apt/lists/* var/cache/apt/*.bin var/cache/apk/* var/log/*.log var/log/apt var/cache/ldconfig/aux-cache \
    var/cache/man var/cache/debconf/*-old var/lib/systemd/random-seed root/.cache root/.bash_history root/.ash_history
find usr/lib/sysimage var/lib/dpkg/ -name '*-old' -delete 2>/dev/null || true
