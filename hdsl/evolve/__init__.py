"""Evolution: typed edits of a graph, proposed from traces, checked, measured beside other uses of the same calls."""
