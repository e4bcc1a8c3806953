" SPDX-License-Identifier: ISC
" Vim syntax file for natd.conf(5).
"
" The keywords are those of the scanner; a test holds the two lists together.
if exists("b:current_syntax")
  finish
endif

syn case match
syn iskeyword @,48-57,_,-

syn match natdComment /#.*$/
syn region natdString start=/"/ skip=/\\"/ end=/"/
syn region natdString start=/'/ skip=/\\'/ end=/'/
syn match natdContinue /\\$/
syn match natdMacro /\$\w\+/
syn match natdMacroDefine /^\s*\w\+\ze\s*=/
syn match natdTable /<[^> \t]\+>/
syn match natdNumber /\<\(0x\x\+\|\d\+\)\>/
syn match natdAddress /\<\d\{1,3}\(\.\d\{1,3}\)\{3}\(\/\d\+\)\?\>/
syn match natdAddress /\<\x\{1,4}:[0-9A-Fa-f:.]*\(\/\d\+\)\?/
syn match natdAddress /::[0-9A-Fa-f:.]*\(\/\d\+\)\?/
syn match natdOperator /->\|!=\|<=\|>=\|<>\|><\|!\|=/
syn match natdTimeout /\<\(tcp\|udp\|icmp\|other\|sctp\|src\|adaptive\)\.\l\+\>/

syn keyword natdStatement anchor antispoof binat binat-anchor block ether
syn keyword natdStatement include
syn keyword natdStatement interface load match nat nat-anchor no pass queue rdr
syn keyword natdStatement rdr-anchor route scrub set table
syn keyword natdTranslation af-to binat-to divert-packet divert-reply divert-to
syn keyword natdTranslation dup-to
syn keyword natdTranslation nat-to nptv6 rdr-to reply-to route-to
syn keyword natdKeyword all allow-opts allow-related any bandwidth bitmask
syn keyword natdKeyword block-policy bridge-to burst code debug default delay
syn keyword natdKeyword dnpipe
syn keyword natdKeyword dnqueue drop endpoint-dependent endpoint-independent
syn keyword natdKeyword fail-policy fastroute file filter fingerprints flags
syn keyword natdKeyword floating
syn keyword natdKeyword flows flush for fragment from global group hairpin
syn keyword natdKeyword hostid
syn keyword natdKeyword icmp-type icmp6-type if-bound in inet inet6 keep l3
syn keyword natdKeyword label
syn keyword natdKeyword least-states limit log loginterface map-e-portset mark
syn keyword natdKeyword matches max max-mss max-pkt-rate max-pkt-size
syn keyword natdKeyword max-src-conn
syn keyword natdKeyword max-src-conn-rate max-src-nodes max-src-states min
syn keyword natdKeyword min-ttl
syn keyword natdKeyword modulate no-df no-route no-sync on once optimization os
syn keyword natdKeyword out
syn keyword natdKeyword overload parent pflow port port-block
syn keyword natdKeyword prefer-ipv6-nexthop
syn keyword natdKeyword preserve-port prio probability proto qlimit quantum
syn keyword natdKeyword quick
syn keyword natdKeyword random random-id rdomain reassemble received-on
syn keyword natdKeyword require-order return return-icmp return-icmp6
syn keyword natdKeyword return-rst ridentifier
syn keyword natdKeyword round-robin rtable rule ruleset-optimization set-tos
syn keyword natdKeyword skip
syn keyword natdKeyword sloppy source-hash source-track state state-defaults
syn keyword natdKeyword state-policy static-port sticky-address syncookies
syn keyword natdKeyword synproxy tag
syn keyword natdKeyword tagged timeout to tos ttl urpf-failed user weight
syn keyword natdProtocol tcp udp icmp icmp6 ipv6-icmp sctp gre esp ah igmp pim
syn keyword natdWord yes rfc pf recheck self egress tun divert xdp pcap
syn keyword natdWord persist const counters via peer address mtu netns queues

hi def link natdComment Comment
hi def link natdString String
hi def link natdContinue Special
hi def link natdMacro Identifier
hi def link natdMacroDefine Identifier
hi def link natdTable Type
hi def link natdNumber Number
hi def link natdAddress Constant
hi def link natdOperator Operator
hi def link natdTimeout Special
hi def link natdStatement Statement
hi def link natdTranslation PreProc
hi def link natdKeyword Keyword
hi def link natdProtocol Type
hi def link natdWord Special

let b:current_syntax = "natd"
