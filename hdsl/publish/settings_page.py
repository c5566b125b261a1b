"""The page of the settings from their declarations: `python -m hdsl.publish.settings_page docs/configuration.md`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from hdsl.configuration.kernel_tables import OF_A_KERNEL
from hdsl.configuration.kernels import OF_ONE_MODEL
from hdsl.configuration.settings import declared
from hdsl.configuration.tables import OF_THE_OPERATIONS, OF_THE_POLICY

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

[kernels.small]
kernel = "local"

[kernels.large]
model = "a-large-model"
base_url = "https://models.example.com/v1"
api_key_env = "EXAMPLE_API_KEY"
input_price = 1.25
output_price = 10.0

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

## [kernels]

`[kernels.NAME]` (`[tool.hdsl.kernels.NAME]` in `pyproject.toml`) names a kernel, which `--kernel NAME`, `kernel`,
`reflection` and the option `model="NAME"` of a node then mean. Its table may give @OF_A_KERNEL@
and `api_key_env`, the name of the environment variable that holds its key: keys themselves stand in no file. Without
`kernel` it is an `openai` kernel. What it does not give is as above, but for @ITS_OWN@, which
belong to one model; and the key goes to no other server: a table with a `base_url` has the key that it names, or none.

`input_price` and `output_price` are prices of a million tokens, in any currency; with them, runs and trainings say what
they cost, and `--max-cost` holds.

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
    of_a_kernel = ", ".join(f"`{name}`" for name in OF_A_KERNEL)
    its_own = ", ".join(f"`{name}`" for name in OF_ONE_MODEL)
    tail = (
        TAIL.replace("@OF_A_KERNEL@", of_a_kernel)
        .replace("@ITS_OWN@", its_own)
        .replace("@POLICY@", _rows(OF_THE_POLICY))
        .replace("@OPERATIONS@", _rows(OF_THE_OPERATIONS))
    )
    return HEAD + "\n".join(rows) + "\n" + tail


def _rows(keys: Mapping[str, str]) -> str:
    return "\n".join(f"| `{name}` | {says} |" for name, says in keys.items())


def _written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
