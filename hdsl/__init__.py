"""hdsl: the language of harness graphs. The public Python API; every name is loaded when it is first asked for."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_MODULE_OF = {
    "FutureTensor": "hdsl.future.future_tensor",
    "Status": "hdsl.future.status",
    "RunContext": "hdsl.future.context",
    "use_context": "hdsl.future.context",
    "RunEnded": "hdsl.future.context",
    "BudgetSpent": "hdsl.future.context",
    "Folder": "hdsl.tensor.folder",
    "Pack": "hdsl.tensor.pack",
    "make_tensor": "hdsl.tensor.make",
    "make_none_tensor": "hdsl.tensor.make",
    "none_tensor_like": "hdsl.tensor.make",
    "empty_tensor_like": "hdsl.tensor.make",
    "todo_tensor_like": "hdsl.tensor.make",
    "copy_tensor": "hdsl.tensor.make",
    "open_tensor": "hdsl.tensor.make",
    "load_tensor": "hdsl.tensor.dump",
    "dump_tensor": "hdsl.tensor.dump",
    "dump_view": "hdsl.tensor.dump",
    "slice_view": "hdsl.tensor.slicing",
    "slice_tensor": "hdsl.tensor.slicing",
    "st_copy": "hdsl.tensor.slicing",
    "st_stack": "hdsl.tensor.stacking",
    "merge": "hdsl.tensor.merging",
    "TextMerger": "hdsl.tensor.merging",
    "get_diff_tensor": "hdsl.tensor.patching",
    "patch_tensor": "hdsl.tensor.patching",
    "st_patched": "hdsl.tensor.patching",
    "pack_tensor": "hdsl.tensor.packing",
    "get_file_paths": "hdsl.tensor.packing",
    "dense_to_sparse": "hdsl.tensor.sparse",
    "sparse_to_dense": "hdsl.tensor.sparse",
    "with_dense_view": "hdsl.tensor.sparse",
    "WithDenseView": "hdsl.tensor.sparse",
    "SoleFileBatchDataLoader": "hdsl.tensor.loader",
    "CheckError": "hdsl.check.entry",
    "HarnessModule": "hdsl.learn.module",
    "load": "hdsl.learn.module",
    "StSGD": "hdsl.learn.sgd",
    "train": "hdsl.learn.start",
    "register_tensor_ops": "hdsl.tensor.methods",
    "gradient_registry": "hdsl.tensor.gradients",
    "get_gradient_tensor": "hdsl.tensor.gradients",
    "take_gradients": "hdsl.tensor.gradients",
    "fork_tensor": "hdsl.ops.fork",
    "slice_attention": "hdsl.ops.text_attention",
    "st_attention": "hdsl.ops.text_attention",
    "get_causal_attention_mask": "hdsl.ops.text_attention",
    "st_moe": "hdsl.ops.moe",
    "StMoeModule": "hdsl.ops.moe",
    "get_query_tensor": "hdsl.ops.query",
    "select_qkv_indexes": "hdsl.ops.query",
    "assign_tensor": "hdsl.tensor.assign",
    "assign_view": "hdsl.tensor.assign",
    "st_setitem": "hdsl.tensor.assign",
    "read_text": "hdsl.tensor.text_tensor",
    "read_texts": "hdsl.tensor.text_tensor",
    "text_at": "hdsl.tensor.text_tensor",
    "write_text": "hdsl.tensor.text_tensor",
    "Site": "hdsl.ops.site",
    "Pull": "hdsl.ops.site",
    "apply_operation": "hdsl.ops.element",
    "blocking": "hdsl.ops.marks",
    "isolated": "hdsl.ops.marks",
    "lift": "hdsl.ops.element",
    "tensor_operation": "hdsl.ops.marks",
    "ft_make_forwarded": "hdsl.ops.forwarded",
    "ft_from_tensor": "hdsl.ops.forwarded",
    "ft_expand": "hdsl.ops.expand",
    "ft_unsqueeze": "hdsl.ops.unsqueeze",
    "ft_slice": "hdsl.ops.index",
    "ft_stack": "hdsl.ops.stack",
    "ft_merge": "hdsl.ops.merge",
    "ft_mean": "hdsl.ops.mean",
    "ft_gate": "hdsl.ops.gate",
    "ft_sequential": "hdsl.ops.sequential",
    "ft_switch": "hdsl.ops.switch",
    "ft_recurrent": "hdsl.ops.recurrent",
    "ft_expert": "hdsl.ops.expert",
    "ft_build_expert_context": "hdsl.ops.expert",
    "ft_retrieve_experience": "hdsl.ops.retrieve",
    "ft_llm_call": "hdsl.ops.llm",
    "ft_first_line": "hdsl.ops.texts",
    "ft_validate_ctrl": "hdsl.ops.validate",
    "ft_read_file": "hdsl.ops.files",
    "get_edit_distance_ratio": "hdsl.ops.text_losses",
    "get_exact_match": "hdsl.ops.text_losses",
    "get_contains": "hdsl.ops.text_losses",
    "get_score": "hdsl.ops.text_losses",
    "get_exit_status": "hdsl.ops.exit_status",
    "loss": "hdsl.ops.losses",
    "learns_by": "hdsl.ops.learning",
    "inverted_by": "hdsl.ops.learning",
    "ft_tmux_create_session": "hdsl.ops.terminal_api",
    "ft_tmux_send_text": "hdsl.ops.terminal_api",
    "ft_tmux_send_ctrl": "hdsl.ops.terminal_api",
    "ft_tmux_send_keys": "hdsl.ops.terminal_api",
    "ft_tmux_capture_pane": "hdsl.ops.terminal_api",
    "ft_tmux_speculative_complete": "hdsl.ops.terminal_api",
    "ft_terminal_idle_gate": "hdsl.ops.terminal_api",
    "ft_ps1_shows_up": "hdsl.ops.terminal_api",
    "ft_sleep": "hdsl.ops.terminal_api",
}

__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str) -> "Any":
    """Imports the module that has the name."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'hdsl' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
