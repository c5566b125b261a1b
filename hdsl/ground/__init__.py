"""What every room needs and none owns: files, JSON Lines, text that is safe to show, secrets that are hidden."""
