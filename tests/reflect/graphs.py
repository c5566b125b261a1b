"""Harnesses whose backward can be worked out by hand, and the reading of their records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hdsl
from hdsl.experience.training_data import flat, shape_of
from hdsl.learn.binding import as_texts

CHAIN = """hdsl 1

experience first: text -> text = [("eins", "eins", "one")]
experience second: text -> text = [("one", "one", "uno"), ("two", "two", "due")]

harness chain(word: text[1]) -> text[1] {
  middle: text[1] = expert(word, first)
  end:    text[1] = expert(middle, second)
  return end
}
"""

DIAMOND = """hdsl 1

experience english: text -> text = [("eins", "eins", "one")]
experience italian: text -> text = [("eins", "eins", "uno")]

harness diamond(word: text[1]) -> text[1] {
  left:  text[1] = expert(word, english)
  right: text[1] = expert(word, italian)
  both:  text[1] = join(left, right, with="/")
  return both
}
"""

SWITCH = """hdsl 1

type Side {
  "a": "one side",
  "b": "the other",
}

experience sides: text -> Side = [("eins", "eins", "b")]
experience english: text -> text = [("eins", "eins", "one")]
experience italian: text -> text = [("eins", "eins", "uno")]

harness sided(word: text[1]) -> text[1] {
  side:   Side[1] = expert(word, sides)
  first:  text[1] = expert(word, english)
  second: text[1] = expert(word, italian)
  end:    text[1] = switch side { "a" => first, "b" => second }
  return end
}
"""

LOOP = """hdsl 1

type Verdict {
  "accept": "goes in",
  "reject": "does not",
}

experience rewrites: text -> text = [("wip", "wip", "bad"), ("good", "good", "fine"), ("never", "never", "asked")]
experience verdicts: text -> Verdict = [("bad", "bad", "reject"), ("fine", "fine", "accept")]

harness loop(drafts: text[1, T]) -> text[1] {
  written: text[1, T]    = expert(drafts, rewrites)
  verdict: Verdict[1, T] = expert(written, verdicts)
  checked: Verdict[1, T] = until_label(verdict, "accept")
  draft:   text[1, T]    = gate(written, checked)
  result:  text[1]       = recurrent(draft)
  return result
}
"""

BATCH = """hdsl 1

experience numbers: text -> text = [("eins", "eins", "one"), ("zwei", "zwei", "two"), ("drei", "drei", "tree")]

harness batch(words: text[B]) -> text[B] {
  each: text[B] = expert(words, numbers)
  end:  text[B] = first_line(each)
  return end
}
"""


@contextmanager
def loaded(folder: Path, source: str, kernel: Any = "nearest") -> Iterator[hdsl.HarnessModule]:
    """A harness as a module."""
    file = folder / "harness.hg"
    file.write_text(source, encoding="utf-8")
    with hdsl.load(file, kernel=kernel) as module:
        yield module


def anchored(module: hdsl.HarnessModule, texts: Sequence[Any], start: Any) -> Any:
    """Texts as an input that is anchored."""
    given = as_texts(list(texts))
    return hdsl.need_reflection(hdsl.ft_make_forwarded(module.home, shape_of(given), flat(given)), start)


def taken(module: hdsl.HarnessModule, texts: Sequence[Any], expected: Sequence[Any], start: Any) -> Any:
    """The loss of a harness that ran on anchored texts, after its first derivative."""
    result = module(anchored(module, texts, start))
    result.ft_forward()
    loss = hdsl.get_edit_distance_ratio(result, hdsl.make_tensor(list(expected), module.home)).mean()
    loss.backward(create_graph=True)
    return loss


def names(module: hdsl.HarnessModule) -> dict[str, str]:
    """Tables by their tensors' uids."""
    return {table.st_tensor_uid: key for key, table in module.tables.items()}


def second(module: hdsl.HarnessModule, start: Any) -> list[hdsl.ReflectionRecord]:
    """The records of the second derivative."""
    records: list[hdsl.ReflectionRecord] = []
    with hdsl.dispatch_policy(hdsl.TracePolicy(records, names=names(module))):
        start.grad.backward()
    return records


def shown(record: hdsl.ReflectionRecord) -> str:
    """A record in one line: who, what was wanted of which element, what was handed to whom, what it cost."""
    said = record.said
    judged = [f"{list(each.at)} {_change(each.text, each.better)}" for each in said.judged]
    passed = [f"{each.to}{list(each.at)} {_change(each.text, each.better)}" for each in said.passed]
    taught = [f"{each.to}: {each.key} {'is' if each.is_right else 'should be'} {each.value}" for each in said.taught]
    cost = f" ({said.usage.calls} call)" if said.usage.calls else ""
    where = f"{record.fn.__name__} {record.node}".strip()
    return f"{where}: {'; '.join(judged) or '-'} => {'; '.join([*passed, *taught]) or '-'}{cost}"


def _change(text: str, better: str) -> str:
    return f"{text} is right" if text == better else f"{text}>{better}"
