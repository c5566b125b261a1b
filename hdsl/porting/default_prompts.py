"""Prompts of folders, as a script can pass them on or wrap them: what is in which folder, and what is to be written.

hdsl asks without them: its kernels have words of their own for each request. They are for scripts that add to them.
"""


def _said(task: str, what: str, wanted: str, *known: str) -> str:
    lines = [task, what, *(f"- {line}" for line in known), wanted]
    return "\n".join(line for line in lines if line)


def default_prompt_for_output(
    task_prompt: str, workspace_dir: str, const_experience_view: str, const_input_view: str, mutable_output_dir: str
) -> str:
    """For the answer to an input."""
    return _said(
        task_prompt,
        "Answer the input in the manner of the examples.",
        f"Write the answer in place of TODO in {mutable_output_dir}.",
        f"{const_experience_view}: examples; in each 0 is the query, 1 the key, 2 the value",
        f"{const_input_view}: the input",
    )


def default_prompt_for_query(task_prompt: str, input_view_dir: str, mutable_output_dir: str) -> str:
    """For the keywords of an input."""
    return _said(
        task_prompt,
        "Give the keywords by which a text like this would be searched, one a line.",
        f"Write them in place of TODO in {mutable_output_dir}.",
        f"{input_view_dir}: the text",
    )


def default_prompt_for_grad_input(
    task_prompt: str,
    workspace_dir: str,
    const_grad_output_view: str,
    const_input_view: str,
    const_output_view: str,
    const_experience_view: str = "",
    mutable_grad_input_dir: str = "",
) -> str:
    """For a better input."""
    return _better("input", task_prompt, const_grad_output_view, const_input_view, const_output_view,
                   const_experience_view, mutable_grad_input_dir)  # fmt: skip


def default_prompt_for_grad_exp_key(
    task_prompt: str,
    workspace_dir: str,
    const_grad_output_view: str,
    const_input_view: str,
    const_output_view: str,
    const_experience_view: str,
    mutable_grad_experience_dir: str,
) -> str:
    """For a better key of a row."""
    return _better("key of the example", task_prompt, const_grad_output_view, const_input_view, const_output_view,
                   const_experience_view, mutable_grad_experience_dir)  # fmt: skip


def default_prompt_for_grad_exp_value(
    task_prompt: str,
    workspace_dir: str,
    const_grad_output_view: str,
    const_input_view: str,
    const_output_view: str,
    const_experience_view: str,
    mutable_grad_experience_dir: str,
) -> str:
    """For a better value of a row."""
    return _better("value of the example", task_prompt, const_grad_output_view, const_input_view, const_output_view,
                   const_experience_view, mutable_grad_experience_dir)  # fmt: skip


def _better(what: str, task: str, change: str, given: str, output: str, rows: str, result: str) -> str:
    return _said(
        task,
        f"The output should have been another. Give a better {what}, with which it would have been.",
        f"Write it in place of TODO in {result}.",
        f"{change}: how the output should change",
        f"{given}: the input",
        f"{output}: the output as it was",
        *([f"{rows}: the examples that were shown"] if rows else []),
    )
