"""Configuration: what may be set, and the one place that reads it.

`hdsl.toml`, or `[tool.hdsl]` in `pyproject.toml`, found upward from a folder; then the environment; then what the
caller gives. Each setting is declared once, as a field of `Settings`; `declared()` lists them for the documentation.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hdsl.configuration.entry_points import EntryRules, is_ours, is_pattern
from hdsl.configuration.search import LARGEST, SHARED, search
from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular
from hdsl.ground.spelling import closest
from hdsl.policy.decision import MODES, Rules

OF_THE_CHECKER = ("levels", "exclude")
"""What a configuration says of checks; `hdsl.check.levels` reads it."""

POLICY = "policy"
OF_THE_POLICY = {
    "allow": "patterns of commands that may be typed although a built-in rule denies them",
    "ask": "patterns of commands that are asked about; without a terminal to ask at they are denied",
    "deny": "patterns of commands that are never typed, not even with `--yes`",
    "default": 'what holds for every other command: `"allow"`, `"ask"` or `"deny"`',
}
"""The keys of `[policy]`, and what each says."""

OPERATIONS = "operations"
OF_THE_OPERATIONS = {
    "allow": "functions outside of the project that operations may name: "
    '`"module:function"`, `"module:*"`, `"package.*"`',
}
"""The keys of `[operations]`, and what each says."""

REPLAY = "replay:"
"""What a kernel's name begins with that answers from a recording; the rest is its file."""

KERNELS = "kernels"
"""The table whose tables are kernels of a name; `hdsl.configuration.kernels` reads it."""

_DECLARATION = "setting"
_SECTION = re.compile(r"^[ \t]*\[\s*tool\s*\.\s*hdsl\s*\]", re.MULTILINE)
_TOML_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


_SAID = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class SettingsError(HdslError):
    """A configuration that cannot be used. The message says where, what, and the fix, and never holds a key."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The declaration of one setting. `in_file` is False for secrets: they are read from the environment alone."""

    name: str
    kind: type
    environment: str
    default: object
    description: str
    minimum: float | None = None
    maximum: float | None = None
    in_file: bool = True
    fallback: str = ""
    """A variable that other programs read for the same, honoured if nothing else says it."""
    choices: tuple[str, ...] = ()
    """The texts that it may be, where it is not any text."""


@dataclass(frozen=True, slots=True)
class NamedKernel:
    """What a table of `[kernels]` says of one kernel: settings, and the variable that holds its key."""

    values: Mapping[str, object]
    key_variable: str = ""


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
        str, "nearest", "HDSL_KERNEL", "what answers: nearest, local, openai, replay:FILE, or a name of `[kernels]`"
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
    runs: Path = _setting(  # noqa: RUF009 - a field, like the others
        Path, Path("runs"), "HDSL_RUNS", "the folder that run records are kept in"
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


def suggestion(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` if a known name is close to this one, otherwise which names there are."""
    names = sorted(known)
    close = closest(name, names)
    return f", did you mean {close!r}?" if close else f"; there are {', '.join(names)}"


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


def find_configuration(start: Path) -> tuple[Path, str, dict[str, Any]] | None:
    """The nearest configuration file upward, its text and its table. SettingsError where it cannot be read."""
    _, found = search(str(start))
    while found is not None:
        path = Path(found)
        text = _read(path)
        table = _parse(path, text)
        if path.name == SHARED:
            table = table.get("tool", {}).get("hdsl")
        if table is not None:
            if not isinstance(table, dict):
                raise SettingsError(f"{path}: [tool.hdsl] is a table, not {_shown(table)}")
            return path, text, table
        _, found = search(str(path.parent.parent)) if path.parent != path.parent.parent else ([], None)
    return None


def _read(path: Path) -> str:
    try:
        return read_regular(path, LARGEST).decode("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8; save it as UTF-8") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_POSITION.search(str(error))
        reason = _TOML_POSITION.sub("", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        raise SettingsError(f"{path}:{line}: is not TOML: {reason}") from error
    except RecursionError as error:
        raise SettingsError(f"{path}: is nested too deeply") from error
    except ValueError as error:
        raise SettingsError(f"{path}: has a number with too many digits") from error


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
            from hdsl.configuration.kernels import kernel_tables

            values[KERNELS] = kernel_tables(path, text, value)
            continue
        place = setting_place(path, text, name)
        setting = known.get(name)
        if setting is None:
            names = [*allowed, POLICY, OPERATIONS, KERNELS, *OF_THE_CHECKER]
            raise SettingsError(f"{place}: there is no setting {name!r}{suggestion(name, names)}")
        if not setting.in_file:
            raise SettingsError(
                f"{place}: {name} is read from the environment alone: take it out of the file, "
                f"set {setting.environment}"
            )
        values[name] = value_in_file(setting, value, path.parent, place)
    return values


def value_in_file(setting: Setting, value: object, folder: Path, place: str) -> object:
    """A value of a setting in the file of a folder, which paths are relative to. SettingsError if it cannot be one."""
    checked = _checked(setting, value, place)
    if setting.kind is Path:
        return folder / checked
    if setting.name == "kernel" and checked.startswith(REPLAY):
        return REPLAY + str(folder / checked.removeprefix(REPLAY))
    return checked


def entry_rules(folder: Path) -> EntryRules:
    """Which entry points the files of a folder may name. SettingsError where the configuration cannot be used."""
    found = find_configuration(folder.absolute())
    if found is None:
        return EntryRules()
    path, text, table = found
    return EntryRules(path.parent, allowed_entries(path, text, table.get(OPERATIONS, {})))


def allowed_entries(path: Path, text: str, table: object) -> tuple[str, ...]:
    """The entry points that an `[operations]` table allows. SettingsError where it cannot be used."""
    example = '`[operations]`, then `allow = ["package.module:function"]`'
    if not isinstance(table, dict):
        place = setting_place(path, text, OPERATIONS)
        raise SettingsError(f"{place}: operations is a table, not {_shown(table)}: {example}")
    for name in table:
        if name not in OF_THE_OPERATIONS:
            place = setting_place(path, text, name)
            raise SettingsError(
                f"{place}: there is no setting {name!r} of the operations{suggestion(name, OF_THE_OPERATIONS)}"
            )
    patterns = table.get("allow", [])
    if not isinstance(patterns, list):
        place = setting_place(path, text, "allow")
        raise SettingsError(f"{place}: allow is a list of entry points, not {_shown(patterns)}: {example}")
    for pattern in patterns:
        if not isinstance(pattern, str) or not is_pattern(pattern) or is_ours(pattern):
            place = setting_place(path, text, "allow")
            raise SettingsError(
                f"{place}: {_shown(pattern)} is no entry point that can be allowed: write "
                '"module:function", "module:*" or "package.*"'
            )
    return tuple(patterns)


def policy_rules(path: Path, text: str, table: object) -> Rules:
    """The rules that a `[policy]` table gives. SettingsError where it cannot be used."""
    if not isinstance(table, dict):
        place = setting_place(path, text, POLICY)
        raise SettingsError(f'{place}: policy is a table, not {_shown(table)}: `[policy]`, then `allow = ["npm *"]`')
    values: dict[str, Any] = {}
    for name, value in table.items():
        place = setting_place(path, text, name)
        if name not in OF_THE_POLICY:
            raise SettingsError(f"{place}: there is no setting {name!r} of the policy{suggestion(name, OF_THE_POLICY)}")
        if name == "default":
            if value not in MODES:
                raise SettingsError(f'{place}: default is "allow", "ask" or "deny", not {_shown(value)}')
            values[name] = value
            continue
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise SettingsError(f'{place}: {name} is a list of patterns, not {_shown(value)}: `{name} = ["npm *"]`')
        values[name] = tuple(value)
    return Rules(**values)


def _from_environment(variables: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for setting in declared():
        text = variables.get(setting.environment, "").strip()
        if text:
            values[setting.name] = _from_text(setting, text, setting.environment)
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
            raise SettingsError(f"there is no setting {name!r}{suggestion(name, known)}")
        setting = known[name]
        values[name] = _from_text(setting, value, name) if isinstance(value, str) else _checked(setting, value, name)
    return values


def _from_text(setting: Setting, text: str, place: str) -> object:
    if setting.kind is str:
        return _checked(setting, text, place)
    if setting.kind is Path:
        return Path(text).expanduser().absolute()
    if setting.kind is bool:
        if text.lower() not in _SAID:
            raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {text!r}")
        return _SAID[text.lower()]
    try:
        value = setting.kind(text)
    except ValueError as error:
        raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {text!r}") from error
    return _checked(setting, value, place)


def _checked(setting: Setting, value: object, place: str) -> Any:
    """`value` in the setting's kind and within its bounds, else a SettingsError."""
    wanted = str if setting.kind is Path else setting.kind
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if setting.kind is Path and isinstance(value, Path):
        return value.expanduser().absolute()
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {_shown(value)}")
    if setting.choices and value not in setting.choices:
        raise SettingsError(
            f"{place}: {setting.name} is {_kind(setting)}, not {value!r}{suggestion(str(value), setting.choices)}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(setting, value):
        raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {value}")
    return Path(value).expanduser() if setting.kind is Path and isinstance(value, str) else value


def _within(setting: Setting, value: float) -> bool:
    low = float("-inf") if setting.minimum is None else setting.minimum
    high = float("inf") if setting.maximum is None else setting.maximum
    return low <= value <= high and value not in (float("inf"), float("-inf"))


def _kind(setting: Setting) -> str:
    if setting.choices:
        return f"one of {', '.join(setting.choices)}"
    name = {str: "a text", int: "an integer", float: "a number", Path: "a path", bool: "true or false"}[setting.kind]
    if setting.minimum is not None and setting.maximum is not None:
        return f"{name} from {setting.minimum} to {setting.maximum}"
    return name if setting.minimum is None else f"{name} of at least {setting.minimum}"


def _shown(value: object) -> str:
    return {bool: str(value).lower(), dict: "a table", list: "a list"}.get(type(value), repr(value))


def setting_place(path: Path, text: str, name: str) -> str:
    """`file:line` of a setting in the text of its file; `file` where the line is not plain to see."""
    section = _SECTION.search(text)
    begin = section.end() if section else 0
    found = re.compile(rf"^[ \t]*\"?{re.escape(name)}\"?\s*[=.]", re.MULTILINE).search(text, begin)
    if found is None:
        return str(path)
    line = text.count("\n", 0, found.end()) + 1
    return f"{path}:{line}"
