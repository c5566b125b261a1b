"""The first ten families: a task for each of ten kinds of fault."""

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


def lost_input(chance: random.Random) -> Instance:
    problems, products = drawn_words(chance, 5, "p"), drawn_words(chance, 4, "q")
    teams = one_to_one(chance, products, "t")
    pairs = [(one, other) for one in problems for other in products]
    steps = dict(zip(pairs, drawn_words(chance, len(pairs), "s"), strict=True))
    tables = {"teams": table_of(teams, 4), "steps": "[]"}
    end = '  answer: text[1] = join(team, step, with=": ")\n  return answer\n'
    team = "  team: text[1] = expert(product, teams, topk=4)\n"
    faulty = f"{team}  step: text[1] = expert(problem, steps, topk=8)\n{end}"
    best = f"{team}  both: text[1] = join(problem, product)\n  step: text[1] = expert(both, steps, topk=8)\n{end}"
    inputs = "problem: text[1], product: text[1]"

    def draw(chance: random.Random) -> Example:
        one, other = chance.choice(problems), chance.choice(products)
        return {"problem": one, "product": other}, f"{teams[other]}: {steps[one, other]}"

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw, Knowledge([], {})
    )


def missing_step(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 5)
    questions = drawn_words(chance, 4, "q")
    pairs = [(kind, question) for kind in kinds for question in questions]
    answers = dict(zip(pairs, drawn_words(chance, len(pairs), "a"), strict=True))
    rows = {f"{kind}\\n{question}": answer for (kind, question), answer in answers.items()}
    known = {"answers": table_of(rows, len(rows))}
    end = "  answer: text[1] = expert(asked, answers, topk=8)\n  return answer\n"
    faulty = f"  asked: text[1] = join(item, question)\n{end}"
    best = f"  kind: text[1] = expert(item, kinds)\n  asked: text[1] = join(kind, question)\n{end}"
    inputs = "item: text[1], question: text[1]"

    def draw(chance: random.Random) -> Example:
        item, question = chance.choice(items), chance.choice(questions)
        return {"item": item, "question": question}, answers[kind_of[item], question]

    return Instance(
        task_file(known, faulty, inputs=inputs), task_file({**known, "kinds": "[]"}, best, inputs=inputs), draw,
        Knowledge([kind_of], {}),
    )  # fmt: skip


def two_tasks(chance: random.Random) -> Instance:
    items, kinds, kind_of = many_to_few(chance, 6)
    answers = one_to_one(chance, kinds, "a")
    known = {"answers": table_of(answers, 6)}
    faulty = "  answer: text[1] = expert(item, answers)\n  return answer\n"
    best = "  kind: text[1] = expert(item, kinds)\n  answer: text[1] = expert(kind, answers)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[kind_of[item]]

    return Instance(task_file(known, faulty), task_file({**known, "kinds": "[]"}, best), draw, Knowledge([kind_of], {}))


def missing_case(chance: random.Random) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    names = ("fruit", "tool", "other")
    class_of = {item: names[number % 3] for number, item in enumerate(items)}
    relations = [one_to_one(chance, items, letter) for letter in "fto"]
    own = [{item: relation[item] for item in items if class_of[item] == name}
           for name, relation in zip(names, relations, strict=True)]  # fmt: skip
    tables = {name: table_of(known, 4) for name, known in zip(("fruits", "tools"), own, strict=False)}
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

    repaired = task_file({**tables, "others": "[]"}, best, before=type_three + sort)
    return Instance(task_file(tables, faulty, before=type_two + sort), repaired, draw, Knowledge(own, class_of))


def needless_step(chance: random.Random) -> Instance:
    items, _, kind_of = many_to_few(chance, 6)
    answers = one_to_one(chance, items, "a")
    known = {"answers": table_of(answers, 12)}
    both = {"kinds": table_of(kind_of, 12), **known}
    faulty = "  kind: text[1] = expert(item, kinds)\n  answer: text[1] = expert(kind, answers)\n  return answer\n"
    best = "  answer: text[1] = expert(item, answers)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[item]

    return Instance(task_file(both, faulty), task_file(known, best), draw, Knowledge([kind_of, answers], {}))


def wrong_order(chance: random.Random) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    middle = one_to_one(chance, items, "m")
    end = one_to_one(chance, list(middle.values()), "e")
    tables = {"middles": table_of(middle, 8), "ends": table_of(end, 8)}
    faulty = "  one: text[1] = expert(item, ends)\n  two: text[1] = expert(one, middles)\n  return two\n"
    best = "  one: text[1] = expert(item, middles)\n  two: text[1] = expert(one, ends)\n  return two\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, end[middle[item]]

    return Instance(task_file(tables, faulty), task_file(tables, best), draw, Knowledge([middle, end], {}))


def _loop(turns: int, pattern: str) -> str:
    return (
        f"  wide: text[1, {turns}] = expand(item, to=[1, {turns}])\n"
        f'  said: text[1, {turns}] = expert(wide, codes, task="Give the code, {CAREFULLY}.", topk=8)\n'
        f'  fits: text[1, {turns}] = until_match(said, pattern="{pattern}")\n'
        "  answer: text[1] = recurrent(fits, item)\n  return answer\n"
    )


def _coded(chance: random.Random, faulty: str, best: str, stammers: int) -> Instance:
    items = drawn_words(chance, ITEMS, "w")
    codes = form_codes(chance, items)
    tables = {"codes": table_of(codes, 6)}

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, codes[item]

    return Instance(task_file(tables, faulty), task_file(tables, best), draw, Knowledge([codes], {}, stammers))


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
    items, kinds, kind_of = many_to_few(chance, 6)
    answers = one_to_one(chance, kinds, "a")
    tables = {"kinds": table_of(kind_of, 12)}
    faulty = "  kind: text[1] = expert(item, kinds)\n  return kind\n"
    best = "  kind: text[1] = expert(item, kinds)\n  answer: text[1] = expert(kind, answers)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, answers[kind_of[item]]

    return Instance(
        task_file(tables, faulty), task_file({**tables, "answers": "[]"}, best), draw, Knowledge([kind_of], {})
    )
