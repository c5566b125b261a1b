"""Tools of MCP servers as operations: what was pinned of them, their processes, and their calls within a run."""
