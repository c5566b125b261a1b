"""Ten later families, written without knowledge of the search's rules: `python -m benchmarks.evolution --later`.

The other families were written beside the rules; these ask what the rules find in faults that nobody had in mind for
them. Each is a job as harnesses do it, with a mistake as people make it. `repair` is a plain name of what takes the
fault away, and need not be the name of any rule. `later_check.py` shows that each best graph is better than its faulty
one, before training and after it.
"""

import random

from benchmarks.evolution.family import (
    ITEMS,
    Example,
    Family,
    Instance,
    drawn_words,
    form_codes,
    many_to_few,
    one_to_one,
    table_of,
    task_file,
)
from benchmarks.evolution.model import CANDIDLY, QUICKLY, Knowledge

LIST = "; "
"""What stands between the items of an order."""


def stale_input(chance: random.Random) -> Instance:
    """Names are corrected first, but prices are still looked up by the name as it was written."""
    written, names = drawn_words(chance, 4 * ITEMS, "w"), drawn_words(chance, ITEMS // 3, "n")
    name_of = {each: names[number % len(names)] for number, each in enumerate(written)}
    prices = one_to_one(chance, names, "p")
    tables = {"spellings": table_of(name_of, 12), "prices": table_of(prices, len(prices))}
    body = (
        '  name: text[1] = expert(item, spellings, task="Give the name as the catalogue has it.")\n'
        '  price: text[1] = expert({}, prices, task="Give the price.")\n'
        '  answer: text[1] = "{{name}} costs {{price}}"\n  return answer\n'
    )

    def draw(chance: random.Random) -> Example:
        item = chance.choice(written)
        return {"item": item}, f"{name_of[item]} costs {prices[name_of[item]]}"

    return Instance(
        task_file(tables, body.format("item")), task_file(tables, body.format("name")), draw,
        Knowledge([name_of, prices], {}),
    )  # fmt: skip


def last_resort_first(chance: random.Random) -> Instance:
    """Questions that nobody has answered yet are forwarded; a fallback in the wrong order forwards all of them."""
    questions, _, team_of = many_to_few(chance, chance.randint(4, 8))
    answered = chance.sample(questions, chance.randint(ITEMS // 2, 2 * ITEMS // 3))
    answers = one_to_one(chance, answered, "a")
    tables = {"answers": table_of(answers, 12), "teams": table_of(team_of, 12)}
    body = (
        f'  said: text[1] = expert(question, answers, task="Answer the question, {CANDIDLY}.")\n'
        '  known: text[1] = until_match(said, pattern="^(?!unknown$)")\n'
        '  team: text[1] = expert(question, teams, task="Which team knows about this?")\n'
        '  forwarded: text[1] = "Forwarded to {team}."\n'
    )
    faulty = f"{body}  answer: text[1] = fallback(forwarded, known)\n  return answer\n"
    best = f"{body}  answer: text[1] = fallback(known, forwarded)\n  return answer\n"
    inputs = "question: text[1]"

    def draw(chance: random.Random) -> Example:
        question = chance.choice(questions)
        return {"question": question}, answers.get(question, f"Forwarded to {team_of[question]}.")

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw,
        Knowledge([answers, team_of], {}),
    )  # fmt: skip


def crossed_branches(chance: random.Random) -> Instance:
    """An alarm is paged, queued or noted by how urgent it is; two of the branches of the switch are crossed."""
    alarms, _, team_of = many_to_few(chance, 6)
    wordings = {"urgent": "Page {team} now.", "normal": "Queue it for {team}.", "low": "Note it for {team}."}
    urgencies = {alarm: chance.choice(list(wordings)) for alarm in alarms}
    tables = {"teams": table_of(team_of, 12)}
    names = dict(zip(wordings, ("page", "queue", "note"), strict=True))
    one, other = chance.sample(list(wordings), 2)
    crossed = {**names, one: names[other], other: names[one]}
    body = (
        '  urgency: Urgency[1] = expert(alarm, urgencies, task="How urgent is this?")\n'
        '  team: text[1] = expert(alarm, teams, task="Whose service is it?")\n'
        + "".join(f'  {names[each]}: text[1] = "{wording}"\n' for each, wording in wordings.items())
    )
    before = 'type Urgency { "urgent", "normal", "low" }\n\nexperience urgencies: text -> Urgency = []\n\n'

    def file_of(branches: dict[str, str]) -> str:
        cases = ", ".join(f'"{label}" => {node}' for label, node in branches.items())
        whole = f"{body}  answer: text[1] = switch urgency {{ {cases} }}\n  return answer\n"
        return task_file(tables, whole, before=before, inputs="alarm: text[1]")

    def draw(chance: random.Random) -> Example:
        alarm = chance.choice(alarms)
        return {"alarm": alarm}, wordings[urgencies[alarm]].replace("{team}", team_of[alarm])

    return Instance(file_of(crossed), file_of(names), draw, Knowledge([team_of], urgencies))


def shared_table(chance: random.Random) -> Instance:
    """The team and the priority of a ticket are looked up in one table, where the rows of both are mixed."""
    tickets = drawn_words(chance, ITEMS, "w")
    teams, levels = drawn_words(chance, chance.randint(4, 7), "t"), drawn_words(chance, chance.randint(3, 6), "l")
    team_of = {ticket: chance.choice(teams) for ticket in tickets}
    level_of = {ticket: chance.choice(levels) for ticket in tickets}
    tables = {"teams": table_of(team_of, 8)}
    body = (
        '  team: text[1] = expert(ticket, teams, task="Name the team.")\n'
        '  level: text[1] = expert(ticket, {}, task="Name the priority.")\n'
        '  answer: text[1] = "{{team}} at {{level}}"\n  return answer\n'
    )
    inputs = "ticket: text[1]"

    def draw(chance: random.Random) -> Example:
        ticket = chance.choice(tickets)
        return {"ticket": ticket}, f"{team_of[ticket]} at {level_of[ticket]}"

    return Instance(
        task_file(tables, body.format("teams"), inputs=inputs),
        task_file({**tables, "levels": "[]"}, body.format("levels"), inputs=inputs),
        draw,
        Knowledge([team_of, level_of], {}),
    )


def first_of_samples(chance: random.Random) -> Instance:
    """An unsteady model is asked several times, and then its first answer is taken instead of the most frequent."""
    items, count = drawn_words(chance, ITEMS, "w"), chance.choice((5, 7))
    codes = form_codes(chance, items)
    tables = {"codes": table_of(codes, 12)}
    body = (
        f"  asked: text[1, {count}] = expand(item, to=[1, {count}])\n"
        f'  said: text[1, {count}] = expert(asked, codes, task="Give the code {QUICKLY}.")\n'
    )
    faulty = f"{body}  answer: text[1] = said[:, 0]\n  return answer\n"
    best = f"{body}  answer: text[1] = vote(said)\n  return answer\n"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, codes[item]

    knowledge = Knowledge([codes], {}, unsteady=chance.uniform(0.4, 0.5))
    return Instance(task_file(tables, faulty), task_file(tables, best), draw, knowledge)


def _drawn_order(chance: random.Random, items: list[str], prices: dict[str, str], most: int) -> Example:
    order = chance.sample(items, chance.randint(1, most))
    return {"order": LIST.join(order)}, LIST.join(prices[item] for item in order)


def little_room(chance: random.Random) -> Instance:
    """An order is priced line by line, with room for fewer lines than orders have: longer ones fail."""
    items = drawn_words(chance, ITEMS, "w")
    prices = one_to_one(chance, items, "p")
    tables = {"prices": table_of(prices, 12)}
    few, most = chance.choice(((2, 4), (2, 5), (3, 6)))
    body = (
        f'  line: text[1, N] = split(order, at="{LIST}")\n'
        '  price: text[1, N] = expert(line, prices, task="Give the price.")\n'
        f'  answer: text[1] = merge(price, with="{LIST}")\n  return answer\n'
    )

    def file_of(room: int) -> str:
        return task_file(tables, body, inputs=f"order: text[1], N: dim = {room}")

    def draw(chance: random.Random) -> Example:
        return _drawn_order(chance, items, prices, most)

    return Instance(file_of(few), file_of(most), draw, Knowledge([prices], {}))


def whole_order_at_once(chance: random.Random) -> Instance:
    """An order is priced as one text, though the table knows prices of single lines: it should be split."""
    items = drawn_words(chance, ITEMS, "w")
    prices = one_to_one(chance, items, "p")
    tables = {"prices": table_of(prices, 12)}
    most = chance.randint(3, 5)
    faulty = '  answer: text[1] = expert(order, prices, task="Give the price.")\n  return answer\n'
    best = (
        f'  line: text[1, {most}] = split(order, at="{LIST}")\n'
        f'  price: text[1, {most}] = expert(line, prices, task="Give the price.")\n'
        f'  answer: text[1] = merge(price, with="{LIST}")\n  return answer\n'
    )
    inputs = "order: text[1]"

    def draw(chance: random.Random) -> Example:
        return _drawn_order(chance, items, prices, most)

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw, Knowledge([prices], {})
    )


def wrong_template(chance: random.Random) -> Instance:
    """Whoever reads the answer wants it in another form than the template has."""
    items, _, team_of = many_to_few(chance, chance.randint(4, 8))
    codes = form_codes(chance, items)
    tables = {"teams": table_of(team_of, 12), "codes": table_of(codes, 12)}
    wrong, right = chance.sample(("{team}: {code}", "{code} ({team})", "[{team}] {code}", "{team}/{code}"), 2)
    body = (
        '  team: text[1] = expert(item, teams, task="Name the team.")\n'
        '  code: text[1] = expert(item, codes, task="Give the code.")\n'
    )

    def file_of(template: str) -> str:
        return task_file(tables, f'{body}  answer: text[1] = "{template}"\n  return answer\n')

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, right.format(team=team_of[item], code=codes[item])

    return Instance(file_of(wrong), file_of(right), draw, Knowledge([team_of, codes], {}))


def dropped_field(chance: random.Random) -> Instance:
    """Who is on call depends on a ticket's product and on its severity, but is asked by the product alone."""
    mails = drawn_words(chance, ITEMS, "w")
    products = drawn_words(chance, chance.randint(4, 6), "p")
    severities = drawn_words(chance, chance.randint(3, 4), "s")
    product_of = {mail: chance.choice(products) for mail in mails}
    severity_of = {mail: chance.choice(severities) for mail in mails}
    pairs = [(product, severity) for product in products for severity in severities]
    on_call = dict(zip(pairs, drawn_words(chance, len(pairs), "e"), strict=True))
    ticket_of = {mail: f'{{"product": "{product_of[mail]}", "severity": "{severity_of[mail]}"}}' for mail in mails}
    tickets = table_of({mail: ticket.replace('"', '\\"') for mail, ticket in ticket_of.items()}, 12)
    rows = {f"{product} {severity}": engineer for (product, severity), engineer in on_call.items()}
    before = f"type Ticket {{ product: text, severity: text }}\n\nexperience tickets: text -> Ticket = {tickets}\n\n"
    tables = {"on_call": table_of(rows, len(rows))}
    body = (
        '  ticket: Ticket[1] = expert(mail, tickets, task="Read the ticket.")\n'
        '  asked: text[1] = "{}"\n'
        '  engineer: text[1] = expert(asked, on_call, task="Who is on call?")\n'
        '  answer: text[1] = "{{ticket.severity}}: {{engineer}}"\n  return answer\n'
    )

    def file_of(asked: str) -> str:
        return task_file(tables, body.format(asked), before=before, inputs="mail: text[1]")

    def draw(chance: random.Random) -> Example:
        mail = chance.choice(mails)
        severity = severity_of[mail]
        return {"mail": mail}, f"{severity}: {on_call[product_of[mail], severity]}"

    return Instance(
        file_of("{ticket.product}"), file_of("{ticket.product} {ticket.severity}"), draw, Knowledge([ticket_of], {})
    )


def cut_to_the_subject(chance: random.Random) -> Instance:
    """A letter is cut to its first line before it is read, though what it asks for stands below."""
    subjects, wishes = drawn_words(chance, chance.randint(5, 7), "s"), drawn_words(chance, 15, "w")
    letters = [f"{subject}\n{wish}" for subject in subjects for wish in wishes]
    chance.shuffle(letters)
    replies = one_to_one(chance, letters, "r")
    tables = {"replies": table_of({letter.replace("\n", "\\n"): reply for letter, reply in replies.items()}, 20)}
    end = '  answer: text[1] = expert({}, replies, task="Which reply does this letter get?")\n  return answer\n'
    inputs = "letter: text[1]"

    def draw(chance: random.Random) -> Example:
        letter = chance.choice(letters)
        return {"letter": letter}, replies[letter]

    return Instance(
        task_file(tables, "  subject: text[1] = first_line(letter)\n" + end.format("subject"), inputs=inputs),
        task_file(tables, end.format("letter"), inputs=inputs),
        draw,
        Knowledge([replies], {}),
    )


LATER_FAMILIES = (
    Family("stale input", "replace_input", "price", stale_input),
    Family("last resort first", "reorder_inputs", "answer", last_resort_first),
    Family("crossed branches", "swap_branches", "answer", crossed_branches),
    Family("shared table", "own_table", "level", shared_table),
    Family("first of samples", "add_vote", "answer", first_of_samples),
    Family("little room", "raise_size", "line", little_room),
    Family("whole order at once", "split_input", "answer", whole_order_at_once),
    Family("wrong template", "change_template", "answer", wrong_template),
    Family("dropped field", "add_field", "engineer", dropped_field),
    Family("cut to the subject", "remove_step", "subject", cut_to_the_subject),
)
