#!/bin/sh
# Makes a home seed in $OUT, in a chroot of the system image with an empty /nix: what the starter in $STARTER needs
# to be built for anybody, as a signed binary cache. $SOURCES has folders of inputs that are there already, $KEY is
# a secret key of nix, $NIX further lines of nix.conf. What a fresh store has after a build is what a build needs, and nothing else.
set -eu
person=person
export NIX_CONFIG="experimental-features = nix-command flakes
${NIX:-}"
export HOME=/tmp/maker PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
work=/tmp/seed-work
mkdir -p "$HOME" "$work" "$OUT/starter" "$OUT/cache/realisations" "$OUT/cache/log"

for each in ${SOURCES:-}; do
    nix store add --name source "$each"
done
cp -R "$STARTER/." "$work"
system=$(nix eval --impure --raw --expr builtins.currentSystem)
find "$work" -type f | while read -r file; do
    sed -i -e "s|@USER@|$person|g" -e "s|@HOME@|/home/$person|g" -e "s|@SYSTEM@|$system|g" "$file"
done
nix build --no-link "path:$work#homeConfigurations.\"$person\".activationPackage"

# The lock that the build has gone by is that of everybody: by it the inputs are found in the store.
cp -R "$STARTER/." "$OUT/starter"
[ ! -e "$work/flake.lock" ] || cp "$work/flake.lock" "$OUT/starter/flake.lock"
nix path-info --all | grep -v '\.drv$' >"$OUT/paths"
nix copy --to "file://$OUT/cache?compression=zstd&parallel-compression=true&secret-key=$KEY" --stdin <"$OUT/paths"
version=$(nix --version)
{
    echo format=1
    echo "nix=${version##* }"
    echo "system=$system"
    echo "key=$(nix key convert-secret-to-public <"$KEY")"
} >"$OUT/seed"
