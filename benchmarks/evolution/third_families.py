"""The third ten families: answers that cannot be relied on, checks that are missing, and other tasks for rare kinds."""

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
from benchmarks.evolution.model import CANDIDLY, QUICKLY, Knowledge

UNSTEADY = 0.4
"""The share of answers to a task that is done quickly which are wrong."""
VOTES = 5


def _votes(node: str, source: str, call: str) -> str:
    return (
        f"  many: text[1, {VOTES}] = expand({source}, to=[1, {VOTES}])\n  said: text[1, {VOTES}] = {call}\n"
        f"  {node}: text[1] = vote(said)\n"
    )


def unsteady_answer(chance: random.Random) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    answers = one_to_one(chance, items, "a")
    tables = {"answers": table_of(answers, 12)}
    call = f'expert({{}}, answers, task="Answer {QUICKLY}.", topk=8)'
    end = "  return answer\n"
    faulty = f"  answer: text[1] = {call.format('item')}\n{end}"
    best = f"{_votes('answer', 'item', call.format('many'))}{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[item]

    knowledge = Knowledge([answers], {}, unsteady=UNSTEADY)
    return Instance(task_file(tables, faulty), task_file(tables, best), draw, knowledge)


def unsteady_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 6)
    fees = one_to_one(chance, kinds, "f")
    tables = {"kinds": table_of(kind_of, 12), "fees": table_of(fees, 6)}
    call = f'expert({{}}, kinds, task="Say the kind {QUICKLY}.", topk=8)'
    end = '  fee: text[1] = expert(kind, fees)\n  answer: text[1] = join("pay", fee, with=" ")\n  return answer\n'
    faulty = f"  kind: text[1] = {call.format('item')}\n{end}"
    best = f"{_votes('kind', 'item', call.format('many'))}{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"pay {fees[kind_of[item]]}"

    knowledge = Knowledge([kind_of, fees], {}, unsteady=UNSTEADY)
    return Instance(task_file(tables, faulty), task_file(tables, best), draw, knowledge)


def _two_codes(chance: random.Random) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Items of which each of two relations knows the code of one half."""
    items = drawn_words(chance, ITEMS, "w")
    codes = form_codes(chance, items)
    half = len(items) // 2
    return items, {item: codes[item] for item in items[:half]}, {item: codes[item] for item in items[half:]}


def no_fallback(chance: random.Random) -> Instance:
    items, known, other = _two_codes(chance)
    tables = {"codes": table_of(known, 6)}
    asked = f'  said: text[1] = expert(item, codes, task="Give the code, {CANDIDLY}.", topk=8)\n'
    checked = f'{asked}  checked: text[1] = until_match(said, pattern="{FORM}")\n'
    faulty = f"{checked}  return checked\n"
    best = (
        f"{checked}  instead: text[1] = expert(item, others)\n  answer: text[1] = fallback(checked, instead)\n"
        "  return answer\n"
    )

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, {**known, **other}[item]

    repaired = task_file({**tables, "others": "[]"}, best)
    return Instance(task_file(tables, faulty), repaired, draw, Knowledge([known, other], {}))


def no_second_desk(chance: random.Random) -> Instance:
    items, known, other = _two_codes(chance)
    names = drawn_words(chance, ITEMS, "n")
    item_of = dict(zip(names, items, strict=True))
    tables = {"items": table_of(item_of, 8), "codes": table_of(known, 6)}
    asked = (
        "  item: text[1] = expert(name, items, topk=8)\n"
        f'  said: text[1] = expert(item, codes, task="Give the code, {CANDIDLY}.", topk=8)\n'
        f'  desk: text[1] = until_match(said, pattern="{FORM}")\n'
    )
    end = '  answer: text[1] = join("ask", {}, with=" ")\n  return answer\n'
    faulty = asked + end.format("desk")
    instead = "  instead: text[1] = expert(item, others)\n  either: text[1] = fallback(desk, instead)\n"

    def draw(chance: random.Random) -> Example:
        name = chance.choice(names)
        return {"name": name}, f"ask {({**known, **other})[item_of[name]]}"

    inputs = "name: text[1]"
    return Instance(
        task_file(tables, faulty, inputs=inputs),
        task_file({**tables, "others": "[]"}, asked + instead + end.format("either"), inputs=inputs), draw,
        Knowledge([item_of, known, other], {}),
    )  # fmt: skip


def unchecked_fallback(chance: random.Random) -> Instance:
    items, known, other = _two_codes(chance)
    tables = {"codes": table_of(known, 6), "others": table_of(other, 6)}
    first = f'  first: text[1] = expert(item, codes, task="Give the code, {CANDIDLY}.", topk=8)\n'
    check = f'  fits: text[1] = until_match(first, pattern="{FORM}")\n'
    end = (
        "  second: text[1] = expert(item, others, topk=8)\n  code: text[1] = fallback({}, second)\n"
        '  answer: text[1] = join("no", code, with=" ")\n  return answer\n'
    )

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"no {({**known, **other})[item]}"

    return Instance(
        task_file(tables, first + end.format("first")), task_file(tables, first + check + end.format("fits")), draw,
        Knowledge([known, other], {}),
    )  # fmt: skip


def unchecked_desk(chance: random.Random) -> Instance:
    items, known, other = _two_codes(chance)
    names = drawn_words(chance, ITEMS, "n")
    item_of = dict(zip(names, items, strict=True))
    tables = {"items": table_of(item_of, 8), "codes": table_of(known, 6), "others": table_of(other, 6)}
    desk = (
        "  item: text[1] = expert(name, items, topk=8)\n"
        f'  desk: text[1] = expert(item, codes, task="Give the code, {CANDIDLY}.", topk=8)\n'
    )
    check = f'  sure: text[1] = until_match(desk, pattern="{FORM}")\n'
    end = (
        "  instead: text[1] = expert(item, others, topk=8)\n  answer: text[1] = fallback({}, instead)\n"
        "  return answer\n"
    )
    inputs = "name: text[1]"

    def draw(chance: random.Random) -> Example:
        name = chance.choice(names)
        return {"name": name}, {**known, **other}[item_of[name]]

    return Instance(
        task_file(tables, desk + end.format("desk"), inputs=inputs),
        task_file(tables, desk + check + end.format("sure"), inputs=inputs), draw,
        Knowledge([item_of, known, other], {}),
    )  # fmt: skip


def missing_fourth_case(chance: random.Random) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    names = ("red", "green", "blue", "other")
    class_of = {item: names[number % 4] for number, item in enumerate(items)}
    relations = [one_to_one(chance, items, letter) for letter in "rgbo"]
    own = [{item: relation[item] for item in items if class_of[item] == name}
           for name, relation in zip(names, relations, strict=True)]  # fmt: skip
    tables = {f"{name}s": table_of(known, 4) for name, known in zip(names[:3], own, strict=False)}
    body = "  class: Class[1] = expert(item, sort)\n" + "".join(
        f"  {name}: text[1] = expert(item, {name}s)\n" for name in names[:3]
    )
    cases = ", ".join(f'"{name}" => {name}' for name in names[:3])
    end = '  answer: text[1] = join("to", chosen, with=" ")\n  return answer\n'
    faulty = f"{body}  chosen: text[1] = switch class {{ {cases} }}\n{end}"
    best = (
        f"{body}  rest: text[1] = expert(item, others)\n"
        f'  chosen: text[1] = switch class {{ {cases}, "other" => rest }}\n{end}'
    )

    def declared(count: int) -> str:
        labels = ", ".join(f'"{name}"' for name in names[:count])
        return f"type Class {{ {labels} }}\n\nexperience sort: text -> Class = []\n\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"to {next(relation[item] for relation in own if item in relation)}"

    return Instance(
        task_file(tables, faulty, before=declared(3)),
        task_file({**tables, "others": "[]"}, best, before=declared(4)), draw, Knowledge(own, class_of),
    )  # fmt: skip


def missing_middle_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 5)
    desks = one_to_one(chance, kinds, "d")
    tables = {"kinds": table_of(kind_of, 10)}
    kind = "  kind: text[1] = expert(item, kinds)\n"
    end = '  answer: text[1] = join("to", {}, with=" ")\n  return answer\n'
    best = f"{kind}  desk: text[1] = expert(kind, desks)\n{end.format('desk')}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"to {desks[kind_of[item]]}"

    return Instance(
        task_file(tables, kind + end.format("kind")), task_file({**tables, "desks": "[]"}, best), draw,
        Knowledge([kind_of], {}),
    )  # fmt: skip


def lost_kind(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 5)
    questions = drawn_words(chance, 4, "q")
    pairs = [(kind, question) for kind in kinds for question in questions]
    steps = dict(zip(pairs, drawn_words(chance, len(pairs), "s"), strict=True))
    tables = {"kinds": table_of(kind_of, 12), "steps": "[]"}
    kind = "  kind: text[1] = expert(item, kinds)\n"
    end = '  answer: text[1] = join(kind, step, with=": ")\n  return answer\n'
    faulty = f"{kind}  step: text[1] = expert(question, steps, topk=8)\n{end}"
    best = f"{kind}  both: text[1] = join(question, kind)\n  step: text[1] = expert(both, steps, topk=8)\n{end}"
    inputs = "item: text[1], question: text[1]"

    def draw(chance: random.Random) -> Example:
        item, question = chance.choice(items), chance.choice(questions)
        return {"item": item, "question": question}, f"{kind_of[item]}: {steps[kind_of[item], question]}"

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw,
        Knowledge([kind_of], {}),
    )  # fmt: skip


def needless_last_step(chance: random.Random) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    answers = one_to_one(chance, items, "a")
    polished = one_to_one(chance, list(answers.values()), "p")
    known = {"answers": table_of(answers, 12)}
    plain = "  plain: text[1] = expert(item, answers, topk=8)\n"
    end = '  answer: text[1] = join("no", {}, with=" ")\n  return answer\n'
    faulty = f"{plain}  polished: text[1] = expert(plain, polish, topk=8)\n{end.format('polished')}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"no {answers[item]}"

    return Instance(
        task_file({**known, "polish": table_of(polished, 12)}, faulty), task_file(known, plain + end.format("plain")),
        draw, Knowledge([answers, polished], {}),
    )  # fmt: skip
