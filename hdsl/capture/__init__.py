"""What an agent or a person does in a shell, recorded as it happens."""
