"""What may be typed: one place that is asked before a text reaches a shell, whoever wants to type it.

`decide(text, rules, context)` takes and gives plain data; nothing is looked up and nothing is run.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hdsl.policy.deciding import decide
    from hdsl.policy.decision import Context, Decision, Rules

__all__ = ["Context", "Decision", "Rules", "decide"]


def __getattr__(name: str) -> Any:
    # Whoever only wants to know that a command is harmless loads none of it.
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f"hdsl.policy.{'deciding' if name == 'decide' else 'decision'}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
