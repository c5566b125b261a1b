"""What scripts written for the framework expect beside the operations themselves: its names, in its manner."""
