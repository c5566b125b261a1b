"""What was learned, on disk: tables, the history of their steps, and what people do with both."""
