# SPDX-License-Identifier: ISC
#
# Completion for shells, written from natctl's table of words while natd is
# built, and what vim knows of natd.conf.
noinst_PROGRAMS += ctl/gencomp
ctl_gencomp_SOURCES = ctl/gencomp.c ctl/cmdwords.c ctl/options.h
ctl_gencomp_LDADD = $(BSD_LIBS)

bashcompdir = $(datadir)/bash-completion/completions
nodist_bashcomp_DATA = contrib/bash/natctl
zshcompdir = $(datadir)/zsh/site-functions
nodist_zshcomp_DATA = contrib/zsh/_natctl
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_fishcomp_DATA = contrib/fish/natctl.fish
CLEANFILES += contrib/bash/natctl contrib/zsh/_natctl \
	contrib/fish/natctl.fish

contrib/bash/natctl contrib/zsh/_natctl contrib/fish/natctl.fish: \
    ctl/gencomp$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	    ctl/gencomp$(EXEEXT) $$(basename $(@D)) >$@.tmp && mv $@.tmp $@

vimsyntaxdir = $(datadir)/vim/vimfiles/syntax
dist_vimsyntax_DATA = contrib/vim/syntax/natd.vim
vimftdetectdir = $(datadir)/vim/vimfiles/ftdetect
dist_vimftdetect_DATA = contrib/vim/ftdetect/natd.vim
