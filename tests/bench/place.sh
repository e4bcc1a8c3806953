# SPDX-License-Identifier: ISC
#
# Where the work of a comparison runs; for the scripts beside it.
#
#	apart	the end points on processor 0, the router on processor 1, as a
#		router is a machine of its own
#	shared	wherever the scheduler puts it: the end points pay for each
#		cycle of the router
#
# place apart|shared	sets $ends, to stand before an end point's command
# steer NAME IF WHO	the packets that IF in the namespace NAME receives are
#			worked on where WHO (ends, router) is
# pin_router PID	the same for a process of the router

place() {
	placed=$1
	ends=
	[ "$placed" = shared ] || ends='taskset -c 0'
}

# veth and TUN hand a super-packet over in the sender's context, without NAPI:
# receive packet steering moves it.
steer() {
	_mask=0
	case $placed-$3 in
	apart-ends) _mask=1 ;;
	apart-router) _mask=2 ;;
	esac
	ns "$1" sh -c "for q in /sys/class/net/$2/queues/rx-*/rps_cpus; do
		echo $_mask >\"\$q\"
	done"
}

pin_router() {
	_cpus=0-$(($(nproc) - 1))
	[ "$placed" = shared ] || _cpus=1
	taskset -apc "$_cpus" "$1" >/dev/null
}
