"""What may be typed: one place that is asked before a text reaches a shell, whoever wants to type it.

`decide(text, rules, context)` takes and gives plain data; nothing is looked up and nothing is run.
"""

from typing import TYPE_CHECKING, Any

from hdsl.policy.decision import Context, Decision, Rules

if TYPE_CHECKING:
    from hdsl.policy.deciding import decide

__all__ = ["Context", "Decision", "Rules", "decide"]


def __getattr__(name: str) -> Any:
    # Who only reads settings does not load the analysis.
    if name == "decide":
        from hdsl.policy.deciding import decide

        return decide
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
