#!/bin/sh
# A minimal Debian 13 with a kernel, at $ROOT. Live and system image begin here.
set -eu

# The mirror that this machine already uses; a person's proxy or local mirror keeps working.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 !~ /security|updates|backports/ { print $1; exit }')
security=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 ~ /security/ { print $1; exit }')
if [ -z "$mirror" ]; then
    echo "no Debian mirror among this machine's apt sources; run apt-get update first" >&2
    exit 1
fi
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
components="main non-free-firmware"
sources=$(mktemp)
trap 'rm -f "$sources"' EXIT
{
    echo "deb [signed-by=$keyring] $mirror $SUITE $components"
    echo "deb [signed-by=$keyring] $mirror $SUITE-updates $components"
    if [ -n "$security" ]; then
        echo "deb [signed-by=$keyring] $security $SUITE-security $components"
    fi
} >"$sources"
mkdir -p "$CACHE/apt/archives"

# The packages' own hooks would run dracut for 54 s here, and a later step does so again.
mmdebstrap --variant=minbase --mode=root --format=directory --verbose \
    --include="$PACKAGES" \
    --aptopt='APT::Install-Recommends "false"' \
    --essential-hook='chroot "$1" dpkg-divert --quiet --rename --divert /usr/bin/dracut.real --add /usr/bin/dracut' \
    --essential-hook='ln -s true "$1/usr/bin/dracut"' \
    --customize-hook='rm "$1/usr/bin/dracut"' \
    --customize-hook='chroot "$1" dpkg-divert --quiet --rename --remove /usr/bin/dracut' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*/LC_MESSAGES/*' \
    --skip=cleanup/apt/lists \
    "$SUITE" "$ROOT" "$sources"
