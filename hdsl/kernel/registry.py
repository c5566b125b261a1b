"""The kernels by name: `make_kernel` imports those that are asked for, and no other."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from hdsl.configuration.files import SettingsError
from hdsl.configuration.kernel_tables import ACP, AGENT, AGENTS
from hdsl.configuration.kernels import is_agent, settings_of
from hdsl.configuration.settings import Settings
from hdsl.configuration.values import REPLAY
from hdsl.kernel.request import Kernel, KernelNotConfigured

if TYPE_CHECKING:
    from hdsl.kernel.spending import Purse


def _nearest(settings: Settings) -> Kernel:
    from hdsl.kernel.nearest import NearestKernel

    return NearestKernel(settings.nearest_min)


def _openai(settings: Settings) -> Kernel:
    try:
        from hdsl.kernel.openai import OpenAIKernel
    except ModuleNotFoundError as error:
        raise SettingsError(f"the openai kernel needs the package `{error.name}`: pip install 'hdsl[run]'") from None
    return OpenAIKernel(settings)


def _local(settings: Settings) -> Kernel:
    try:
        from hdsl.kernel.local import LocalKernel
    except ModuleNotFoundError as error:
        raise SettingsError(f"the local kernel needs the package `{error.name}`: pip install 'hdsl[local]'") from None
    return LocalKernel(settings)


def _agent(settings: Settings) -> Kernel:
    from hdsl.kernel.agent import AgentKernel

    return AgentKernel(settings)


def _acp(settings: Settings, key_variable: str = "") -> Kernel:
    from hdsl.kernel.acp import AcpKernel

    return AcpKernel(settings, key_variable)


KERNELS: Mapping[str, Callable[[Settings], Kernel]] = {
    "nearest": _nearest,
    "local": _local,
    "openai": _openai,
    AGENT: _agent,
    ACP: _acp,
}

_OF_A_MODEL = ("local", "openai")
"""The kernels whose answers are written by a model, at a price and by the token."""


def make_kernel(settings: Settings, models: Iterable[str] = (), purse: "Purse | None" = None) -> Kernel:
    """The kernel that the settings name, with those that `models` and the settings name beside it.

    What all of them spend comes out of `purse`. Raises SettingsError where there is none of a name, or one of
    its settings cannot be used, and KernelNotConfigured where it misses a setting.
    """
    from hdsl.kernel.choosing import Choosing
    from hdsl.kernel.spending import Purse

    shared = purse or Purse()
    names = dict.fromkeys([settings.kernel, *filter(None, [settings.reflection]), *models])

    def make(name: str) -> Kernel:
        return _metered(settings, name, shared)

    def works_on_files(name: str) -> bool:
        return is_agent(settings, name)

    return Choosing(settings.kernel, {name: make(name) for name in names}, make, settings.reflection, works_on_files)


def make_one(settings: Settings, name: str) -> Kernel:
    """The kernel of one name alone. Raises as `make_kernel` does."""
    own = settings_of(settings, name)
    if own.kernel.startswith(REPLAY):
        from hdsl.kernel.replay import ReplayKernel

        return ReplayKernel(own.kernel)
    named = settings.kernels.get(name)
    if named is not None and named.key_variable and not own.api_key:
        raise KernelNotConfigured(f"the kernel {name!r} needs a key: set {named.key_variable}")
    if own.kernel == ACP:
        return _acp(own, "" if named is None else named.key_variable)
    return KERNELS[own.kernel](own)


def _metered(settings: Settings, name: str, purse: "Purse") -> Kernel:
    from hdsl.kernel.spending import Metered, Prices

    own = settings_of(settings, name)
    kernel = make_one(settings, name)
    prices = Prices(own.input_price, own.output_price)
    if own.kernel in AGENTS:
        from hdsl.kernel.agent import AgentKernel
        from hdsl.kernel.agent_spending import MeteredAgent

        assert isinstance(kernel, AgentKernel)
        return MeteredAgent(kernel, prices, purse)
    is_model = own.kernel in _OF_A_MODEL
    metered: Kernel = Metered(kernel, prices, purse, own.max_tokens if is_model else 0)
    if settings.cache and is_model:
        from hdsl.kernel.cache import Cached, answer_store

        return Cached(metered, answer_store(settings), own)
    return metered
