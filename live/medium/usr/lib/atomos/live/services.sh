# shellcheck shell=sh
# What the console has done by the system's services, by systemd. live/openrc-medium has the same by OpenRC.

# Says what the unattended installation says, until that has ended.
follow_unattended() {
    journalctl --quiet --output=cat --follow --lines=all --unit=atomos-unattended.service &
    follower=$!
    systemctl start atomos-unattended.service || :
    journalctl --sync || :
    kill "$follower"
}

# Returns when the voice is there, or is not going to be.
start_voice() {
    systemctl start espeakup.service 2>/dev/null || :
}
