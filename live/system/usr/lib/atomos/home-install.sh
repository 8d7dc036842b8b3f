#!/bin/sh
# A person's home at installation: functions for "home install", which the installer runs as root in the installed
# tree, with processes of its own (unshare --pid): what is left running ends with it. In a system that runs it takes a
# seed later. Nothing happens by itself.

# shellcheck disable=SC2034 # for whoever reads this file
refused=65 # EX_DATAERR of sysexits.h: the seed is not what it should be
seed_roots=

# As the person, with nothing of the installer's environment but the proxy.
as_person() {
    runuser -u "$person" -- env -i HOME="$home" USER="$person" LOGNAME="$person" LANG=C.UTF-8 \
        PATH=/usr/local/bin:/usr/bin:/bin http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
        NIX_CONFIG="$config" ATOMOS_HOME_STARTER="$starter_from" "$@"
}

# Whoever called reads the line that begins with "why=".
end_with() { # STATUS WHY
    echo "why=$2"
    exit "$1"
}

begin_daemon() {
    [ ! -d /run/systemd/system ] || return 0 # a socket starts it there
    trap end_daemon EXIT
    # /tmp is memory here, and builds may be large.
    TMPDIR=/var/tmp NIX_CONFIG=$config nix-daemon --daemon >/tmp/nix-daemon.log 2>&1 &
    daemon=$!
    timeout 20 sh -c 'until test -S /nix/var/nix/daemon-socket/socket; do sleep 0.1; done' ||
        end_with 1 "nix-daemon did not start: $(tail -n 1 /tmp/nix-daemon.log)"
}

end_daemon() {
    [ -z "${daemon:-}" ] || kill "$daemon" 2>/dev/null || :
    rm -f /nix/var/nix/daemon-socket/socket
}

# What the seed says of itself, before a byte of it comes into the store. A file:// store whose folder is not there
# is made, and an empty one has nothing that is wrong: so it is looked for first.
check_seed() { # SEED
    for file in seed paths starter/flake.nix cache/nix-cache-info; do
        [ -s "$1/$file" ] || end_with $refused "the home seed is incomplete: it has no $file"
    done
    [ "$(value format "$1/seed")" = 1 ] ||
        end_with $refused "the home seed has a format that this system does not know"
    version=$(nix --version)
    version=${version##* }
    made_by=$(value nix "$1/seed")
    [ "${version%.*}" = "${made_by%.*}" ] ||
        end_with $refused "the home seed was made for nix $made_by, and the system has $version"
    if grep -vqE '^/nix/store/[0-9a-z]{32}-[^/]+$' "$1/paths"; then
        end_with $refused "the home seed is damaged: its list of paths has something else"
    fi
}

# Its paths come into the store when they are whole and signed by its key, which is trusted for nothing else. They
# are held until the home is set up, also when that is at the first login, without a network.
take_seed() { # SEED
    check_seed "$1"
    mkdir -p "$1/cache/realisations" "$1/cache/log"
    if ! nix copy --from "file://$1/cache" --stdin --option substituters "" --option require-sigs true \
        --option trusted-public-keys "$(value key "$1/seed")" <"$1/paths" >"$1/log" 2>&1; then
        cat "$1/log"
        while read -r path; do [ ! -e "$path" ] || echo "$path"; done <"$1/paths" |
            xargs -r nix-store --delete >/dev/null 2>&1 || :
        words=$(sed 's/\x1b\[[0-9;]*m//g; s/^ *error: *//' "$1/log" | grep -v '^$' | tail -n 1 | cut -c 1-200)
        case $words in *"o space left"*) end_with 1 "$words" ;; esac
        end_with $refused "the home seed is damaged: $words"
    fi
    mkdir -p "$seed_roots"
    while read -r path; do ln -sfn "$path" "$seed_roots/${path##*/}"; done <"$1/paths"
    chown -Rh "$person": "$seed_roots"
}

install_home() { # NAME [SEED]
    umask 022 # the installer keeps what it writes to root
    person=$1
    home=$(getent passwd "$person" | cut -d: -f6)
    state=$home/.local/state/atomos/home
    seed_roots=/nix/var/nix/gcroots/atomos/$person/seed
    config="connect-timeout = 10
download-attempts = 2"
    starter_from=
    systemd-tmpfiles --create atomos-nix.conf nix-daemon.conf 2>&1 || :
    as_person systemd-tmpfiles --user --create atomos-nix.conf nix-daemon.conf 2>&1 || :
    if [ -n "${2:-}" ]; then
        take_seed "$2"
        starter_from=$2/starter
        config="substituters ="
    fi
    begin_daemon
    status=0
    as_person /usr/lib/atomos/home setup || status=$?
    [ $status = 0 ] || end_with $status "$(value why "$state/state")"
    du -sk /nix/store | sed 's/\t.*//; s/^/kib=/'
}
