#!/bin/sh
# What a new system begins with: the home-manager starter in $HOME_FOLDER, and the word $FLATPAKS that flatpaks
# of /usr/lib/atomos reads.
set -eu
if [ -n "$HOME_FOLDER" ]; then
    mkdir -p "$ROOT/usr/share/atomos/home"
    for name in home.nix flake.nix; do
        install -m 644 "$REMIX/$HOME_FOLDER/$name" "$ROOT/usr/share/atomos/home/$name"
    done
fi
if [ -n "$FLATPAKS" ]; then
    mkdir -p "$ROOT/etc/atomos"
    printf '%s' "$FLATPAKS" >"$ROOT/etc/atomos/flatpaks"
    chmod 644 "$ROOT/etc/atomos/flatpaks"
fi
