"""Work for a model in a folder: the files that say TODO are written by the kernel [AgentTask, TaskHandler]."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hdsl.ground.files import write_atomically
from hdsl.kernel.request import Request
from hdsl.ops.better import ask_for_better
from hdsl.ops.callers import asked_by
from hdsl.storage.layout import encode
from hdsl.tensor.pack_dir import pack_dir


@dataclass(frozen=True, slots=True)
class AgentTask:
    """A workspace, the folder or folders in it whose files are to be written, and what to write there."""

    workspace_dir: str
    output_relative_dir: str | Sequence[str]
    prompt: str
    todo_file_content_hint: str = "TODO"


class TaskHandler:
    """Lets the kernel write, with one request for each file that holds the hint, and all of them at a time."""

    def __call__(
        self,
        tasks: Sequence[AgentTask],
        llm_method: str = "raw_llm_api",
        llm_env: Mapping[str, str] | None = None,
    ) -> None:
        """Writes the answers; a file whose request fails keeps its hint."""
        context = asked_by(llm_method, llm_env)
        requests = {path: _request(task, path) for task in tasks for path in _files_to_write(task)}
        for path, (text, status) in ask_for_better(requests, context, "TaskHandler").items():
            if not status.failed:
                write_atomically(path, encode(text))


def _files_to_write(task: AgentTask) -> list[Path]:
    given = task.output_relative_dir
    folders = [given] if isinstance(given, str) else list(given)
    files = (path for folder in folders for path in sorted(Path(task.workspace_dir, folder).rglob("*")))
    return [path for path in files if path.is_file() and task.todo_file_content_hint in path.read_text("utf-8")]


def _request(task: AgentTask, path: Path) -> Request:
    name = path.relative_to(task.workspace_dir).as_posix()
    wanted = f"Answer with the content of the file {name}, which now says {task.todo_file_content_hint}."
    workspace = str(task.workspace_dir)
    packed = pack_dir(workspace).replace(workspace, ".")
    return Request("llm", "", task=f"{task.prompt}\n\n{packed}\n{wanted}".replace(workspace, "."))
