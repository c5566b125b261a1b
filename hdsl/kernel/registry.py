"""The kernels by name: `make_kernel` imports the one that is asked for, and no other."""

from collections.abc import Callable, Mapping

from hdsl.configuration.settings import Settings, SettingsError, suggestion
from hdsl.kernel.request import Kernel


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


KERNELS: Mapping[str, Callable[[Settings], Kernel]] = {"nearest": _nearest, "local": _local, "openai": _openai}


def make_kernel(settings: Settings) -> Kernel:
    """The kernel that the settings name.

    Raises SettingsError where there is none of that name, or one of its settings cannot be used, and
    KernelNotConfigured where it misses a setting.
    """
    make = KERNELS.get(settings.kernel)
    if make is None:
        raise SettingsError(f"there is no kernel {settings.kernel!r}{suggestion(settings.kernel, KERNELS)}")
    return make(settings)
