" SPDX-License-Identifier: ISC
au BufRead,BufNewFile natd.conf,*.natd.conf setfiletype natd
