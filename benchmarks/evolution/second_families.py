"""The second ten families: other tasks with faults of the same kinds."""

import random

from benchmarks.evolution.family import (
    FORM,
    ITEMS,
    Example,
    Instance,
    drawn_words,
    form_codes,
    many_to_few,
    one_to_one,
    table_of,
    task_file,
)
from benchmarks.evolution.model import CAREFULLY, Knowledge


def lost_place(chance: random.Random) -> Instance:
    wares, places = drawn_words(chance, 6, "g"), drawn_words(chance, 3, "c")
    codes = {(ware, place): word for (ware, place), word in zip(
        [(ware, place) for ware in wares for place in places], drawn_words(chance, 18, "n"), strict=True)}  # fmt: skip
    tables = {"codes": "[]"}
    end = '  answer: text[1] = join(code, place, with=" in ")\n  return answer\n'
    faulty = f"  code: text[1] = expert(ware, codes, topk=8)\n{end}"
    best = f"  both: text[1] = join(ware, place)\n  code: text[1] = expert(both, codes, topk=8)\n{end}"
    inputs = "ware: text[1], place: text[1]"

    def draw(chance: random.Random) -> Example:
        ware, place = chance.choice(wares), chance.choice(places)
        return {"ware": ware, "place": place}, f"{codes[ware, place]} in {place}"

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw, Knowledge([], {})
    )


def missing_second_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 4)
    times = drawn_words(chance, 3, "d")
    pairs = [(time, kind) for time in times for kind in kinds]
    fees = dict(zip(pairs, drawn_words(chance, len(pairs), "f"), strict=True))
    rows = {f"{time}\\n{kind}": fee for (time, kind), fee in fees.items()}
    known = {"fees": table_of(rows, len(rows))}
    end = "  fee: text[1] = expert(asked, fees, topk=6)\n  return fee\n"
    faulty = f"  asked: text[1] = join(time, item)\n{end}"
    best = f"  kind: text[1] = expert(item, kinds)\n  asked: text[1] = join(time, kind)\n{end}"
    inputs = "time: text[1], item: text[1]"

    def draw(chance: random.Random) -> Example:
        time, item = chance.choice(times), chance.choice(items)
        return {"time": time, "item": item}, fees[time, kind_of[item]]

    return Instance(
        task_file(known, faulty, inputs=inputs), task_file({**known, "kinds": "[]"}, best, inputs=inputs), draw,
        Knowledge([kind_of], {}),
    )  # fmt: skip


def two_tasks_in_the_middle(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 5)
    desks = one_to_one(chance, kinds, "d")
    known = {"desks": table_of(desks, 5)}
    end = '  answer: text[1] = join("ask", desk, with=" ")\n  return answer\n'
    faulty = f"  desk: text[1] = expert(item, desks)\n{end}"
    best = f"  kind: text[1] = expert(item, kinds)\n  desk: text[1] = expert(kind, desks)\n{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"ask {desks[kind_of[item]]}"

    return Instance(task_file(known, faulty), task_file({**known, "kinds": "[]"}, best), draw, Knowledge([kind_of], {}))


def needless_first_step(chance: random.Random) -> Instance:
    items, _, group_of = many_to_few(chance, 8)
    middle = one_to_one(chance, items, "m")
    answers = one_to_one(chance, list(middle.values()), "a")
    known = {"middles": table_of(middle, 10), "answers": table_of(answers, 10)}
    both = {"groups": table_of(group_of, 10), **known}
    end = "  middle: text[1] = expert({}, middles)\n  answer: text[1] = expert(middle, answers)\n  return answer\n"
    faulty = "  group: text[1] = expert(item, groups)\n" + end.format("group")

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[middle[item]]

    knowledge = Knowledge([group_of, middle, answers], {})
    return Instance(task_file(both, faulty), task_file(known, end.format("item")), draw, knowledge)


def wrong_order_of_three(chance: random.Random) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    first = one_to_one(chance, items, "x")
    second = one_to_one(chance, list(first.values()), "y")
    third = one_to_one(chance, list(second.values()), "z")
    tables = {"firsts": table_of(first, 8), "seconds": table_of(second, 8), "thirds": table_of(third, 8)}
    end = "  three: text[1] = expert(two, thirds)\n  return three\n"
    faulty = f"  one: text[1] = expert(item, seconds)\n  two: text[1] = expert(one, firsts)\n{end}"
    best = f"  one: text[1] = expert(item, firsts)\n  two: text[1] = expert(one, seconds)\n{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, third[second[first[item]]]

    return Instance(task_file(tables, faulty), task_file(tables, best), draw, Knowledge([first, second, third], {}))


def _named_loop(turns: int, pattern: str) -> str:
    return (
        f"  dim N = {turns}\n  many: text[1, N] = expand(item, to=[1, N])\n"
        f'  try: text[1, N] = expert(many, codes, task="Say the number, {CAREFULLY}.", topk=6)\n'
        f'  right: text[1, N] = until_match(try, pattern="{pattern}")\n'
        '  found: text[1] = recurrent(right, item)\n  answer: text[1] = join("no", found, with=" ")\n  return answer\n'
    )


def _numbered(chance: random.Random, faulty: str, best: str, stammers: int) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    codes = form_codes(chance, items)
    tables = {"codes": table_of(codes, 6)}

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"no {codes[item]}"

    return Instance(task_file(tables, faulty), task_file(tables, best), draw, Knowledge([codes], {}, stammers))


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
