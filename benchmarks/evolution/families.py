"""The families: each a task with its best graph, the same graph with a fault, and examples drawn by chance."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.evolution.model import CAREFULLY, Knowledge

ITEMS = 90
Example = tuple[dict[str, str], str]


@dataclass(frozen=True)
class Instance:
    """One task. `draw` gives a question with its right answer."""

    faulty: str
    best: str
    draw: Callable[[random.Random], Example]
    knowledge: Knowledge
    harness: str = "task"


@dataclass(frozen=True)
class Family:
    """A kind of fault, the kind of edit that takes it away, and the node whose trace shows it."""

    name: str
    repair: str
    where: str
    make: Callable[[random.Random], Instance]


def _words(chance: random.Random, count: int, letter: str) -> list[str]:
    return [f"{letter}{number}" for number in chance.sample(range(100, 1000), count)]


def _rows(pairs: Mapping[str, str], count: int) -> str:
    chosen = list(pairs.items())[:count]
    return "[\n" + "".join(f'  ("{key}", "{key}", "{value}"),\n' for key, value in chosen) + "]"


def _file(tables: Mapping[str, str], body: str, *, before: str = "", inputs: str = "item: text[1]") -> str:
    declared = "\n\n".join(f"experience {name}: text -> text = {rows}" for name, rows in tables.items())
    return (
        f"hdsl 1\n\n{before}{declared}\n\nharness task({inputs}) -> text[1] {{\n{body}}}\n\n"
        'train task {\n  data = load("data.jsonl")\n  loss = exact_match\n  valid = 0.4\n  epochs = 2\n}\n'
    )


def _many_to_few(chance: random.Random, kinds: int) -> tuple[list[str], list[str], dict[str, str]]:
    items, few = _words(chance, ITEMS, "w"), _words(chance, kinds, "k")
    return items, few, {item: few[number % kinds] for number, item in enumerate(items)}


def _one_to_one(chance: random.Random, items: list[str], letter: str) -> dict[str, str]:
    return dict(zip(items, _words(chance, len(items), letter), strict=True))


def _codes(chance: random.Random, items: list[str]) -> dict[str, str]:
    """Codes of one form, as B-417."""
    numbers = chance.sample(range(100, 1000), len(items))
    return {item: f"{chance.choice('ABCDE')}-{number}" for item, number in zip(items, numbers, strict=True)}


def lost_input(chance: random.Random) -> Instance:
    problems, products = _words(chance, 5, "p"), _words(chance, 4, "q")
    teams = _one_to_one(chance, products, "t")
    steps = {(one, other): word for (one, other), word in zip(
        [(one, other) for one in problems for other in products], _words(chance, 20, "s"), strict=True)}  # fmt: skip
    tables = {"teams": _rows(teams, 4), "steps": "[]"}
    end = '  answer: text[1] = join(team, step, with=": ")\n  return answer\n'
    team = "  team: text[1] = expert(product, teams, topk=4)\n"
    faulty = f"{team}  step: text[1] = expert(problem, steps, topk=8)\n{end}"
    best = f"{team}  both: text[1] = join(problem, product)\n  step: text[1] = expert(both, steps, topk=8)\n{end}"
    inputs = "problem: text[1], product: text[1]"

    def draw(chance: random.Random) -> Example:
        one, other = chance.choice(problems), chance.choice(products)
        return {"problem": one, "product": other}, f"{teams[other]}: {steps[one, other]}"

    return Instance(_file(tables, faulty, inputs=inputs), _file(tables, best, inputs=inputs), draw, Knowledge([], {}))


def missing_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = _many_to_few(chance, 5)
    questions = _words(chance, 4, "q")
    pairs = [(kind, question) for kind in kinds for question in questions]
    answers = dict(zip(pairs, _words(chance, len(pairs), "a"), strict=True))
    rows = {f"{kind}\\n{question}": answer for (kind, question), answer in answers.items()}
    known = {"answers": _rows(rows, len(rows))}
    end = "  answer: text[1] = expert(asked, answers, topk=8)\n  return answer\n"
    faulty = f"  asked: text[1] = join(item, question)\n{end}"
    best = f"  kind: text[1] = expert(item, kinds)\n  asked: text[1] = join(kind, question)\n{end}"
    inputs = "item: text[1], question: text[1]"

    def draw(chance: random.Random) -> Example:
        item, question = chance.choice(items), chance.choice(questions)
        return {"item": item, "question": question}, answers[kind_of[item], question]

    return Instance(
        _file(known, faulty, inputs=inputs), _file({**known, "kinds": "[]"}, best, inputs=inputs), draw,
        Knowledge([kind_of], {}),
    )  # fmt: skip


def two_tasks(chance: random.Random) -> Instance:
    items, kinds, kind_of = _many_to_few(chance, 6)
    answers = _one_to_one(chance, kinds, "a")
    known = {"answers": _rows(answers, 6)}
    faulty = "  answer: text[1] = expert(item, answers)\n  return answer\n"
    best = "  kind: text[1] = expert(item, kinds)\n  answer: text[1] = expert(kind, answers)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[kind_of[item]]

    return Instance(_file(known, faulty), _file({**known, "kinds": "[]"}, best), draw, Knowledge([kind_of], {}))


def missing_case(chance: random.Random) -> Instance:
    items = _words(chance, ITEMS, "w")
    names = ("fruit", "tool", "other")
    class_of = {item: names[number % 3] for number, item in enumerate(items)}
    relations = [_one_to_one(chance, items, letter) for letter in "fto"]
    own = [{item: relation[item] for item in items if class_of[item] == name}
           for name, relation in zip(names, relations, strict=True)]  # fmt: skip
    tables = {name: _rows(known, 4) for name, known in zip(("fruits", "tools"), own, strict=False)}
    sort = "experience sort: text -> Class = []\n\n"
    type_two, type_three = 'type Class { "fruit", "tool" }\n\n', 'type Class { "fruit", "tool", "other" }\n\n'
    body = (
        "  class: Class[1] = expert(item, sort)\n  fruit: text[1] = expert(item, fruits)\n"
        "  tool: text[1] = expert(item, tools)\n"
    )
    faulty = f'{body}  answer: text[1] = switch class {{ "fruit" => fruit, "tool" => tool }}\n  return answer\n'
    best = (
        f"{body}  rest: text[1] = expert(item, others)\n"
        '  answer: text[1] = switch class { "fruit" => fruit, "tool" => tool, "other" => rest }\n  return answer\n'
    )

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, next(relation[item] for relation in own if item in relation)

    repaired = _file({**tables, "others": "[]"}, best, before=type_three + sort)
    return Instance(_file(tables, faulty, before=type_two + sort), repaired, draw, Knowledge(own, class_of))


def needless_step(chance: random.Random) -> Instance:
    items, _, kind_of = _many_to_few(chance, 6)
    answers = _one_to_one(chance, items, "a")
    known = {"answers": _rows(answers, 12)}
    both = {"kinds": _rows(kind_of, 12), **known}
    faulty = "  kind: text[1] = expert(item, kinds)\n  answer: text[1] = expert(kind, answers)\n  return answer\n"
    best = "  answer: text[1] = expert(item, answers)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[item]

    return Instance(_file(both, faulty), _file(known, best), draw, Knowledge([kind_of, answers], {}))


def wrong_order(chance: random.Random) -> Instance:
    items = _words(chance, ITEMS, "w")
    middle = _one_to_one(chance, items, "m")
    end = _one_to_one(chance, list(middle.values()), "e")
    tables = {"middles": _rows(middle, 8), "ends": _rows(end, 8)}
    faulty = "  one: text[1] = expert(item, ends)\n  two: text[1] = expert(one, middles)\n  return two\n"
    best = "  one: text[1] = expert(item, middles)\n  two: text[1] = expert(one, ends)\n  return two\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, end[middle[item]]

    return Instance(_file(tables, faulty), _file(tables, best), draw, Knowledge([middle, end], {}))


def _loop(turns: int, pattern: str) -> str:
    return (
        f"  wide: text[1, {turns}] = expand(item, to=[1, {turns}])\n"
        f'  said: text[1, {turns}] = expert(wide, codes, task="Give the code, {CAREFULLY}.", topk=8)\n'
        f'  fits: text[1, {turns}] = until_match(said, pattern="{pattern}")\n'
        "  answer: text[1] = recurrent(fits, item)\n  return answer\n"
    )


FORM = "^[A-Z]-[0-9]+$"


def _coded(chance: random.Random, faulty: str, best: str, stammers: int) -> Instance:
    items = _words(chance, ITEMS, "w")
    codes = _codes(chance, items)
    tables = {"codes": _rows(codes, 6)}

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, codes[item]

    return Instance(_file(tables, faulty), _file(tables, best), draw, Knowledge([codes], {}, stammers))


def few_turns(chance: random.Random) -> Instance:
    return _coded(chance, _loop(2, FORM), _loop(4, FORM), 2)


def asked_once(chance: random.Random) -> Instance:
    once = f'  answer: text[1] = expert(item, codes, task="Give the code, {CAREFULLY}.", topk=8)\n  return answer\n'
    return _coded(chance, once, _loop(3, FORM), 1)


def weak_validator(chance: random.Random) -> Instance:
    return _coded(chance, _loop(3, "\\\\S"), _loop(3, FORM), 1)


def few_rows(chance: random.Random) -> Instance:
    call = "  answer: text[1] = expert(item, codes, topk={})\n  return answer\n"
    return _coded(chance, call.format(1), call.format(8), 0)


def missing_last_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = _many_to_few(chance, 6)
    answers = _one_to_one(chance, kinds, "a")
    tables = {"kinds": _rows(kind_of, 12)}
    faulty = "  kind: text[1] = expert(item, kinds)\n  return kind\n"
    best = "  kind: text[1] = expert(item, kinds)\n  answer: text[1] = expert(kind, answers)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[kind_of[item]]

    return Instance(_file(tables, faulty), _file({**tables, "answers": "[]"}, best), draw, Knowledge([kind_of], {}))


# Second families: other tasks with faults of the same kinds


def lost_place(chance: random.Random) -> Instance:
    wares, places = _words(chance, 6, "g"), _words(chance, 3, "c")
    codes = {(ware, place): word for (ware, place), word in zip(
        [(ware, place) for ware in wares for place in places], _words(chance, 18, "n"), strict=True)}  # fmt: skip
    tables = {"codes": "[]"}
    end = '  answer: text[1] = join(code, place, with=" in ")\n  return answer\n'
    faulty = f"  code: text[1] = expert(ware, codes, topk=8)\n{end}"
    best = f"  both: text[1] = join(ware, place)\n  code: text[1] = expert(both, codes, topk=8)\n{end}"
    inputs = "ware: text[1], place: text[1]"

    def draw(chance: random.Random) -> Example:
        ware, place = chance.choice(wares), chance.choice(places)
        return {"ware": ware, "place": place}, f"{codes[ware, place]} in {place}"

    return Instance(_file(tables, faulty, inputs=inputs), _file(tables, best, inputs=inputs), draw, Knowledge([], {}))


def missing_second_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = _many_to_few(chance, 4)
    times = _words(chance, 3, "d")
    pairs = [(time, kind) for time in times for kind in kinds]
    fees = dict(zip(pairs, _words(chance, len(pairs), "f"), strict=True))
    rows = {f"{time}\\n{kind}": fee for (time, kind), fee in fees.items()}
    known = {"fees": _rows(rows, len(rows))}
    end = "  fee: text[1] = expert(asked, fees, topk=6)\n  return fee\n"
    faulty = f"  asked: text[1] = join(time, item)\n{end}"
    best = f"  kind: text[1] = expert(item, kinds)\n  asked: text[1] = join(time, kind)\n{end}"
    inputs = "time: text[1], item: text[1]"

    def draw(chance: random.Random) -> Example:
        time, item = chance.choice(times), chance.choice(items)
        return {"time": time, "item": item}, fees[time, kind_of[item]]

    return Instance(
        _file(known, faulty, inputs=inputs), _file({**known, "kinds": "[]"}, best, inputs=inputs), draw,
        Knowledge([kind_of], {}),
    )  # fmt: skip


def two_tasks_in_the_middle(chance: random.Random) -> Instance:
    items, kinds, kind_of = _many_to_few(chance, 5)
    desks = _one_to_one(chance, kinds, "d")
    known = {"desks": _rows(desks, 5)}
    end = '  answer: text[1] = join("ask", desk, with=" ")\n  return answer\n'
    faulty = f"  desk: text[1] = expert(item, desks)\n{end}"
    best = f"  kind: text[1] = expert(item, kinds)\n  desk: text[1] = expert(kind, desks)\n{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"ask {desks[kind_of[item]]}"

    return Instance(_file(known, faulty), _file({**known, "kinds": "[]"}, best), draw, Knowledge([kind_of], {}))


def needless_first_step(chance: random.Random) -> Instance:
    items, _, group_of = _many_to_few(chance, 8)
    middle = _one_to_one(chance, items, "m")
    answers = _one_to_one(chance, list(middle.values()), "a")
    known = {"middles": _rows(middle, 10), "answers": _rows(answers, 10)}
    both = {"groups": _rows(group_of, 10), **known}
    end = "  middle: text[1] = expert({}, middles)\n  answer: text[1] = expert(middle, answers)\n  return answer\n"
    faulty = "  group: text[1] = expert(item, groups)\n" + end.format("group")

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[middle[item]]

    knowledge = Knowledge([group_of, middle, answers], {})
    return Instance(_file(both, faulty), _file(known, end.format("item")), draw, knowledge)


def wrong_order_of_three(chance: random.Random) -> Instance:
    items = _words(chance, ITEMS, "w")
    first = _one_to_one(chance, items, "x")
    second = _one_to_one(chance, list(first.values()), "y")
    third = _one_to_one(chance, list(second.values()), "z")
    tables = {"firsts": _rows(first, 8), "seconds": _rows(second, 8), "thirds": _rows(third, 8)}
    end = "  three: text[1] = expert(two, thirds)\n  return three\n"
    faulty = f"  one: text[1] = expert(item, seconds)\n  two: text[1] = expert(one, firsts)\n{end}"
    best = f"  one: text[1] = expert(item, firsts)\n  two: text[1] = expert(one, seconds)\n{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, third[second[first[item]]]

    return Instance(_file(tables, faulty), _file(tables, best), draw, Knowledge([first, second, third], {}))


def _named_loop(turns: int, pattern: str) -> str:
    return (
        f"  dim N = {turns}\n  many: text[1, N] = expand(item, to=[1, N])\n"
        f'  try: text[1, N] = expert(many, codes, task="Say the number, {CAREFULLY}.", topk=6)\n'
        f'  right: text[1, N] = until_match(try, pattern="{pattern}")\n'
        '  found: text[1] = recurrent(right, item)\n  answer: text[1] = join("no", found, with=" ")\n  return answer\n'
    )


def _numbered(chance: random.Random, faulty: str, best: str, stammers: int) -> Instance:
    items = _words(chance, ITEMS, "w")
    codes = _codes(chance, items)
    tables = {"codes": _rows(codes, 6)}

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"no {codes[item]}"

    return Instance(_file(tables, faulty), _file(tables, best), draw, Knowledge([codes], {}, stammers))


def few_named_turns(chance: random.Random) -> Instance:
    return _numbered(chance, _named_loop(2, FORM), _named_loop(4, FORM), 2)


def weak_pattern(chance: random.Random) -> Instance:
    return _numbered(chance, _named_loop(3, "[0-9]"), _named_loop(3, FORM), 1)


def _said(topk: int) -> str:
    return (
        f'  number: text[1] = expert(item, codes, task="Say the number, {CAREFULLY}.", topk={topk})\n'
        '  answer: text[1] = join("no", number, with=" ")\n  return answer\n'
    )


def said_once(chance: random.Random) -> Instance:
    return _numbered(chance, _said(6), _named_loop(3, FORM), 1)


def one_row(chance: random.Random) -> Instance:
    return _numbered(chance, _said(1), _said(8), 0)


FAMILIES = (
    Family("lost input", "add_input", "step", lost_input),
    Family("missing step", "insert_expert_before", "answer", missing_step),
    Family("two tasks in one expert", "split_expert", "answer", two_tasks),
    Family("missing case", "add_label", "answer", missing_case),
    Family("needless step", "remove_node", "kind", needless_step),
    Family("wrong order", "swap_steps", "one", wrong_order),
    Family("too few turns", "change_turns", "answer", few_turns),
    Family("asked once", "wrap_loop", "answer", asked_once),
    Family("weak validator", "tighten_validator", "said", weak_validator),
    Family("too few rows", "change_option", "answer", few_rows),
    Family("missing last step", "insert_expert_after", "kind", missing_last_step),
    Family("lost place", "add_input", "code", lost_place),
    Family("missing second step", "insert_expert_before", "fee", missing_second_step),
    Family("two tasks in the middle", "split_expert", "desk", two_tasks_in_the_middle),
    Family("needless first step", "remove_node", "group", needless_first_step),
    Family("wrong order of three", "swap_steps", "one", wrong_order_of_three),
    Family("few named turns", "change_turns", "found", few_named_turns),
    Family("weak pattern", "tighten_validator", "try", weak_pattern),
    Family("said once", "wrap_loop", "number", said_once),
    Family("one row", "change_option", "number", one_row),
)
