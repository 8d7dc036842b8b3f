#!/bin/sh
# What is done after the installation, as soon as it can be: functions for home and for flatpaks. $state is the folder
# for its state and log. Nothing happens by itself.

: "${state:?a folder}"
# shellcheck disable=SC2034 # for whoever reads this file
again=75 # EX_TEMPFAIL of sysexits.h: the unit comes again

# One "name=value" of a file of such lines; nothing where there is none.
value() { sed -n "s/^$1=//p" "$2" 2>/dev/null | tail -n 1; }

# A new file beside the old one: whoever reads sees one of the two.
note() {
    printf 'phase=%s\nwhy=%s\n' "$1" "${2:-}" >"$state/state.new" && mv "$state/state.new" "$state/state"
}

say() {
    echo "$*"
    echo "$*" >>"$state/log"
}

# The number of the log's next line: what a step is about to say begins there.
next_line() { echo $(($(wc -l <"$state/log") + 1)); }

out_of_reach() { # LINE
    tail -n +"$1" "$state/log" | grep -Eqi "could ?n.?t (resolve|connect)|unable to (download|access)|\
(network|host) is unreachable|timed out|temporary failure in name|failed to connect|connection refused|error resolving"
}

# The last error, in the tool's words. Of a signature gpg says the reason in a second line.
last_words() { # LINE
    tail -n +"$1" "$state/log" | sed 's/\x1b\[[0-9;]*m//g' | awk '
        /^ *[Ee]rror:/ { words = $0; sub(/^ *[Ee]rror: */, "", words); on = 1; next }
        on && /^Can.t check signature/ { words = words ": " $0 }
        { on = 0 }
        END { print substr(words, 1, 200) }'
}

# One at a time. "done" is the file that keeps the unit from coming again.
begin() { # WHAT
    mkdir -p "$state"
    exec 9>"$state/lock"
    if ! flock -n 9; then
        echo "$1 already; see its status." >&2
        exit 1
    fi
    : >>"$state/log"
    trap 'note waiting "It was stopped."; exit 143' INT TERM HUP
}
