#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: image.sh DIR PROGRAM...
#
# Makes a machine of Debian's in DIR, unless it is there: kernel, initrd and
# root.img, the release being that of this host.  It has a network card eth0,
# the libraries that each PROGRAM needs, what the network tests call, and a
# shell at its second serial line (shell.sh).  natd is not on it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
[ ! -e "$dir/root.img" ] || exit 0
for prog in debootstrap mkfs.ext4; do
	command -v "$prog" >/dev/null || {
		echo "needs $prog" >&2
		exit 77
	}
done
root=$dir/root

# A library may be installed under a name of before /usr was merged.
libraries() {
	ldd "$@" | awk '$2 == "=>" { print $3 }' | sort -u |
	    while read -r lib; do
		dpkg -S "*/$(basename "$(readlink -f "$lib")")"
	    done | cut -d: -f1 | sort -u
}

release() {
	. /etc/os-release
	echo "$VERSION_CODENAME"
}

install_debian() {
	packages=$(libraries "$@")
	packages="$packages linux-image-$(dpkg --print-architecture)
	    systemd-sysv dbus udev iproute2 iputils-ping kmod netbase nftables
	    procps curl dnsmasq-base dropbear-bin ethtool iperf3 iptables
	    ldnsutils python3 tcpdump traceroute"
	# shellcheck disable=SC2086 # a list
	debootstrap --variant=minbase --include="$(echo $packages | tr ' ' ,)" \
	    "$(release)" "$root" ${MIRROR:+"$MIRROR"}
}

# No more in the initrd than it takes to find the disk.
small_initrd() {
	echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/vm"
	printf '%s\n' virtio_pci virtio_blk ext4 \
	    >"$root/etc/initramfs-tools/modules"
	chroot "$root" update-initramfs -u
	cp "$root"/boot/vmlinuz-* "$dir/vmlinuz"
	cp "$root"/boot/initrd.img-* "$dir/initrd"
}

settle() {
	echo vm >"$root/etc/hostname"
	cat >"$root/etc/fstab" <<-'FSTAB'
		/dev/vda / ext4 rw,noatime 0 1
		tree /mnt 9p trans=virtio,version=9p2000.L,ro,nofail 0 0
	FSTAB
	cat >"$root/etc/systemd/network/eth0.network" <<-'NETWORK'
		[Match]
		Name=eth0
		[Network]
		Address=192.0.2.2/24
		Address=2001:db8::2/64
		IPv6AcceptRA=no
	NETWORK
	install -m 755 "$here/shell.sh" "$root/usr/local/sbin/vm-shell"
	cat >"$root/etc/systemd/system/vm-shell.service" <<-'UNIT'
		[Service]
		ExecStart=/usr/local/sbin/vm-shell
		[Install]
		WantedBy=multi-user.target
	UNIT
	chroot "$root" systemctl -q enable vm-shell systemd-networkd
	chroot "$root" systemctl -q mask apt-daily.timer \
	    apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	    e2scrub_reap.service fstrim.timer getty@tty1.service \
	    serial-getty@ttyS0.service
	mkdir -p "$root/var/log/journal"
}

mkdir -p "$dir"
rm -rf "$root"
echo "making a machine in $dir: this takes some minutes, once"
{
	install_debian "$@"
	small_initrd
	settle
	mkfs.ext4 -q -d "$root" -E lazy_itable_init=1 "$dir/root.part" 3G
} >"$dir/image.log" 2>&1 </dev/null || {
	tail -n 20 "$dir/image.log" >&2
	exit 1
}
rm -rf "$root"
mv "$dir/root.part" "$dir/root.img"
