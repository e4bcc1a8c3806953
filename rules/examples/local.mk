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
