#!/bin/sh
# A console font of 256 characters that has half blocks, of which the QR code of a recovery key is drawn.
# Debian's fonts have them only where there are 512 characters, and a VGA text screen pays for those
# with its eight bright colours: red words had a contrast of 2.7 to 1. Ours is Lat15-Fixed16 without
# the signs of the peseta and the florin (9e and 9f).
set -eu
fonts="$ROOT/usr/share/consolefonts"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gunzip -c "$fonts/Lat15-Fixed16.psf.gz" >"$work/theirs.psf"
psfgettable "$work/theirs.psf" "$work/table"
psfstriptable "$work/theirs.psf" "$work/glyphs"

# glyph CODE, with its 16 rows on standard input; they are behind a header of four bytes.
glyph() {
    dd of="$work/glyphs" bs=1 seek=$((4 + 16 * $1)) conv=notrunc status=none
}
blank() { printf '\000%.0s' 1 2 3 4 5 6 7 8; }
full() { printf '\377%.0s' 1 2 3 4 5 6 7 8; }
# move FROM TO: that character of theirs.
move() {
    dd if="$work/theirs.psf" bs=1 skip=$((4 + 16 * $1)) count=16 status=none | glyph "$2"
}
# VGA draws the ninth column of c0 to df like their eighth: half blocks elsewhere have gaps.
move 0xdc 0x9e
move 0xdf 0x9f
{ blank; full; } | glyph 0xdc
{ full; blank; } | glyph 0xdf
sed -E -e '/^0x0?(9e|9f)\b/d' -e 's/^0x0?dc\b/0x9e/' -e 's/^0x0?df\b/0x9f/' "$work/table" >"$work/ours"
printf '0xdc\tU+2584\n0xdf\tU+2580\n' >>"$work/ours"
psfaddtable "$work/glyphs" "$work/ours" "$work/atomos.psf"
gzip -9nc "$work/atomos.psf" >"$fonts/AtomOS-16.psf.gz"
