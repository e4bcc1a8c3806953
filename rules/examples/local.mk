# SPDX-License-Identifier: ISC
exampledir = $(docdir)/examples
dist_example_DATA =
dist_example_DATA += rules/examples/dmz-binat.conf
dist_example_DATA += rules/examples/gateway.conf
dist_example_DATA += rules/examples/home-router.conf
dist_example_DATA += rules/examples/host.conf
dist_example_DATA += rules/examples/ipv6-filter.conf
dist_example_DATA += rules/examples/port-forwards.conf
dist_example_DATA += rules/examples/server.conf
dist_example_DATA += rules/examples/shared-address.conf
dist_example_DATA += rules/examples/carrier-nat.conf rules/examples/carrier-nat.host
dist_example_DATA += rules/examples/home-openbsd.conf rules/examples/home-openbsd.host
dist_example_DATA += rules/examples/mail.conf rules/examples/mail.host
dist_example_DATA += rules/examples/office-vpn.conf rules/examples/office-vpn.host
dist_example_DATA += rules/examples/web-freebsd.conf rules/examples/web-freebsd.host
