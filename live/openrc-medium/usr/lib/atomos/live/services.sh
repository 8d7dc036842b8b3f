# shellcheck shell=sh
# What the console has done by the system's services, by OpenRC. live/medium has the same by systemd.

# Says what the unattended installation says, until that has ended.
follow_unattended() {
    log=/run/atomos/unattended.log
    shown=0
    ended=''
    until [ -n "$ended" ]; do
        # Looked at first, so that what is said last is read below.
        if [ -e /run/atomos/unattended.ended ]; then ended=yes; else sleep 1; fi
        [ -e "$log" ] || continue
        size=$(stat -c %s "$log")
        tail -c "+$((shown + 1))" "$log" | head -c "$((size - shown))"
        shown=$size
    done
}

# Returns when the voice is there, or is not going to be.
start_voice() {
    rc-service --quiet --ifexists espeakup start 2>/dev/null || :
}
