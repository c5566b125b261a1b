"""Types, shapes, signatures, effects; the tree as a flat graph of nodes, and its outputs."""
