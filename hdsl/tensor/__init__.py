"""Text tensors: storage, views, slices, diff, patch."""
