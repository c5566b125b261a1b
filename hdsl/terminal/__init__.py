"""Terminal sessions in tmux: a server of our own, one control-mode client, shell integration."""
