"""What type checkers read in place of __init__.py; made by `python -m hdsl.publish`."""

from hdsl.check.entry import CheckError as CheckError
from hdsl.future.context import BudgetSpent as BudgetSpent
from hdsl.future.context import RunContext as RunContext
from hdsl.future.context import RunEnded as RunEnded
from hdsl.future.context import use_context as use_context
from hdsl.future.future_tensor import FutureTensor as FutureTensor
from hdsl.future.status import Status as Status
from hdsl.ground.errors import HdslError as HdslError
from hdsl.learn.module import HarnessModule as HarnessModule
from hdsl.learn.module import load as load
from hdsl.learn.sgd import StSGD as StSGD
from hdsl.learn.start import train as train
from hdsl.ops.element import apply_operation as apply_operation
from hdsl.ops.element import lift as lift
from hdsl.ops.exit_status import get_exit_status as get_exit_status
from hdsl.ops.expand import ft_expand as ft_expand
from hdsl.ops.expert import ft_build_expert_context as ft_build_expert_context
from hdsl.ops.expert import ft_expert as ft_expert
from hdsl.ops.expert import ft_legacy_expert as ft_legacy_expert
from hdsl.ops.files import ft_read_file as ft_read_file
from hdsl.ops.fork import fork_tensor as fork_tensor
from hdsl.ops.forwarded import ft_from_tensor as ft_from_tensor
from hdsl.ops.forwarded import ft_make_forwarded as ft_make_forwarded
from hdsl.ops.gate import ft_gate as ft_gate
from hdsl.ops.index import ft_slice as ft_slice
from hdsl.ops.learning import inverted_by as inverted_by
from hdsl.ops.learning import learns_by as learns_by
from hdsl.ops.llm import ft_llm_call as ft_llm_call
from hdsl.ops.losses import loss as loss
from hdsl.ops.marks import blocking as blocking
from hdsl.ops.marks import isolated as isolated
from hdsl.ops.marks import tensor_operation as tensor_operation
from hdsl.ops.mean import ft_mean as ft_mean
from hdsl.ops.merge import ft_merge as ft_merge
from hdsl.ops.moe import StMoeModule as StMoeModule
from hdsl.ops.moe import st_moe as st_moe
from hdsl.ops.query import get_query_tensor as get_query_tensor
from hdsl.ops.query import select_qkv_indexes as select_qkv_indexes
from hdsl.ops.recurrent import ft_recurrent as ft_recurrent
from hdsl.ops.retrieve import ft_retrieve_experience as ft_retrieve_experience
from hdsl.ops.sequential import ft_sequential as ft_sequential
from hdsl.ops.site import Pull as Pull
from hdsl.ops.site import Site as Site
from hdsl.ops.stack import ft_stack as ft_stack
from hdsl.ops.switch import ft_switch as ft_switch
from hdsl.ops.terminal_api import ft_ps1_shows_up as ft_ps1_shows_up
from hdsl.ops.terminal_api import ft_sleep as ft_sleep
from hdsl.ops.terminal_api import ft_terminal_idle_gate as ft_terminal_idle_gate
from hdsl.ops.terminal_api import ft_tmux_capture_pane as ft_tmux_capture_pane
from hdsl.ops.terminal_api import ft_tmux_create_session as ft_tmux_create_session
from hdsl.ops.terminal_api import ft_tmux_send_ctrl as ft_tmux_send_ctrl
from hdsl.ops.terminal_api import ft_tmux_send_keys as ft_tmux_send_keys
from hdsl.ops.terminal_api import ft_tmux_send_text as ft_tmux_send_text
from hdsl.ops.terminal_api import ft_tmux_speculative_complete as ft_tmux_speculative_complete
from hdsl.ops.text_attention import get_causal_attention_mask as get_causal_attention_mask
from hdsl.ops.text_attention import slice_and_concat_attention_forward as slice_and_concat_attention_forward
from hdsl.ops.text_attention import slice_attention as slice_attention
from hdsl.ops.text_attention import st_attention as st_attention
from hdsl.ops.text_losses import get_contains as get_contains
from hdsl.ops.text_losses import get_edit_distance_ratio as get_edit_distance_ratio
from hdsl.ops.text_losses import get_exact_match as get_exact_match
from hdsl.ops.text_losses import get_score as get_score
from hdsl.ops.texts import ft_first_line as ft_first_line
from hdsl.ops.unsqueeze import ft_unsqueeze as ft_unsqueeze
from hdsl.ops.validate import ft_validate_ctrl as ft_validate_ctrl
from hdsl.porting.agents import AgentTask as AgentTask
from hdsl.porting.agents import TaskHandler as TaskHandler
from hdsl.porting.backward import fork_tensor_backward as fork_tensor_backward
from hdsl.porting.backward import get_edit_distance_ratio_backward_impl as get_edit_distance_ratio_backward_impl
from hdsl.porting.backward import merge_backward as merge_backward
from hdsl.porting.backward import slice_attention_backward as slice_attention_backward
from hdsl.porting.backward import st_moe_backward as st_moe_backward
from hdsl.porting.coordinates import convert_nested_list_coordinates_to_pairs_coordinates as convert_nested_list_coordinates_to_pairs_coordinates
from hdsl.porting.coordinates import group_random_select as group_random_select
from hdsl.porting.coordinates import transpose_pairs_coordinates as transpose_pairs_coordinates
from hdsl.porting.default_prompts import default_prompt_for_grad_exp_key as default_prompt_for_grad_exp_key
from hdsl.porting.default_prompts import default_prompt_for_grad_exp_value as default_prompt_for_grad_exp_value
from hdsl.porting.default_prompts import default_prompt_for_grad_input as default_prompt_for_grad_input
from hdsl.porting.default_prompts import default_prompt_for_output as default_prompt_for_output
from hdsl.porting.default_prompts import default_prompt_for_query as default_prompt_for_query
from hdsl.porting.forwards import copy_impl as copy_impl
from hdsl.porting.forwards import expand_forward as expand_forward
from hdsl.porting.forwards import fork_tensor_forward as fork_tensor_forward
from hdsl.porting.forwards import get_edit_distance_ratio_impl as get_edit_distance_ratio_impl
from hdsl.porting.forwards import merge_forward as merge_forward
from hdsl.porting.forwards import sequential_forward as sequential_forward
from hdsl.porting.forwards import slice_attention_forward as slice_attention_forward
from hdsl.porting.forwards import slice_forward as slice_forward
from hdsl.porting.forwards import st_moe_forward as st_moe_forward
from hdsl.porting.forwards import switch_forward as switch_forward
from hdsl.porting.forwards import unsqueeze_forward as unsqueeze_forward
from hdsl.porting.functions import Copy as Copy
from hdsl.porting.functions import DenseToSparse as DenseToSparse
from hdsl.porting.functions import ForkTensor as ForkTensor
from hdsl.porting.functions import FtBuildExpertContext as FtBuildExpertContext
from hdsl.porting.functions import FtExpand as FtExpand
from hdsl.porting.functions import FtExpert as FtExpert
from hdsl.porting.functions import FtLegacyExpert as FtLegacyExpert
from hdsl.porting.functions import FtLlmCall as FtLlmCall
from hdsl.porting.functions import FtMean as FtMean
from hdsl.porting.functions import FtReadFile as FtReadFile
from hdsl.porting.functions import FtRecurrent as FtRecurrent
from hdsl.porting.functions import FtRetrieveExperience as FtRetrieveExperience
from hdsl.porting.functions import FtSequential as FtSequential
from hdsl.porting.functions import FtSleep as FtSleep
from hdsl.porting.functions import FtSlice as FtSlice
from hdsl.porting.functions import FtSwitch as FtSwitch
from hdsl.porting.functions import FtTmuxCapturePane as FtTmuxCapturePane
from hdsl.porting.functions import FtTmuxCreateSession as FtTmuxCreateSession
from hdsl.porting.functions import FtTmuxSendCtrl as FtTmuxSendCtrl
from hdsl.porting.functions import FtTmuxSendKeys as FtTmuxSendKeys
from hdsl.porting.functions import FtTmuxSendText as FtTmuxSendText
from hdsl.porting.functions import FtUnsqueeze as FtUnsqueeze
from hdsl.porting.functions import GetEditDistanceRatio as GetEditDistanceRatio
from hdsl.porting.functions import Merge as Merge
from hdsl.porting.functions import SliceAttention as SliceAttention
from hdsl.porting.functions import SliceTensor as SliceTensor
from hdsl.porting.functions import SliceView as SliceView
from hdsl.porting.functions import SparseToDense as SparseToDense
from hdsl.porting.functions import StMoe as StMoe
from hdsl.porting.functions import StStack as StStack
from hdsl.porting.later import coding_agent as coding_agent
from hdsl.porting.later import coding_agent_query as coding_agent_query
from hdsl.porting.registry import symbolic_grad_registry as symbolic_grad_registry
from hdsl.porting.retrieval import default_retrieval_method as default_retrieval_method
from hdsl.porting.retrieval import multi_similarity as multi_similarity
from hdsl.reflect.anchor import ft_reflection_starter as ft_reflection_starter
from hdsl.reflect.anchor import need_reflection as need_reflection
from hdsl.reflect.policies import BudgetPolicy as BudgetPolicy
from hdsl.reflect.policies import RecordingPolicy as RecordingPolicy
from hdsl.reflect.policies import ReflectionNotRecorded as ReflectionNotRecorded
from hdsl.reflect.policies import ReflectionRecord as ReflectionRecord
from hdsl.reflect.policies import ReplayPolicy as ReplayPolicy
from hdsl.reflect.policies import TracePolicy as TracePolicy
from hdsl.storage.folder import Folder as Folder
from hdsl.storage.pack import Pack as Pack
from hdsl.tensor.assign import assign_tensor as assign_tensor
from hdsl.tensor.assign import assign_view as assign_view
from hdsl.tensor.assign import st_setitem as st_setitem
from hdsl.tensor.dump import dump_tensor as dump_tensor
from hdsl.tensor.dump import dump_view as dump_view
from hdsl.tensor.dump import load_tensor as load_tensor
from hdsl.tensor.frames import frame_to_str as frame_to_str
from hdsl.tensor.frames import MARKER as kFrameMarker
from hdsl.tensor.frames import merge_frames as pack
from hdsl.tensor.frames import split_frames as unpack
from hdsl.tensor.gradients import get_gradient_tensor as get_gradient_tensor
from hdsl.tensor.gradients import gradient_registry as gradient_registry
from hdsl.tensor.gradients import take_gradients as take_gradients
from hdsl.tensor.loader import SoleFileBatchDataLoader as SoleFileBatchDataLoader
from hdsl.tensor.make import copy_tensor as copy_tensor
from hdsl.tensor.make import empty_tensor_like as empty_tensor_like
from hdsl.tensor.make import make_none_tensor as make_none_tensor
from hdsl.tensor.make import make_tensor as make_tensor
from hdsl.tensor.make import make_none_tensor as none
from hdsl.tensor.make import none_tensor_like as none_tensor_like
from hdsl.tensor.make import open_tensor as open_tensor
from hdsl.tensor.make import todo_tensor_like as todo_tensor_like
from hdsl.tensor.merging import TextMerger as TextMerger
from hdsl.tensor.merging import merge as merge
from hdsl.tensor.methods import register_tensor_ops as register_tensor_ops
from hdsl.tensor.pack_dir import pack_dir as pack_dir
from hdsl.tensor.packing import get_file_paths as get_file_paths
from hdsl.tensor.packing import get_nested_list_file_pathes as get_nested_list_file_pathes
from hdsl.tensor.packing import pack_tensor as pack_tensor
from hdsl.tensor.patching import get_diff_tensor as get_diff_tensor
from hdsl.tensor.patching import patch_tensor as patch_tensor
from hdsl.tensor.patching import st_patched as st_patched
from hdsl.tensor.reflection import Outcome as Outcome
from hdsl.tensor.reflection import Policy as Policy
from hdsl.tensor.reflection import PolicyConflictError as PolicyConflictError
from hdsl.tensor.reflection import Reflection as Reflection
from hdsl.tensor.reflection import dispatch_policy as dispatch_policy
from hdsl.tensor.slicing import st_copy as copy
from hdsl.tensor.slicing import slice_tensor as slice_tensor
from hdsl.tensor.slicing import slice_view as slice_view
from hdsl.tensor.slicing import st_copy as st_copy
from hdsl.tensor.sparse import WithDenseView as WithDenseView
from hdsl.tensor.sparse import dense_to_sparse as dense_to_sparse
from hdsl.tensor.sparse import sparse_to_dense as sparse_to_dense
from hdsl.tensor.sparse import with_dense_view as with_dense_view
from hdsl.tensor.stacking import st_stack as st_stack
from hdsl.tensor.text_tensor import read_text as read_text
from hdsl.tensor.text_tensor import read_texts as read_texts
from hdsl.tensor.text_tensor import text_at as text_at
from hdsl.tensor.text_tensor import write_text as write_text

__version__: str

def origin(name: str) -> tuple[str, str]: ...

__all__ = [
    "AgentTask",
    "BudgetPolicy",
    "BudgetSpent",
    "CheckError",
    "Copy",
    "DenseToSparse",
    "Folder",
    "ForkTensor",
    "FtBuildExpertContext",
    "FtExpand",
    "FtExpert",
    "FtLegacyExpert",
    "FtLlmCall",
    "FtMean",
    "FtReadFile",
    "FtRecurrent",
    "FtRetrieveExperience",
    "FtSequential",
    "FtSleep",
    "FtSlice",
    "FtSwitch",
    "FtTmuxCapturePane",
    "FtTmuxCreateSession",
    "FtTmuxSendCtrl",
    "FtTmuxSendKeys",
    "FtTmuxSendText",
    "FtUnsqueeze",
    "FutureTensor",
    "GetEditDistanceRatio",
    "HarnessModule",
    "HdslError",
    "Merge",
    "Outcome",
    "Pack",
    "Policy",
    "PolicyConflictError",
    "Pull",
    "RecordingPolicy",
    "Reflection",
    "ReflectionNotRecorded",
    "ReflectionRecord",
    "ReplayPolicy",
    "RunContext",
    "RunEnded",
    "Site",
    "SliceAttention",
    "SliceTensor",
    "SliceView",
    "SoleFileBatchDataLoader",
    "SparseToDense",
    "StMoe",
    "StMoeModule",
    "StSGD",
    "StStack",
    "Status",
    "TaskHandler",
    "TextMerger",
    "TracePolicy",
    "WithDenseView",
    "__version__",
    "apply_operation",
    "assign_tensor",
    "assign_view",
    "blocking",
    "coding_agent",
    "coding_agent_query",
    "convert_nested_list_coordinates_to_pairs_coordinates",
    "copy",
    "copy_impl",
    "copy_tensor",
    "default_prompt_for_grad_exp_key",
    "default_prompt_for_grad_exp_value",
    "default_prompt_for_grad_input",
    "default_prompt_for_output",
    "default_prompt_for_query",
    "default_retrieval_method",
    "dense_to_sparse",
    "dispatch_policy",
    "dump_tensor",
    "dump_view",
    "empty_tensor_like",
    "expand_forward",
    "fork_tensor",
    "fork_tensor_backward",
    "fork_tensor_forward",
    "frame_to_str",
    "ft_build_expert_context",
    "ft_expand",
    "ft_expert",
    "ft_first_line",
    "ft_from_tensor",
    "ft_gate",
    "ft_legacy_expert",
    "ft_llm_call",
    "ft_make_forwarded",
    "ft_mean",
    "ft_merge",
    "ft_ps1_shows_up",
    "ft_read_file",
    "ft_recurrent",
    "ft_reflection_starter",
    "ft_retrieve_experience",
    "ft_sequential",
    "ft_sleep",
    "ft_slice",
    "ft_stack",
    "ft_switch",
    "ft_terminal_idle_gate",
    "ft_tmux_capture_pane",
    "ft_tmux_create_session",
    "ft_tmux_send_ctrl",
    "ft_tmux_send_keys",
    "ft_tmux_send_text",
    "ft_tmux_speculative_complete",
    "ft_unsqueeze",
    "ft_validate_ctrl",
    "get_causal_attention_mask",
    "get_contains",
    "get_diff_tensor",
    "get_edit_distance_ratio",
    "get_edit_distance_ratio_backward_impl",
    "get_edit_distance_ratio_impl",
    "get_exact_match",
    "get_exit_status",
    "get_file_paths",
    "get_gradient_tensor",
    "get_nested_list_file_pathes",
    "get_query_tensor",
    "get_score",
    "gradient_registry",
    "group_random_select",
    "inverted_by",
    "isolated",
    "kFrameMarker",
    "learns_by",
    "lift",
    "load",
    "load_tensor",
    "loss",
    "make_none_tensor",
    "make_tensor",
    "merge",
    "merge_backward",
    "merge_forward",
    "multi_similarity",
    "need_reflection",
    "none",
    "none_tensor_like",
    "open_tensor",
    "pack",
    "pack_dir",
    "pack_tensor",
    "patch_tensor",
    "read_text",
    "read_texts",
    "register_tensor_ops",
    "select_qkv_indexes",
    "sequential_forward",
    "slice_and_concat_attention_forward",
    "slice_attention",
    "slice_attention_backward",
    "slice_attention_forward",
    "slice_forward",
    "slice_tensor",
    "slice_view",
    "sparse_to_dense",
    "st_attention",
    "st_copy",
    "st_moe",
    "st_moe_backward",
    "st_moe_forward",
    "st_patched",
    "st_setitem",
    "st_stack",
    "switch_forward",
    "symbolic_grad_registry",
    "take_gradients",
    "tensor_operation",
    "text_at",
    "todo_tensor_like",
    "train",
    "transpose_pairs_coordinates",
    "unpack",
    "unsqueeze_forward",
    "use_context",
    "with_dense_view",
    "write_text",
]
