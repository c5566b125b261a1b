"""The kinds of faults that are compared, in the order of the table."""

UNKNOWN_STEP = "a step is named that does not exist"
TWICE = "two steps of one name"
UNREACHED = "a step that nothing leads to"
NO_RESULT = "nothing leads to the result"
CYCLE = "a cycle that cannot end"
WRONG_TYPE = "a step is given what it cannot take"
MISSING_INPUT = "an input that a step needs is not given"
UNKNOWN_INPUT = "a step reads an input that does not exist"
UNKNOWN_OPTION = "an option that does not exist"
WRONG_OPTION = "an option of the wrong kind"
UNKNOWN_LABEL = "a branch for an answer that cannot come"
MISSING_BRANCH = "an answer without a branch"
WRONG_EXAMPLE = "an example with an answer that cannot come"
UNORDERED = "two writes to one thing in no order"
OVER_BUDGET = "more model calls than allowed"
BROKEN = "a declaration that cannot be read"

KINDS = (
    *(UNKNOWN_STEP, TWICE, UNREACHED, NO_RESULT, CYCLE, WRONG_TYPE, MISSING_INPUT, UNKNOWN_INPUT, UNKNOWN_OPTION),
    *(WRONG_OPTION, UNKNOWN_LABEL, MISSING_BRANCH, WRONG_EXAMPLE, UNORDERED, OVER_BUDGET, BROKEN),
)
