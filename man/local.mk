# SPDX-License-Identifier: ISC
dist_man_MANS += man/natctl.8
dist_man_MANS += man/natd-control.7 man/natd-pf.7
dist_man_MANS += man/natd.8
dist_man_MANS += man/natd.conf.5
