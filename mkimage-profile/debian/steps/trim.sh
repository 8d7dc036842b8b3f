#!/bin/sh
# The small weight: drop the kernel modules of hardware that no virtual machine has. Of drivers/mfd
# stays what the watchdog of QEMU's q35, as of other machines with an Intel chipset, is a part of.
# Of sound stays what QEMU's sound card needs, for speech. What needs a dropped module goes too: udev would try again and again to load the driver of QEMU's
# screen (bochs), in vain. The console is the firmware's framebuffer.
set -eu
release=$(basename "$ROOT"/usr/lib/modules/*)
kernel="$ROOT/usr/lib/modules/$release/kernel"
for folder in sound drivers/media drivers/infiniband drivers/staging drivers/iio drivers/isdn \
    drivers/hwmon drivers/accel drivers/platform drivers/comedi drivers/gpu drivers/input/touchscreen \
    drivers/net/wireless drivers/net/ethernet drivers/net/usb drivers/net/can drivers/bluetooth \
    drivers/mtd drivers/leds drivers/power drivers/edac drivers/thunderbolt drivers/firewire \
    drivers/mfd drivers/rtc drivers/usb/serial drivers/usb/gadget drivers/usb/misc drivers/w1 \
    drivers/video drivers/ufs drivers/target drivers/pcmcia drivers/parport drivers/soundwire \
    net/bluetooth net/nfc net/can net/sctp net/tipc net/batman-adv net/ceph net/openvswitch net/netfilter \
    net/ipv4/netfilter net/ipv6/netfilter net/bridge net/dccp net/atm net/ax25 net/sunrpc net/rxrpc net/9p \
    net/6lowpan net/ieee802154 net/mac802154 \
    fs/ocfs2 fs/gfs2 fs/ceph fs/smb fs/nfs fs/nfsd fs/afs fs/jfs fs/reiserfs fs/nilfs2 fs/f2fs fs/ubifs \
    fs/orangefs fs/coda fs/hfs fs/hfsplus fs/ufs fs/xfs fs/dlm fs/bcachefs; do
    find "$kernel/$folder" -name '*.ko*' ! -path '*/virtual/*' ! -path '*/intel/e1000*' \
        ! -name 'lpc_ich.ko*' ! -name 'intel_pmc_bxt.ko*' ! -path '*/sound/soundcore.ko*' \
        ! -path '*/sound/core/snd.ko*' ! -path '*/sound/core/snd-timer.ko*' ! -path '*/sound/core/snd-pcm.ko*' \
        ! -path '*/sound/core/snd-hwdep.ko*' ! -path '*/sound/hda/*' ! -path '*/hda/snd-hda-intel.ko*' \
        ! -path '*/hda/snd-hda-codec.ko*' ! -path '*/hda/snd-hda-codec-generic.ko*' -delete 2>/dev/null || true
done
chroot "$ROOT" depmod "$release"
