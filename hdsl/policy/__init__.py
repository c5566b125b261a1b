"""What may be typed: one place that is asked before a text reaches a shell, whoever wants to type it.

Plain data in and out; nothing is looked up and nothing is run.
"""

from hdsl.policy.decide import decide
from hdsl.policy.decision import Context, Decision, Rules

__all__ = ["Context", "Decision", "Rules", "decide"]
