"""Who is asked, in the framework's words: `llm_method` names the kind of model, `llm_env` the server."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from hdsl.future.context import RunContext, current_context
from hdsl.kernel.request import Kernel

_AGENT, _LATER = "coding_agent", "tmux_cc"
_FIELDS = {"LLM_BASE_URL": "base_url", "LLM_API_KEY": "api_key", "LLM_MODEL": "model"}


def asked_by(llm_method: str = "raw_llm_api", llm_env: Mapping[str, str] | None = None) -> RunContext:
    """The current context, or one whose kernel is the OpenAI-compatible server that `llm_env` names, or a coding agent.

    What `llm_env` leaves out is that of the settings. ValueError for a method that there is not, or for an environment
    that names nothing we know.
    """
    if llm_method == _LATER:
        raise NotImplementedError(f"llm_method={llm_method!r} is not implemented yet; 'raw_llm_api' asks the kernel")
    if llm_method not in ("raw_llm_api", _AGENT):
        raise ValueError(f"there is no llm_method {llm_method!r}; 'raw_llm_api' asks the kernel, {_AGENT!r} an agent")
    context = current_context()
    if not llm_env:
        return context if llm_method != _AGENT else replace(context, kernel=_agent(()))
    known = {name: value for name, value in llm_env.items() if name in _FIELDS}
    if not known:
        raise ValueError(f"llm_env has none of {', '.join(_FIELDS)}")
    kernel = (_agent if llm_method == _AGENT else _server)(tuple(sorted(known.items())))
    return replace(context, kernel=kernel)


@cache
def _server(environment: tuple[tuple[str, str], ...]) -> Kernel:
    from hdsl.configuration.settings import load_settings
    from hdsl.kernel.openai import OpenAIKernel

    given = {_FIELDS[name]: value for name, value in environment}
    return OpenAIKernel(replace(load_settings(), kernel="openai", **given))  # type: ignore[arg-type]


@cache
def _agent(environment: tuple[tuple[str, str], ...]) -> Kernel:
    from hdsl.configuration.kernel_tables import AGENT
    from hdsl.configuration.kernels import settings_of
    from hdsl.configuration.settings import load_settings
    from hdsl.kernel.agent import AgentKernel

    given = {_FIELDS[name]: value for name, value in environment}
    return AgentKernel(replace(settings_of(load_settings(), AGENT), **given))  # type: ignore[arg-type]
