#!/bin/sh
# The catalogues of installer/locale: gathered from the code, and compiled.
#   catalogues.sh refresh        take what the code says now into every .po
#   catalogues.sh make [FOLDER]  make each .mo that is missing or older than its .po, in FOLDER
#                                (installer/locale when absent)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
locale="$root/installer/locale"
command=$1
into=${2:-$locale}

refresh() {
    pot=$(mktemp)
    trap 'rm -f "$pot"' EXIT
    (cd "$root" && find installer backends screens -name '*.py' | LC_ALL=C sort |
        xgettext --language=Python --from-code=UTF-8 --keyword --keyword=_ --keyword=N_ \
            --keyword=ngettext:1,2 --add-location=file --package-name=atomos --files-from=- --output="$pot")
    # The date of extraction would change every file each time.
    sed -i -e '/^"POT-Creation-Date:/d' -e 's/charset=CHARSET/charset=UTF-8/' "$pot"
    for po in "$locale"/*/LC_MESSAGES/atomos.po; do
        # No guesses: what is new stays empty until somebody translates it, and a test says so.
        msgmerge --quiet --update --backup=none --no-fuzzy-matching --add-location=file "$po" "$pot"
        msgattrib --no-obsolete --add-location=file --output-file="$po" "$po"
        msgfmt --check-format --statistics --output-file=/dev/null "$po"
    done
}

make() {
    for po in "$locale"/*/LC_MESSAGES/atomos.po; do
        folder="$into/$(basename "$(dirname "$(dirname "$po")")")/LC_MESSAGES"
        mo="$folder/atomos.mo"
        if [ -n "$(find "$mo" -newer "$po" 2>/dev/null)" ]; then continue; fi
        mkdir -p "$folder"
        # Renamed into place: several tests may make it at once.
        msgfmt --check-format --output-file="$mo.$$" "$po"
        mv "$mo.$$" "$mo"
    done
}

case $command in
refresh) refresh ;;
make) make ;;
*)
    echo "catalogues.sh refresh | make [FOLDER]" >&2
    exit 2
    ;;
esac
