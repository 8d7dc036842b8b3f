# shellcheck shell=sh
# Names can be looked up in the tree at $ROOT as long as a step runs; sourced by steps. What the tree has in
# place of resolv.conf, which may be a link, comes back in the end.
_resolv=$ROOT/etc/resolv.conf
_saved=$(mktemp -d)

network_off() {
    rm -f "$_resolv"
    if [ -e "$_saved/resolv.conf" ] || [ -L "$_saved/resolv.conf" ]; then
        cp -a "$_saved/resolv.conf" "$_resolv"
    fi
    rm -rf "$_saved"
}

if [ -e "$_resolv" ] || [ -L "$_resolv" ]; then cp -a "$_resolv" "$_saved/resolv.conf"; fi
trap network_off EXIT
trap 'exit 130' INT TERM HUP
rm -f "$_resolv"
mkdir -p "$ROOT/etc"
cp /etc/resolv.conf "$_resolv"
