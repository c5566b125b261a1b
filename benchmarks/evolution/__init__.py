"""A bench of graph search: families of tasks with a planted fault and a known best graph, and some without."""
