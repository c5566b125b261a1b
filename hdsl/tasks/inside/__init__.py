"""Programs that run in the sandbox, by path: they import the standard library and pytest, and nothing of hdsl."""
