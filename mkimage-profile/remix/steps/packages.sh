#!/bin/sh
# Add $PACKAGES to the tree at $ROOT, by its own package manager. $LOCALES are to be made in it later.
set -eu
# shellcheck source=mkimage-profile/remix/steps/network.sh
. "${0%/*}/network.sh"

# The base leaves translations out. What is added speaks the languages of the image: Plasma was English for all.
with_translations() {
    for locale in $(chroot "$ROOT" locale -a) $LOCALES; do
        locale=${locale%%[.@]*}
        printf 'path-include=/usr/share/locale/%s/LC_MESSAGES/*\n' "$locale" "${locale%_*}"
    done | sort -u
}

# shellcheck disable=SC2086 # $PACKAGES is a list of names
by_apt() {
    export DEBIAN_FRONTEND=noninteractive
    lists=$ROOT/var/lib/apt/lists
    chroot "$ROOT" apt-get -q -o APT::Update::Error-Mode=any update
    # Nothing that is made here is younger than the archive: accounts, caches.
    SOURCE_DATE_EPOCH=$(sed -n 's/^Date: //p' "$lists"/*InRelease | while read -r day; do date -d "$day" +%s; done |
        sort -n | tail -n 1)
    export SOURCE_DATE_EPOCH
    # No service is started in a tree that does not run.
    printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
    chmod 755 "$ROOT/usr/sbin/policy-rc.d"
    # Of dpkg's rules the last one counts, and it reads files in the order of their names.
    with_translations >"$ROOT/etc/dpkg/dpkg.cfg.d/zz-translations"
    chroot "$ROOT" apt-get -q -y -o APT::Install-Recommends=false -o Dpkg::Use-Pty=0 install $PACKAGES
    rm "$ROOT/usr/sbin/policy-rc.d" "$ROOT/etc/dpkg/dpkg.cfg.d/zz-translations"
    chroot "$ROOT" apt-get clean
    # The dates of the archive stay until the end.
    find "$lists" -type f ! -name '*InRelease' -delete
}

# shellcheck disable=SC2086 # $PACKAGES is a list of names
by_apk() {
    shadow=$ROOT/etc/shadow
    # In the folder of network.sh, which goes however this ends.
    before=$_saved/shadow
    : >"$before"
    if [ -f "$shadow" ]; then cat "$shadow" >"$before"; fi
    chroot "$ROOT" apk add --no-cache --no-progress $PACKAGES
    # busybox' adduser notes the day, by which the same packages make other bytes tomorrow (shadow(5), third field).
    if [ -f "$shadow" ] && [ ! -L "$shadow" ]; then
        awk -F: -v OFS=: 'FILENAME == ARGV[1] { old[$1]; next } !($1 in old) { $3 = "" } 1' "$before" "$shadow" \
            >"$before.new"
        cat "$before.new" >"$shadow"
    fi
}

if [ -x "$ROOT/usr/bin/apt-get" ]; then
    by_apt
elif [ -x "$ROOT/sbin/apk" ]; then
    by_apk
else
    echo "the base has neither apt-get nor apk, so nothing can be added to it: leave \`packages\` out" >&2
    exit 1
fi
