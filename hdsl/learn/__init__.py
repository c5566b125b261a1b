"""Losses, the optimizer and the training loop."""
