"""The operations as autograd functions under the framework's names: `Merge.apply(x)` is `merge(x)`.

They apply the operations of `hdsl.ops` and `hdsl.tensor`, which have a backward of their own.
"""

from collections.abc import Callable
from typing import Any

import torch

from hdsl.ops import terminal_api
from hdsl.ops.element import lift_backward
from hdsl.ops.expand import Expand, ft_expand
from hdsl.ops.expert import Expert, ft_build_expert_context, ft_expert, ft_legacy_expert
from hdsl.ops.files import ft_read_file, read_file
from hdsl.ops.fork import fork_tensor
from hdsl.ops.index import Index, ft_slice
from hdsl.ops.llm import ft_llm_call, llm_call
from hdsl.ops.mean import ft_mean
from hdsl.ops.moe import st_moe
from hdsl.ops.recurrent import Recurrent, ft_recurrent
from hdsl.ops.retrieve import ft_retrieve_experience
from hdsl.ops.sequential import Sequential, ft_sequential
from hdsl.ops.switch import Switch, ft_switch
from hdsl.ops.text_attention import slice_attention
from hdsl.ops.text_losses import get_edit_distance_ratio
from hdsl.ops.unsqueeze import Unsqueeze, ft_unsqueeze
from hdsl.tensor.merging import merge
from hdsl.tensor.reflection import BackwardFunction
from hdsl.tensor.slicing import slice_tensor, slice_view, st_copy
from hdsl.tensor.sparse import dense_to_sparse, sparse_to_dense
from hdsl.tensor.stacking import st_stack


def _function(
    name: str, operation: Callable[..., Any], backward: BackwardFunction | None = None
) -> type[torch.autograd.Function]:
    """A class whose `apply` is the operation, and whose `backward` is the one that reflections of it name."""

    def forward(ctx: Any, *arguments: Any, **options: Any) -> Any:
        return operation(*arguments, **options)

    about = f"`{name}.apply` is `{operation.__name__}`, with the same arguments."
    members: dict[str, Any] = {"apply": staticmethod(operation), "forward": staticmethod(forward), "__doc__": about}
    if backward is not None:
        members["backward"] = staticmethod(backward)
    return type(name, (torch.autograd.Function,), members)


Merge = _function("Merge", merge)
ForkTensor = _function("ForkTensor", fork_tensor)
SliceAttention = _function("SliceAttention", slice_attention)
SliceView = _function("SliceView", slice_view)
SliceTensor = _function("SliceTensor", slice_tensor)
StStack = _function("StStack", st_stack)
StMoe = _function("StMoe", st_moe)
Copy = _function("Copy", st_copy)
SparseToDense = _function("SparseToDense", sparse_to_dense)
DenseToSparse = _function("DenseToSparse", dense_to_sparse)
GetEditDistanceRatio = _function("GetEditDistanceRatio", get_edit_distance_ratio)
FtSlice = _function("FtSlice", ft_slice, Index.backward)
FtUnsqueeze = _function("FtUnsqueeze", ft_unsqueeze, Unsqueeze.backward)
FtExpand = _function("FtExpand", ft_expand, Expand.backward)
FtMean = _function("FtMean", ft_mean)
FtSequential = _function("FtSequential", ft_sequential, Sequential.backward)
FtSwitch = _function("FtSwitch", ft_switch, Switch.backward)
FtRecurrent = _function("FtRecurrent", ft_recurrent, Recurrent.backward)
FtReadFile = _function("FtReadFile", ft_read_file, lift_backward(read_file))
FtLlmCall = _function("FtLlmCall", ft_llm_call, lift_backward(llm_call))
FtExpert = _function("FtExpert", ft_expert, Expert.backward)
FtLegacyExpert = _function("FtLegacyExpert", ft_legacy_expert, Expert.backward)
FtRetrieveExperience = _function("FtRetrieveExperience", ft_retrieve_experience)
FtBuildExpertContext = _function("FtBuildExpertContext", ft_build_expert_context)
FtSleep = _function("FtSleep", terminal_api.ft_sleep, terminal_api.Sleep.backward)
FtTmuxCreateSession = _function("FtTmuxCreateSession", terminal_api.ft_tmux_create_session)
FtTmuxCapturePane = _function("FtTmuxCapturePane", terminal_api.ft_tmux_capture_pane)
FtTmuxSendText = _function("FtTmuxSendText", terminal_api.ft_tmux_send_text)
FtTmuxSendCtrl = _function("FtTmuxSendCtrl", terminal_api.ft_tmux_send_ctrl)
FtTmuxSendKeys = _function("FtTmuxSendKeys", terminal_api.ft_tmux_send_keys)
