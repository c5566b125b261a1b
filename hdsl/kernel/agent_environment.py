"""The environment of a coding agent's process: how its model is reached, and nothing else of ours."""

import os
from collections.abc import Mapping
from pathlib import Path

from hdsl.configuration.settings import Settings

_KEPT = frozenset(
    {"PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"}
    | {"CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"}
    | {"CLAUDE_CODE_SKIP_BEDROCK_AUTH", "CLAUDE_CODE_SKIP_VERTEX_AUTH", "CLAUDE_CODE_SKIP_FOUNDRY_AUTH"}
    | {"CLOUD_ML_REGION", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"}
)
_KEPT_PREFIXES = ("LC_", "ANTHROPIC_", "AWS_")
_CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_CLOUDS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
_CONFIGURATION = "CLAUDE_CONFIG_DIR"


def agent_environment(settings: Settings, variables: Mapping[str, str], root: Path) -> dict[str, str]:
    """The whole environment of an agent whose private folder is `root`.

    A key goes to no other server than the one it stands with: with an address in the settings, only their key is used.
    Without any key, the login of the user is: then the agent has the user's home.
    """
    found = {name: value for name, value in variables.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    if settings.base_url:
        found = {name: value for name, value in found.items() if name not in _CREDENTIALS + _CLOUDS}
        found["ANTHROPIC_BASE_URL"] = settings.base_url
    if settings.api_key:
        found = {name: value for name, value in found.items() if name not in _CREDENTIALS}
        found["ANTHROPIC_API_KEY"] = settings.api_key
    if login_of(settings, variables):
        found |= {"HOME": str(root / "home"), _CONFIGURATION: str(root / "home" / ".claude")}
    else:
        found["HOME"] = variables.get("HOME", str(Path.home()))
        if _CONFIGURATION in variables:
            found[_CONFIGURATION] = variables[_CONFIGURATION]
    return {
        **found,
        "TMPDIR": str(root / "tmp"),
        "CLAUDE_CODE_ENTRYPOINT": "sdk-py",
        "CLAUDE_AGENT_SDK_CLIENT_APP": "hdsl",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_SKIP_PROMPT_HISTORY": "1",
        "CLAUDE_CODE_MAX_RETRIES": str(settings.retries),
        "API_TIMEOUT_MS": str(max(1, int(settings.timeout * 1000))),
    }


def login_of(settings: Settings, variables: Mapping[str, str]) -> str:
    """The variable by which an agent is let in; empty where it is the login of the user."""
    if settings.base_url or settings.api_key:
        return "the key of its table" if settings.api_key else "no key"
    return next((name for name in (*_CREDENTIALS, *_CLOUDS) if variables.get(name)), "")


def current_environment(settings: Settings, root: Path) -> dict[str, str]:
    """`agent_environment` of this process."""
    return agent_environment(settings, os.environ, root)
