"""Configuration: what may be set, and the one place that reads it.

`hdsl.toml`, or `[tool.hdsl]` in `pyproject.toml`, found upward from a folder; then the environment; then what the
caller gives. Each setting is declared once, as a field of `Settings`; `declared()` lists them for the documentation.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hdsl.configuration.files import SettingsError, find_configuration, setting_place, suggestion
from hdsl.configuration.kernel_tables import KERNELS, NamedKernel, kernel_tables
from hdsl.configuration.tables import OPERATIONS, POLICY, allowed_entries, policy_rules
from hdsl.configuration.values import Setting, checked_value, value_in_file, value_of_text
from hdsl.policy.decision import Rules

OF_THE_CHECKER = ("levels", "exclude")
"""What a configuration says of checks; `hdsl.check.levels` reads it."""

_DECLARATION = "setting"


def _setting(
    kind: type,
    default: object,
    environment: str,
    description: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    in_file: bool = True,
    fallback: str = "",
    choices: tuple[str, ...] = (),
) -> Any:
    declaration = Setting("", kind, environment, default, description, minimum, maximum, in_file, fallback, choices)
    return field(default=default, repr=in_file, metadata={_DECLARATION: declaration})


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of one command. Times are seconds; paths are absolute once `load_settings` has made them."""

    kernel: str = _setting(
        str,
        "nearest",
        "HDSL_KERNEL",
        "what answers: nearest, local, openai, agent, acp, replay:FILE, or a name of `[kernels]`",
    )
    model: str = _setting(str, "", "HDSL_MODEL", "the model that the server is asked for", fallback="LLM_MODEL")
    base_url: str = _setting(
        str,
        "",
        "OPENAI_BASE_URL",
        "the address of an OpenAI-compatible server; empty: OpenAI's own",
        fallback="LLM_BASE_URL",
    )
    api_key: str = _setting(
        str,
        "",
        "OPENAI_API_KEY",
        "the server's key; a server that asks for none needs none",
        in_file=False,
        fallback="LLM_API_KEY",
    )
    temperature: float | None = _setting(
        float,
        None,
        "HDSL_TEMPERATURE",
        "how freely the model samples; unset: 0 for labels, the server's own for texts",
        minimum=0.0,
    )
    max_tokens: int = _setting(
        int,
        1024,
        "HDSL_MAX_TOKENS",
        "the longest text that is answered, in tokens; labels have what they need",
        minimum=1,
    )
    reasoning_tokens: int = _setting(
        int,
        4096,
        "HDSL_REASONING_TOKENS",
        "what a model that reasons may write before its answer, in tokens, beyond the length of the answer",
        minimum=0,
    )
    prompt: str = _setting(
        str,
        "chat",
        "HDSL_PROMPT",
        "how a question is put to a model: as a chat, in frames, or as plain text",
        choices=("chat", "frames", "plain"),
    )
    constraints: bool = _setting(
        bool,
        True,
        "HDSL_CONSTRAINTS",
        "whether the server is asked to enforce the labels of an answer; else they are in the prompt alone",
    )
    timeout: float = _setting(
        float, 120.0, "HDSL_TIMEOUT", "seconds to wait for an answer, or for the next piece of one", minimum=0.001
    )
    concurrency: int = _setting(int, 8, "HDSL_CONCURRENCY", "how many questions are open at once", minimum=1)
    retries: int = _setting(int, 5, "HDSL_RETRIES", "how often a question is sent again when the way fails", minimum=0)
    nearest_min: float = _setting(
        float,
        0.5,
        "HDSL_NEAREST_MIN",
        "the similarity under which the nearest kernel refuses",
        minimum=0.0,
        maximum=1.0,
    )
    similarity: str = _setting(
        str,
        "words",
        "HDSL_SIMILARITY",
        "how rows are found: by the words they share with a question, or by embeddings of a model server",
        choices=("words", "embeddings"),
    )
    embedding_kernel: str = _setting(
        str,
        "",
        "HDSL_EMBEDDING_KERNEL",
        "the kernel whose server embeds texts; unset: the one that answers if it is a server, else openai",
    )
    embedding_model: str = _setting(
        str, "", "HDSL_EMBEDDING_MODEL", "the model that embeds texts; unset: that of the kernel"
    )
    local_model: Path | None = _setting(  # noqa: RUF009 - a field, like the others
        Path, None, "HDSL_LOCAL_MODEL", "the GGUF file of the local kernel; unset: the model that is installed"
    )
    local_context: int | None = _setting(
        int,
        None,
        "HDSL_LOCAL_CONTEXT",
        "tokens that a question to the local model and its answer may have; unset: 4096, or what the model has",
        minimum=256,
    )
    local_parallel: int = _setting(
        int, 4, "HDSL_LOCAL_PARALLEL", "how many questions the local model answers side by side", minimum=1
    )
    local_threads: int | None = _setting(
        int, None, "HDSL_LOCAL_THREADS", "threads of the local model; unset: half of the cores", minimum=1
    )
    agent_program: Path | None = _setting(  # noqa: RUF009 - a field, like the others
        Path, None, "HDSL_AGENT_PROGRAM", "the `claude` that the agent kernel runs; unset: the one in its package"
    )
    agent_turns: int = _setting(
        int, 20, "HDSL_AGENT_TURNS", "how often a coding agent may call its model for one question", minimum=1
    )
    agent_cost: float = _setting(
        float, 1.0, "HDSL_AGENT_COST", "the dollars that a coding agent may spend on one question", minimum=0.0001
    )
    agent_parallel: int = _setting(
        int, 2, "HDSL_AGENT_PARALLEL", "how many coding agents work side by side; each is a process", minimum=1
    )
    acp_command: str = _setting(
        str, "", "HDSL_ACP_COMMAND", "the command of the acp kernel: any agent that speaks the Agent Client Protocol"
    )
    runs: Path = _setting(  # noqa: RUF009 - a field, like the others
        Path, Path("runs"), "HDSL_RUNS", "the folder that run records are kept in"
    )
    executor: str = _setting(
        str,
        "",
        "HDSL_EXECUTOR",
        "where train, reflect and evolve run examples: local:N, command:COMMAND, ray:N; unset: in the command itself",
    )
    report: bool = _setting(
        bool, False, "HDSL_REPORT", "whether each run, training, reflection and evolution gets a report.html"
    )
    otel_endpoint: str = _setting(
        str,
        "",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "the OTLP/HTTP endpoint that spans of commands are sent to (`hdsl[otel]`); unset: none are made",
        fallback="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    )
    otel_content: bool = _setting(
        bool,
        False,
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "whether spans hold prompts, answers and screens",
    )
    captures: Path | None = _setting(  # noqa: RUF009 - a field, like the others
        Path, None, "HDSL_CAPTURES", "the folder of `hdsl capture`; unset: hdsl/captures in the user's data folder"
    )
    pool: str = _setting(
        str, "", "HDSL_POOL", "the folder or address of the pool that `hdsl pool` works with; --pool names another"
    )
    pool_key: Path | None = _setting(  # noqa: RUF009 - a field, like the others
        Path,
        None,
        "HDSL_POOL_KEY",
        "the file of the key that signs what you publish; unset: hdsl/pool.key in the user's data folder",
    )
    sandbox: bool = _setting(
        bool, False, "HDSL_SANDBOX", "whether terminals and checks run in a sandbox (bubblewrap); see docs/security.md"
    )
    reflection: str = _setting(
        str, "", "HDSL_REFLECTION", "the kernel that corrects texts in a training; unset: the one that answers"
    )
    input_price: float = _setting(
        float, 0.0, "HDSL_INPUT_PRICE", "what a million tokens of questions cost", minimum=0.0
    )
    output_price: float = _setting(
        float, 0.0, "HDSL_OUTPUT_PRICE", "what a million tokens of answers cost", minimum=0.0
    )
    cache: bool = _setting(
        bool, False, "HDSL_CACHE", "whether answers of models are kept, and given again to the same question"
    )
    cache_size: int = _setting(
        int, 256, "HDSL_CACHE_SIZE", "megabytes that kept answers may take; the longest unused go first", minimum=1
    )
    kernels: Mapping[str, NamedKernel] = field(default_factory=dict)
    """What `[kernels]` says: kernels by name."""
    policy: Rules = Rules()  # noqa: RUF009 - it cannot change
    """What `[policy]` says of commands."""
    project: Path = Path()
    """The folder of the configuration file; where there is none, the working folder."""


def declared() -> tuple[Setting, ...]:
    """The declaration of every setting, in the order of `Settings`."""
    found = []
    for item in fields(Settings):
        declaration = item.metadata.get(_DECLARATION)
        if declaration is not None:
            found.append(_named(declaration, item.name))
    return tuple(found)


def load_settings(
    folder: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    yes: bool = False,
    **overrides: object,
) -> Settings:
    """The settings for work in `folder` (default: the working folder); an override that is None is not given.

    `yes`: the policy's built-in rules and questions are answered with yes. Raises SettingsError for a file, variable or
    override that cannot be used.
    """
    start = (folder or Path.cwd()).absolute()
    variables = os.environ if environment is None else environment
    source = find_configuration(start)
    project = source[0].parent if source else Path.cwd()
    values: dict[str, object] = {"project": project, "runs": project / "runs"}
    if source:
        values |= _from_file(*source)
    values |= _from_environment(variables)
    values |= _from_overrides(overrides)
    values |= _from_fallbacks(variables, values)
    if yes:
        values[POLICY] = replace(values.get(POLICY, Rules()), yes=True)  # type: ignore[type-var]
    return Settings(**values)  # type: ignore[arg-type]


def _named(declaration: Setting, name: str) -> Setting:
    return replace(declaration, name=name)


def _from_file(path: Path, text: str, table: dict[str, Any]) -> dict[str, object]:
    known = {setting.name: setting for setting in declared()}
    allowed = [name for name, setting in known.items() if setting.in_file]
    values: dict[str, object] = {}
    for name, value in table.items():
        if name in OF_THE_CHECKER:
            continue
        if name == POLICY:
            values[POLICY] = policy_rules(path, text, value)
            continue
        if name == OPERATIONS:
            allowed_entries(path, text, value)  # refused here where it cannot be used; read by those who load functions
            continue
        if name == KERNELS:
            values[KERNELS] = kernel_tables(path, text, value, known)
            continue
        place = setting_place(path, text, name)
        setting = known.get(name)
        if setting is None:
            names = [*allowed, POLICY, OPERATIONS, KERNELS, *OF_THE_CHECKER]
            raise SettingsError(f"{place}: unknown setting {name!r}{suggestion(name, names)}")
        if not setting.in_file:
            raise SettingsError(
                f"{place}: {name} is read from the environment alone: take it out of the file, "
                f"set {setting.environment}"
            )
        values[name] = value_in_file(setting, value, path.parent, place)
    return values


def _from_environment(variables: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for setting in declared():
        text = variables.get(setting.environment, "").strip()
        if text:
            values[setting.name] = value_of_text(setting, text, setting.environment)
    return values


def _from_fallbacks(variables: Mapping[str, str], values: Mapping[str, object]) -> dict[str, object]:
    """What nothing else says, from the variables of other programs.

    A key goes to no other server than the one it stands with: the fallback's key with the fallback's address.
    """
    found: dict[str, object] = {}
    texts = {
        setting.name: text
        for setting in declared()
        if setting.fallback and (text := variables.get(setting.fallback, "").strip())
    }
    key = texts.pop("api_key", "")
    for name, text in texts.items():
        if name not in values:
            found[name] = text
    if "base_url" in found or ("base_url" not in texts and "api_key" not in values):
        found["api_key"] = key
    return found


def _from_overrides(overrides: Mapping[str, object]) -> dict[str, object]:
    known = {setting.name: setting for setting in declared() if setting.in_file}
    values: dict[str, object] = {}
    for name, value in overrides.items():
        if value is None:
            continue
        if name not in known:
            raise SettingsError(f"unknown setting {name!r}{suggestion(name, known)}")
        setting = known[name]
        values[name] = (
            value_of_text(setting, value, name) if isinstance(value, str) else checked_value(setting, value, name)
        )
    return values
