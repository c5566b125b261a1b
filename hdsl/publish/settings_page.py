"""The page of the settings from their declarations: `python -m hdsl.publish.settings_page docs/configuration.md`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from hdsl.configuration.settings import OF_THE_OPERATIONS, OF_THE_POLICY, declared

HEAD = """# Configuration

Settings are read from `hdsl.toml`, or from `[tool.hdsl]` in `pyproject.toml`, found upward from the file that runs or
is checked; then from the environment; then from the options of the command. Keys are read from the environment alone.
A second variable is one that other programs use too: it counts if nothing else says the same, and the key in
`LLM_API_KEY` goes to no other server than `LLM_BASE_URL`, where there is one.

| setting | environment | default | what it says |
|---|---|---|---|
"""

TAIL = """
```toml
# hdsl.toml
kernel = "openai"
model = "qwen3"
base_url = "http://127.0.0.1:11434/v1"
timeout = 60.0
exclude = ["drafts/**"]

[levels]
HG104 = "error"
HG108 = "off"

[policy]
allow = ["rm -rf build", "git push --force-with-lease origin feature/*"]
ask = ["npm publish*"]
deny = ["terraform destroy*"]

[operations]
allow = ["text_tools.cleaning:without_links", "our_company.*"]
```

`exclude` names files that a search of folders leaves out, by patterns relative to the configuration file; a file that
is named is checked all the same. `[levels]` (`[tool.hdsl.levels]` in `pyproject.toml`) gives a code, or the name of
one, another level: `"error"`, `"warning"` or `"off"`. Warnings, effects and budgets can be lowered; any other error
stays one.

## [policy]

`[policy]` (`[tool.hdsl.policy]` in `pyproject.toml`) says which commands may be typed; [security](security.md) says
what is denied without it.

| setting | what it says |
|---|---|
@POLICY@

## [operations]

An operation's function may lie beside its `.hg` file or in the project, the folder of the configuration; so may that of
a loss. Any other Python function is refused, by the checker and again when it would be loaded, unless `[operations]`
(`[tool.hdsl.operations]` in `pyproject.toml`) names it. What counts is the configuration above the file that is checked
or run, not one beside a file that it uses.

| setting | what it says |
|---|---|
@OPERATIONS@

A wrong name or value is refused with its place in the file and what it should be.
"""


def page() -> str:
    """The whole page."""
    rows = []
    for setting in declared():
        name = f"`{setting.name}`" if setting.in_file else "(environment only)"
        default = "" if setting.default in ("", None) else f"`{_written(setting.default)}`"
        variables = f"`{setting.environment}`" + (f", `{setting.fallback}`" if setting.fallback else "")
        rows.append(f"| {name} | {variables} | {default} | {setting.description} |")
    tail = TAIL.replace("@POLICY@", _rows(OF_THE_POLICY)).replace("@OPERATIONS@", _rows(OF_THE_OPERATIONS))
    return HEAD + "\n".join(rows) + "\n" + tail


def _rows(keys: Mapping[str, str]) -> str:
    return "\n".join(f"| `{name}` | {says} |" for name, says in keys.items())


def _written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
