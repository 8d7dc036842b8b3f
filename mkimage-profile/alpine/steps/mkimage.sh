#!/bin/sh
# Runs in the Alpine itself (live.sh): makes the installer's packages, then the ISO in /out.
set -eu

apk upgrade --update-cache --available
apk add abuild alpine-conf build-base dosfstools fakeroot grub-efi mtools squashfs-tools syslinux xorriso

# A key for this once: the medium trusts it, beside Alpine's own, for the packages that it carries.
abuild-keygen -a -i -n
cd /root/atomos/installer
abuild -F -r -P /root/packages

# mkimage looks for the apkovl's script in the folder that it is started in.
cd /root/.mkimage
sh /aports/scripts/mkimage.sh --tag "$VERSION" --arch x86_64 --profile atomos --outdir /out \
    --workdir /root/work --hostkeys --repository "$ARCHIVE/main" \
    --extra-repository "$ARCHIVE/community" --extra-repository /root/packages/atomos
