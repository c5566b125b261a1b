"""Rules for switches: a case that is missing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from hdsl.evolve.edits.add_label import AddLabel
from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.seen import asked_of, source_of, table_of
from hdsl.graph.program import NodeArgument, Switch

_WORD = re.compile(r"[A-Za-z]{3,}")


def missing_case(view: View, path: str, place: Place) -> Iterator[Proposal]:
    """Answers are wanted that no branch of a switch knows of."""
    node = view.program.nodes[path]
    if not isinstance(node.what, Switch) or not isinstance(node.arguments[0], NodeArgument):
        return
    condition = view.program.nodes[node.arguments[0].path]
    if condition.type.labels is None or table_of(condition) is None:
        return
    branches = [view.program.nodes[each.path] for each in node.arguments[1:] if isinstance(each, NodeArgument)]
    tables = [table for table in map(table_of, branches) if table is not None]
    if not tables:
        return
    known = {row[2].strip() for table in tables for row in view.seeds.get(table, ())}
    if not known:
        return
    asked = [each for each in asked_of(view, path) if each.loss > 0]
    unknown = [each for each in asked if each.wanted is not None and each.wanted.strip() not in known]
    if not unknown:
        return
    source = source_of(condition)
    requests = {each.line: each.request for each in asked_of(view, condition.path)}
    lines = {each.line for each in unknown}
    label = _word_of([text for line, text in requests.items() if line in lines],
                     [text for line, text in requests.items() if line not in lines],
                     condition.type.label_texts)  # fmt: skip
    share = len(unknown) / max(1, len(view.traces))
    evidence = (
        f"{len(unknown)} wanted answers are in none of the {len(branches)} branches of `{place.node}`"
        + (f", of what `{source}` says" if source else ""),
    )
    prediction = {each.line: 0.4 for each in unknown}
    yield Proposal(AddLabel(condition.type.name, label), path, prediction, evidence, 1.3 * share)


def _word_of(texts: Sequence[str], others: Sequence[str], taken: Sequence[str]) -> str:
    """The word that most sets some texts apart from others, which is not a label yet; `other` where there is none."""
    count = Counter(word.lower() for text in texts for word in set(_WORD.findall(text)))
    beside = Counter(word.lower() for text in others for word in set(_WORD.findall(text)))
    ranked = sorted(count, key=lambda word: (beside[word] / (len(others) or 1) - count[word] / len(texts), word))
    names = (*ranked[:3], "other", *(f"other{number}" for number in range(2, 99)))
    known = {label.rstrip(":") for label in taken}
    return str(next(word for word in names if word not in known))
