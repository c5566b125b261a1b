"""Text to tree and back: the grammar, the parser with recovery, spans, the formatter."""
