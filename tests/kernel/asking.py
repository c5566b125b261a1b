"""Asking the openai kernel from a test: settings for a scripted server, and waits that take no time."""

import asyncio
import random
from dataclasses import replace

from hdsl.configuration.settings import Settings
from hdsl.kernel.openai import OpenAIKernel
from hdsl.kernel.request import Answer, Request, Row
from hdsl.kernel.retry import RetryPolicy

KEY = "sk-very-secret"
REQUEST = Request(kind="expert", input="$ ", goal="print hello", rows=(Row("q", "k", "v"),), seed=42)


def configured(url: str, **changes: object) -> Settings:
    return replace(Settings(kernel="openai", model="m", base_url=url, api_key=KEY, timeout=60.0), **changes)  # type: ignore[arg-type]


def ask(settings: Settings, *requests: Request, waits: list[float] | None = None) -> list[Answer]:
    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    async def all_of_them() -> list[Answer]:
        kernel = OpenAIKernel(settings, RetryPolicy(settings.retries, randomness=random.Random(0), sleep=sleep))
        try:
            return await asyncio.gather(*(kernel.answer(request) for request in requests or (REQUEST,)))
        finally:
            await kernel.close()

    return asyncio.run(all_of_them())
