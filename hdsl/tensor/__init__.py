"""Text tensors: storage, views, slices, diff, patch. Importing the package gives torch.Tensor its `st_` methods."""

from hdsl.tensor.methods import register_tensor_ops

register_tensor_ops()
