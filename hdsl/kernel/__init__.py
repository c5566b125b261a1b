"""What answers: one request and answer type, and the kernels behind them."""
