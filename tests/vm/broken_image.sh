#!/bin/sh
# Make a newer system image of the tree at $ROOT that does not come up: $BREAKS says in which way.
set -eu
units="$ROOT/usr/lib/systemd/system"
case $BREAKS in
panic) deed='echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger' ;;
hang)
    # Leaves no processor to anything else, systemd and its word to the watchdog included: each loop has its own, and is
    # started by somebody whom the first one does not keep from that. From Linux 6.12 on a "fair server" leaves a twentieth
    # of each to whatever is no real-time process, which was enough for that word (sched-deadline.rst).
    cat >"$ROOT/usr/lib/atomos/hang" <<'END'
#!/bin/sh
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
for each in /sys/kernel/debug/sched/fair_server/*/runtime; do
    if [ -e "$each" ]; then echo 0 >"$each"; fi
done
for each in $(seq 0 $(($(nproc) - 1))); do
    taskset -c "$each" chrt --fifo 99 sh -c 'while :; do :; done' &
done
wait
END
    chmod 755 "$ROOT/usr/lib/atomos/hang"
    deed='echo -1 >/proc/sys/kernel/sched_rt_runtime_us; exec chrt --fifo 98 /usr/lib/atomos/hang'
    ;;
login) deed='exit 1' ;;
esac
cat >"$ROOT/usr/lib/atomos/broken" <<END
#!/bin/sh
echo 'This image is about to $BREAKS.'
[ '$BREAKS' = login ] || sleep 15
$deed
END
chmod 755 "$ROOT/usr/lib/atomos/broken"
cat >"$units/atomos-broken.service" <<END
[Unit]
Description=What this image is broken by
After=systemd-journal-flush.service atomos-keep-log.service
[Service]
Type=oneshot
ExecStart=/usr/lib/atomos/broken
END
mkdir -p "$units/multi-user.target.requires"
ln -s ../atomos-broken.service "$units/multi-user.target.requires/atomos-broken.service"
