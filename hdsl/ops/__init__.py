"""One file an operation: what it does when it is pulled and what it says when gradients come back."""
