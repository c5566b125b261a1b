"""The kinds of operations, one file a kind; a file's name is what stands behind `as`, its `KIND` the meaning."""
