"""Whether each configured kernel can be asked: servers are reached, models found, recordings read. Nothing is asked."""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from hdsl.configuration.files import SettingsError
from hdsl.configuration.kernel_tables import ACP, AGENT
from hdsl.configuration.kernels import settings_of
from hdsl.configuration.settings import Settings
from hdsl.configuration.values import REPLAY
from hdsl.ground.display import one_line
from hdsl.kernel.address import server_address
from hdsl.kernel.agent_environment import agent_environment, login_of
from hdsl.kernel.body import NotJson, text_of, values_of
from hdsl.kernel.complaints import complaint_of
from hdsl.kernel.credentials import authorization, hider
from hdsl.kernel.proxies import proxy_for
from hdsl.kernel.registry import make_one
from hdsl.kernel.request import KernelUnreachable

_SECONDS = 10.0
"""How long a server is waited for."""
_LOADING_SECONDS = 120.0
_STARTING_SECONDS = 60.0
_MOST_NAMES = 8
_LARGEST = 1 << 20
_OPENAI = "https://api.openai.com/v1"
_WITHOUT_A_LIST = (404, 405, 501)


@dataclass(frozen=True, slots=True)
class Reached:
    """What is known of one kernel: `well` if it can be asked; `says` what it is; `fix` what to do where it cannot."""

    name: str
    kind: str
    well: bool
    says: str
    fix: str = ""
    models: tuple[str, ...] = ()
    """The names of the models that the server has."""


async def reach(settings: Settings, name: str) -> Reached:
    """Tries the kernel of a name. Never raises; nothing that is said holds a key."""
    try:
        own = settings_of(settings, name)
        kernel = make_one(settings, name)
    except SettingsError as error:
        return Reached(name, "", False, str(error))
    except KernelUnreachable as error:
        said, _, fix = str(error).partition(": ")
        return Reached(name, "", False, said, fix)
    try:
        if own.kernel == "openai":
            return await _server(own, name)
        if own.kernel == "local":
            return await _local(own, name)
        if own.kernel == AGENT:
            return await _agent(own, name)
        if own.kernel == ACP:
            return Reached(name, ACP, True, f"`{one_line(own.acp_command, 60)}`; not asked")
        says = f"reads {own.kernel.removeprefix(REPLAY)}" if own.kernel.startswith(REPLAY) else "embedded"
        return Reached(name, own.kernel.partition(":")[0], True, says)
    finally:
        await kernel.close()


async def _local(settings: Settings, name: str) -> Reached:
    from hdsl.kernel.local import LocalKernel

    kernel = LocalKernel(settings)
    model = kernel.model
    what = (
        f"{model.name}, {model.context:,} tokens of context, {model.parallel} at once, "
        f"{model.threads} thread{'' if model.threads == 1 else 's'}"
    )
    try:
        async with asyncio.timeout(_LOADING_SECONDS):
            await kernel.load()
    except KernelUnreachable as error:
        said, _, fix = str(error).rpartition("; ")
        return Reached(name, "local", False, said, fix)
    except TimeoutError:
        return Reached(name, "local", False, f"{what}: not loaded within {_LOADING_SECONDS:g} seconds", "try again")
    finally:
        await kernel.close()
    return Reached(name, "local", True, f"{what}; loads", models=(model.name,))


async def _agent(settings: Settings, name: str) -> Reached:
    from hdsl.kernel.agent import AgentKernel

    program = AgentKernel(settings).program
    with tempfile.TemporaryDirectory() as folder:
        try:
            process = await asyncio.create_subprocess_exec(
                *(str(program), "--version"),
                env=agent_environment(settings, os.environ, Path(folder)),
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            says = f"{program} cannot be started: {error.strerror or error}"
            return Reached(name, AGENT, False, says, "set agent_program (HDSL_AGENT_PROGRAM)")
        try:
            async with asyncio.timeout(_STARTING_SECONDS):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return Reached(name, AGENT, False, f"{program} does not say its version", "try again")
    version = one_line(said.decode("utf-8", "replace").strip(), 60)
    if process.returncode:
        return Reached(name, AGENT, False, f"{program}: {version}", "install the package claude-agent-sdk anew")
    login = login_of(settings, os.environ) or "the login of this user, if there is one"
    return Reached(name, AGENT, True, f"{version}; let in by {login}; not asked")


async def _server(settings: Settings, name: str) -> Reached:
    address = server_address(settings.base_url or _OPENAI)
    proxy = proxy_for(address, os.environ)
    hide = hider(address, settings.api_key)
    where = f"{address.shown} (model {settings.model!r}{'' if settings.api_key else ', without a key'})"

    def ill(says: str, fix: str) -> Reached:
        return Reached(name, "openai", False, f"{where}: {one_line(hide(says))}", fix)

    url = URL(address.endpoint.replace("/chat/completions", "/models", 1), encoded=True)
    try:
        async with (
            asyncio.timeout(_SECONDS),
            aiohttp.ClientSession(headers=authorization(address, settings.api_key), trust_env=False) as session,
            session.get(
                url,
                allow_redirects=False,
                proxy=proxy.url if proxy else None,
                proxy_auth=aiohttp.BasicAuth(proxy.user, proxy.password) if proxy and proxy.user else None,
            ) as reply,
        ):
            status = reply.status
            body = text_of(await _read(reply.content), reply.headers.get("Content-Type", ""))
    except TimeoutError:
        return ill(f"no answer within {_SECONDS:g} seconds", "check that it runs")
    except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
        return ill(f"cannot be reached ({reason})", "check that it runs, and its address (base_url, OPENAI_BASE_URL)")
    if status in (401, 403):
        return ill(f"HTTP {status}: {_said(body)}", "set the key of this server (OPENAI_API_KEY, or api_key_env)")
    if status in _WITHOUT_A_LIST:
        return Reached(name, "openai", True, f"{where}: answers, and lists no models")
    if status != 200:
        return ill(f"HTTP {status}: {_said(body)}", "check its address, which often ends in /v1")
    models = _models(body)
    if models is None:
        return ill("does not list its models in JSON", "check its address, which often ends in /v1")
    if models and not _is_among(settings.model, models):
        names = ", ".join(models[:_MOST_NAMES]) + (", …" if len(models) > _MOST_NAMES else "")
        return ill(f"has no such model, but {names}", "set the name of one of them (model, HDSL_MODEL)")
    return Reached(name, "openai", True, f"{where}: answers", models=tuple(models))


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for block in content.iter_any():
        body += block
        if len(body) > _LARGEST:
            raise ValueError("it sends more than a list of models")
    return bytes(body)


def _is_among(model: str, models: list[str]) -> bool:
    """Whether a server knows a model; Ollama's names may leave out `:latest`, llama.cpp answers to any."""
    return model in models or f"{model}:latest" in models or any(name.endswith(".gguf") for name in models)


def _models(body: str) -> list[str] | None:
    try:
        value = values_of(body).values[0]
    except NotJson:
        return None
    entries = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if not isinstance(entries, list):
        return None
    names = (each.get("id") or each.get("name") if isinstance(each, dict) else each for each in entries)
    return [one_line(name, 100) for name in names if isinstance(name, str)]


def _said(body: str) -> str:
    try:
        return complaint_of(values_of(body).values[0]).message
    except NotJson:
        return complaint_of(body).message
