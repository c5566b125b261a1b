"""What a project configures: where it is found, what may be set, and which functions its files may name."""
