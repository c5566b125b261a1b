"""Faults of stubs, and of writes that are not what they seem: done twice, or to one thing for all."""

from collections.abc import Iterator

from benchmarks.mutations.effect_faults import sequences
from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.text_faults import misspelt
from hdsl.syntax import tree

STUBS, TYPES, EFFECTS = ("HG7",), ("HG3",), ("HG5",)


def stubs(sample: Sample) -> Iterator[tree.Given]:
    """What tests give."""
    for item in sample.tree.items:
        if isinstance(item, tree.Test):
            yield from (each for each in item.statements if isinstance(each, tree.Given))


def replies(reply: tree.Reply) -> Iterator[tree.Text | tree.Failure]:
    """The texts and failures of a reply."""
    if isinstance(reply, tree.Replies):
        for each in reply.items:
            yield from replies(each)
    else:
        yield reply


def misspelt_stub(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        parts = given.path.text.split(".")
        for i in range(len(parts)):
            wrong = ".".join([*parts[:i], misspelt(parts[i]), *parts[i + 1 :]])
            yield Fault((Edit(given.path.span.start, given.path.span.end, wrong),), STUBS)


def stub_of_a_field(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        yield Fault((Edit(given.path.span.end, given.path.span.end, ".first"),), STUBS)


def stub_of_a_harness(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        name = given.path.text.partition(".")[0]
        yield Fault((Edit(given.path.span.start, given.path.span.end, name),), STUBS)


def stub_twice(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        again = f"\n  {sample.written(given.span)}"
        yield Fault((Edit(given.span.end, given.span.end, again),), ("HG1",))


def too_many_replies(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        if isinstance(given.reply, tree.Replies):
            first = next(each for each in replies(given.reply) if isinstance(each, tree.Text))
            span = given.reply.span
            deep = "[" * 4 + sample.written(first.span) + "]" * 4
            yield Fault((Edit(span.start, span.end, deep),), STUBS, at=(given.path.span.start,))


def unknown_reply(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        for each in replies(given.reply):
            if isinstance(each, tree.Failure):
                yield Fault((Edit(each.function.span.start, each.function.span.end, "fails"),), STUBS)


def stub_without_label(sample: Sample) -> Iterator[Fault]:
    for given in stubs(sample):
        for each in replies(given.reply):
            if isinstance(each, tree.Text) and each.text in ("good", "bad"):
                yield Fault((Edit(each.span.start, each.span.end, '"fair"'),), TYPES)


def write_done_twice(sample: Sample) -> Iterator[Fault]:
    for _, node, steps in sequences(sample):
        for step in steps:
            found = [each for _, each, call in sample.calls if each.name.text == step.text and _writes(call)]
            if found and step is not steps[-1]:
                last = steps[-1].span
                yield Fault((Edit(last.start, last.start, f"{step.text}, "),), EFFECTS, at=(node.span.start,))


def one_path_for_all(sample: Sample) -> Iterator[Fault]:
    for harness, node, call in sample.calls:
        path = call.arguments[0] if call.arguments else None
        uses = sample.written(harness.span).count("path")
        is_batch = node.annotation is not None and any(dim.name for dim in node.annotation.dims or ())
        if call.operation.text == "write_file" and is_batch and isinstance(path, tree.Name) and uses > 1:
            both = f'join({path.text}, "", with="")'
            constant = Edit(path.span.start, path.span.end, '"notes.md"')
            kept = Edit(node.span.start, node.span.start, f"kept: {_type(node)} = {both}\n  ")
            used = _used(harness, node, sample)
            if used is not None:
                yield Fault((kept, constant, used), EFFECTS, at=(node.span.start,))


def _used(harness: tree.Harness, node: tree.Node, sample: Sample) -> Edit | None:
    """The path is still used: as the first input of a `join` behind the write."""
    for _, other, call in sample.calls:
        if other in harness.body and other.span.start > node.span.end and call.operation.text == "join":
            first = call.arguments[0]
            return Edit(first.span.start, first.span.start, "kept, ")
    return None


def _type(node: tree.Node) -> str:
    assert node.annotation is not None
    dims = ", ".join(str(dim.name or dim.size) for dim in node.annotation.dims or ())
    return f"text[{dims}]"


def _writes(call: tree.Call) -> bool:
    return call.operation.text.rpartition(".")[2] in ("write_file", "send_text", "send_key", "run")


STUB_FAULTS = (
    misspelt_stub,
    stub_of_a_field,
    stub_of_a_harness,
    stub_twice,
    too_many_replies,
    unknown_reply,
    stub_without_label,
    write_done_twice,
    one_path_for_all,
)
