"""What executors cost, and whether what they do is the same."""
