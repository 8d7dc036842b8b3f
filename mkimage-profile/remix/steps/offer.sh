#!/bin/sh
# The live system at $ROOT begins with the answers $OFFER, which name the release on its own medium. They are put
# where a volume of answers is copied to, before any console looks there; one that is attached takes their place.
set -eu
mkdir -p "$ROOT/usr/share/atomos" "$ROOT/usr/lib/tmpfiles.d"
printf '%s' "$OFFER" >"$ROOT/usr/share/atomos/offer.yaml"
chmod 644 "$ROOT/usr/share/atomos/offer.yaml"
cat >"$ROOT/usr/lib/tmpfiles.d/atomos-offer.conf" <<'END'
d /run/atomos/answers 0700 root root -
C /run/atomos/answers/answers.yaml 0600 root root - /usr/share/atomos/offer.yaml
END
