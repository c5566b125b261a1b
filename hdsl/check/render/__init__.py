"""How diagnostics are shown: one file an output format, each with `render(diagnostics, files, colour=False)`."""
