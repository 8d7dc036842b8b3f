#!/bin/sh
# Install $PACKAGES into the tree at $ROOT.
set -eu
export DEBIAN_FRONTEND=noninteractive
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
# shellcheck disable=SC2086 # a list of package names
chroot "$ROOT" apt-get -q -y -o APT::Install-Recommends=false -o Dpkg::Use-Pty=0 install $PACKAGES
chroot "$ROOT" apt-get clean
rm -f "$ROOT/etc/resolv.conf"
