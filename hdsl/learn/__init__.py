"""Learning: what steps do to experience, the optimizer, and the training of harnesses."""
