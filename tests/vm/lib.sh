# SPDX-License-Identifier: ISC
#
# What the tests on a machine of their own share; see also tests/net/lib.sh,
# which this file reads.  The machine's only cable, 192.0.2.2 (2001:db8::2),
# ends in the namespace out of this test, 192.0.2.1 (2001:db8::1).
#
#	vm_start	make the image if there is none, and switch on; nothing
#			that happens on the disk stays.  /mnt is this tree, as far
#			as tests need it, and /mnt/dest what `make install' made
#	vm COMMAND	run it there: prints its output, returns its status
#	vm_wait COMMAND	repeat it until it succeeds
#	vm_up		wait until the machine has started
#	vm_reboot	and wait until it is back
#
# Without KVM the machine is some ten times as slow; what is waited for has a
# limit of VM_LIMIT seconds.

. "$top_srcdir/tests/net/lib.sh"
vm_dir=${VM_DIR:-$top_builddir/vm}
vm_limit=${VM_LIMIT:-300}	# s, for whatever is waited for

for _prog in qemu-system-x86_64 nft; do
	command -v "$_prog" >/dev/null || skip "needs $_prog"
done

# The processor, as options; /dev/kvm may be there and of no use.
vm_accel() {
	if sh -c 'echo quit | timeout 5 qemu-system-x86_64 -accel kvm -cpu host \
	    -nodefaults -display none -monitor stdio; exit $?' >/dev/null 2>&1
	then
		echo '-accel kvm -cpu host -smp 2'
	else
		# one, as two do not always find a time that both believe
		echo '-accel tcg -cpu qemu64 -smp 1'
	fi
}

# A cable without questions of who is where: a packet is a packet.
vm_cable() {
	space out
	ip -n "$run-out" tuntap add vm0 mode tap
	ip -n "$run-out" addr add 192.0.2.1/24 dev vm0
	ip -n "$run-out" addr add 2001:db8::1/64 dev vm0 nodad
	ip -n "$run-out" link set vm0 up
	for _addr in 192.0.2.2 2001:db8::2; do
		ip -n "$run-out" neigh add "$_addr" lladdr 52:54:00:00:00:02 \
		    dev vm0
	done
	ns out nft -f - <<-'NFT'
		table netdev heard {
			counter sent { }
			chain c { type filter hook ingress device vm0 priority 0;
				meta protocol { ip, ip6 } counter name sent
			}
		}
	NFT
}

# What the machine sees as /mnt.
vm_tree() {
	mkdir -p "$tmp/tree/tests" "$tmp/tree/rules"
	cp -R "$top_srcdir/tests/net" "$tmp/tree/tests"
	cp -R "$top_srcdir/rules/examples" "$tmp/tree/rules"
	cp "$top_srcdir/README.md" "$top_srcdir/configure.ac" "$tmp/tree"
	for _prog in engine/natd/natd ctl/natctl tests/net/peer tests/net/flow; do
		[ -e "$top_builddir/$_prog" ] || continue
		mkdir -p "$tmp/tree/build/$(dirname "$_prog")"
		cp "$top_builddir/$_prog" "$tmp/tree/build/$_prog"
	done
	make -C "$top_builddir" install DESTDIR="$tmp/tree/dest" \
	    >"$tmp/install.log" 2>&1 || fail "make install"
}

vm_start() {
	sh "$top_srcdir/tests/vm/image.sh" "$vm_dir" \
	    "$top_builddir/engine/natd/natd" "$top_builddir/ctl/natctl" ||
	    skip "no image"
	vm_tree
	vm_cable
	: >"$tmp/port"
	mkfifo "$tmp/port.in" "$tmp/port.out"
	cat "$tmp/port.out" >"$tmp/port" &
	# shellcheck disable=SC2046 # options
	(exec ip netns exec "$run-out" qemu-system-x86_64 $(vm_accel) \
	    -m 2048 -nodefaults -display none \
	    -kernel "$vm_dir/vmlinuz" -initrd "$vm_dir/initrd" \
	    -append 'root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet' \
	    -drive file="$vm_dir/root.img",format=raw,if=virtio,snapshot=on \
	    -virtfs local,path="$tmp/tree",mount_tag=tree,security_model=none,readonly=on \
	    -netdev tap,id=cable,ifname=vm0,script=no,downscript=no \
	    -device virtio-net-pci,netdev=cable,mac=52:54:00:00:00:02 \
	    -serial file:"$tmp/serial.log" -serial pipe:"$tmp/port" \
	    >"$tmp/qemu.log" 2>&1) &
	vm_pid=$!
	vm_up 1
}

# lines PATTERN: how many of what the machine has sent
vm_lines() {
	grep -c "$1" "$tmp/port" || :
}

# vm_until PATTERN N: wait until the machine has sent N lines like that
vm_until() {
	_waited=0
	until [ "$(vm_lines "$1")" -ge "$2" ]; do
		kill -0 "$vm_pid" 2>/dev/null || fail "the machine is gone"
		[ "$_waited" -lt $((vm_limit * 10)) ] ||
		    fail "no answer: $(tail -n 5 "$tmp/port")"
		_waited=$((_waited + 1))
		sleep 0.1
	done
}

vm_up() {
	vm_until '^+' "$1"
}

vm() {
	_nth=$(($(vm_lines '^=') + 1))
	printf '%s\n' "$(printf %s "$*" | tr '\n' ' ')" >"$tmp/port.in"
	vm_until '^=' "$_nth"
	tr -d '\r' <"$tmp/port" | awk -v nth="$_nth" '
	    /^=/ { if (++n == nth) exit substr($0, 2); next }
	    /^\|/ && n == nth - 1 { print substr($0, 2) }'
}

vm_wait() {
	vm "for i in \$(seq 150); do $* && exit; sleep 0.2; done; exit 1"
}

vm_reboot() {
	_boots=$(vm_lines '^+')
	vm 'systemctl --no-block reboot'
	vm_up $((_boots + 1))
}

# How many packets of IP the machine has sent, and how many of our pings it
# has answered.
heard() {
	ns out nft list counter netdev heard sent | awk '/packets/ { print $2 }'
}
answers() {
	ns out nstat -asz IcmpInEchoReps Icmp6InEchoReplies |
	    awk '/Echo/ { n += $2 } END { print n + 0 }'
}
