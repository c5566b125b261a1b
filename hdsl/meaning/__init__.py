"""What each kind of operation asks of its inputs, as plain data for graph, check, cost, lowering and operations."""
