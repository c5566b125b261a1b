"""In and out: tools of MCP servers as operations; harnesses as MCP tools, skills, plugins, packages and Python."""
