"""Ten unseen families, written when the search's rules were frozen and by somebody who did not know them.

The first thirty were written beside the rules, and the later ten were known before the rules had their present form.
`python -m benchmarks.evolution --unseen` asks what these rules find in faults that played no part in making them. Which
faults, and which of them one edit should fix, was decided before any search was run:

- one edit: a check before its cleaning, a missing `first_line`, a switch on the wrong field, `alone=true` in a loop,
  and a question in the words of a prompt
- harder: two crossed inputs, a case that `else` swallows, a missing check inside a list, a decision made once for a
  whole list, and a field that may be absent

`repair` is a plain name of what takes the fault away, and need not be the name of any rule. `later_check.py --unseen`
shows that each best graph is better than its faulty one after training.
"""

import random

from benchmarks.evolution.family import (
    FORM,
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
from benchmarks.evolution.model import CANDIDLY, CAREFULLY, Knowledge

LIST = "; "
"""What stands between the items of an order."""


def checked_before_cleaned(chance: random.Random) -> Instance:
    """Scribbled codes are cleaned, and what is then no code goes back; but it is the scribble that is checked."""
    clean = drawn_words(chance, ITEMS, "w")
    codes = form_codes(chance, clean)
    scribbles = drawn_words(chance, ITEMS // 2, "x")
    code_of = {**codes, **dict.fromkeys(scribbles, "no code")}
    notes = [*clean, *scribbles]
    chance.shuffle(notes)
    tables = {"cleanings": table_of({note: code_of[note] for note in notes}, 16)}
    back = f"Send it back to {chance.choice(('the shop', 'the depot', 'the clerk'))}."
    clean_call = 'expert({}, cleanings, task="Write the code as the register has it.")'
    faulty = (
        f'  readable: text[1] = until_match(note, pattern="{FORM}")\n'
        f"  code: text[1] = {clean_call.format('readable')}\n"
        f'  answer: text[1] = fallback(code, "{back}")\n  return answer\n'
    )
    best = (
        f"  code: text[1] = {clean_call.format('note')}\n"
        f'  readable: text[1] = until_match(code, pattern="{FORM}")\n'
        f'  answer: text[1] = fallback(readable, "{back}")\n  return answer\n'
    )
    inputs = "note: text[1]"

    def draw(chance: random.Random) -> Example:
        note = chance.choice(notes)
        return {"note": note}, codes.get(note, back)

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw, Knowledge([code_of], {})
    )


def kept_explanation(chance: random.Random) -> Instance:
    """The model says a code and below it why; whoever reads the answer wants the code alone."""
    items, _, team_of = many_to_few(chance, chance.randint(4, 8))
    codes = form_codes(chance, items)
    reasons = drawn_words(chance, len(items), "r")
    said_of = {item: f"{codes[item]}\nas in {reason}" for item, reason in zip(items, reasons, strict=True)}
    escaped = {item: said.replace("\n", "\\n") for item, said in said_of.items()}
    tables = {"teams": table_of(team_of, 12), "codes": table_of(escaped, 12)}
    team = '  team: text[1] = expert(item, teams, task="Name the team.")\n'
    call = 'expert(item, codes, task="Give the code and say why.")'
    end = '  answer: text[1] = "{team}: {code}"\n  return answer\n'
    faulty = f"{team}  code: text[1] = {call}\n{end}"
    best = f"{team}  said: text[1] = {call}\n  code: text[1] = first_line(said)\n{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"{team_of[item]}: {codes[item]}"

    return Instance(task_file(tables, faulty), task_file(tables, best), draw, Knowledge([team_of, said_of], {}))


def wrong_field_decides(chance: random.Random) -> Instance:
    """A reply says when and at what cost; the cost is decided by the field that decides about the time."""
    mails = drawn_words(chance, ITEMS, "w")
    products = drawn_words(chance, chance.randint(4, 6), "p")
    flags = {mail: (chance.random() < 0.5, chance.random() < 0.5) for mail in mails}
    product_of = {mail: chance.choice(products) for mail in mails}
    told = {True: "true", False: "false"}
    ticket_of = {
        mail: f'{{"product": "{product_of[mail]}", "urgent": {told[urgent]}, "insured": {told[insured]}}}'
        for mail, (urgent, insured) in flags.items()
    }
    rows = table_of({mail: ticket.replace('"', '\\"') for mail, ticket in ticket_of.items()}, 12)
    before = (
        "type Ticket { product: text, urgent: bool, insured: bool }\n\n"
        f"experience tickets: text -> Ticket = {rows}\n\n"
    )
    body = (
        '  ticket: Ticket[1] = expert(mail, tickets, task="Read the ticket.")\n'
        '  time: text[1] = switch ticket.urgent { "true" => "today", "false" => "this week" }\n'
        '  cost: text[1] = switch ticket.{} { "true" => "free of charge", "false" => "against an invoice" }\n'
        '  answer: text[1] = "{ticket.product}: {time}, {cost}"\n  return answer\n'
    )

    def file_of(field: str) -> str:
        return task_file({}, body.replace("{}", field), before=before, inputs="mail: text[1]")

    def draw(chance: random.Random) -> Example:
        mail = chance.choice(mails)
        urgent, insured = flags[mail]
        time, cost = "today" if urgent else "this week", "free of charge" if insured else "against an invoice"
        return {"mail": mail}, f"{product_of[mail]}: {time}, {cost}"

    return Instance(file_of("urgent"), file_of("insured"), draw, Knowledge([ticket_of], {}))


def asked_alone(chance: random.Random) -> Instance:
    """A model is asked turn by turn until its answer has the right form, but never sees what was wrong before."""
    items, _, team_of = many_to_few(chance, chance.randint(4, 8))
    codes = form_codes(chance, items)
    tables = {"teams": table_of(team_of, 12), "codes": table_of(codes, 12)}
    turns = chance.choice((3, 4))
    body = (
        '  team: text[1] = expert(item, teams, task="Name the team.")\n'
        f"  wide: text[1, {turns}] = expand(item, to=[1, {turns}])\n"
        f'  said: text[1, {turns}] = expert(wide, codes, task="Give the code, {CAREFULLY}."{{}})\n'
        f'  fits: text[1, {turns}] = until_match(said, pattern="{FORM}")\n'
        "  code: text[1] = recurrent(fits, item)\n"
        '  answer: text[1] = "{{team}}: {{code}}"\n  return answer\n'
    )

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"{team_of[item]}: {codes[item]}"

    return Instance(
        task_file(tables, body.format(", alone=true")), task_file(tables, body.format("")), draw,
        Knowledge([team_of, codes], {}, stammers=chance.choice((1, 2))),
    )  # fmt: skip


def prompt_in_the_question(chance: random.Random) -> Instance:
    """The words of a prompt stand in what a table is asked with, though its rows are found by the bare name."""
    items, _, team_of = many_to_few(chance, chance.randint(4, 8))
    prices = one_to_one(chance, items, "p")
    tables = {"teams": table_of(team_of, 12), "prices": table_of(prices, 12)}
    prompt = chance.choice(
        (
            "What is the price of {item}? Answer with the price alone.",
            "You are a helpful clerk. A customer asks about {item}.",
            "Look up {item} in the price list.",
        )
    )
    team = '  team: text[1] = expert(item, teams, task="Name the team.")\n'
    call = 'expert({}, prices, task="Give the price.")'
    end = '  answer: text[1] = "{price}, says {team}"\n  return answer\n'
    faulty = f'{team}  asked: text[1] = "{prompt}"\n  price: text[1] = {call.format("asked")}\n{end}'
    best = f"{team}  price: text[1] = {call.format('item')}\n{end}"

    def draw(chance: random.Random) -> Example:
        item = chance.choice(items)
        return {"item": item}, f"{prices[item]}, says {team_of[item]}"

    return Instance(task_file(tables, faulty), task_file(tables, best), draw, Knowledge([team_of, prices], {}))


def crossed_inputs(chance: random.Random) -> Instance:
    """A parcel's rate depends on the zones it goes from and to; each zone is looked up by the other's town."""
    towns, zones, zone_of = many_to_few(chance, 4)
    pairs = [(one, other) for one in zones for other in zones]
    rates = dict(zip(pairs, drawn_words(chance, len(pairs), "r"), strict=True))
    rows = {f"{one} {other}": rate for (one, other), rate in rates.items()}
    tables = {"zones": table_of(zone_of, 12), "rates": table_of(rows, len(rows))}
    body = (
        '  origin: text[1] = expert({}, zones, task="Name the zone.")\n'
        '  target: text[1] = expert({}, zones, task="Name the zone.")\n'
        '  way: text[1] = "{{origin}} {{target}}"\n'
        '  rate: text[1] = expert(way, rates, task="Give the rate.")\n'
        '  answer: text[1] = "{{origin}} to {{target}}: {{rate}}"\n  return answer\n'
    )
    inputs = "sender: text[1], recipient: text[1]"

    def draw(chance: random.Random) -> Example:
        sender, recipient = chance.sample(towns, 2)
        one, other = zone_of[sender], zone_of[recipient]
        return {"sender": sender, "recipient": recipient}, f"{one} to {other}: {rates[one, other]}"

    return Instance(
        task_file(tables, body.format("recipient", "sender"), inputs=inputs),
        task_file(tables, body.format("sender", "recipient"), inputs=inputs),
        draw,
        Knowledge([zone_of], {}),
    )


def swallowed_by_else(chance: random.Random) -> Instance:
    """Letters are of three kinds, all of which the model can tell; `else` treats the third as the second."""
    letters, _, team_of = many_to_few(chance, chance.randint(4, 8))
    third = chance.choice(("advert", "thanks"))
    kinds = ("order", "complaint", third)
    kind_of = {letter: chance.choice(kinds) for letter in letters}
    wordings = {
        "order": "{team} ships it.",
        "complaint": "{team} calls back.",
        third: chance.choice(("Nothing is to be done.", "File it.")),
    }
    before = (
        f'type Kind {{ "order", "complaint", "{third}" }}\n\n'
        f"experience kinds: text -> Kind = {table_of(kind_of, 12)}\n\n"
    )
    tables = {"teams": table_of(team_of, 12)}
    body = (
        '  kind: Kind[1] = expert(letter, kinds, task="What kind of letter is this?")\n'
        '  team: text[1] = expert(letter, teams, task="Whose customer is it?")\n'
    )

    def file_of(cases: str) -> str:
        whole = f"{body}  answer: text[1] = switch kind {{ {cases} }}\n  return answer\n"
        return task_file(tables, whole, before=before, inputs="letter: text[1]")

    def draw(chance: random.Random) -> Example:
        letter = chance.choice(letters)
        return {"letter": letter}, wordings[kind_of[letter]].replace("{team}", team_of[letter])

    faulty = f'"order" => "{wordings["order"]}", else => "{wordings["complaint"]}"'
    best = ", ".join(f'"{kind}" => "{wordings[kind]}"' for kind in kinds)
    return Instance(file_of(faulty), file_of(best), draw, Knowledge([team_of], kind_of))


def strangers_in_the_list(chance: random.Random) -> Instance:
    """An order is priced line by line; for a line that is no product, "unknown" stands among the prices."""
    products, strangers = drawn_words(chance, ITEMS, "w"), drawn_words(chance, ITEMS, "x")
    prices = one_to_one(chance, products, "p")
    tables = {"prices": table_of(prices, 12)}
    most, share = chance.choice((3, 4)), chance.uniform(0.25, 0.4)
    body = (
        f'  line: text[1, {most}] = split(order, at="{LIST}")\n'
        f'  price: text[1, {most}] = expert(line, prices, task="Give the price, {CANDIDLY}.")\n'
    )
    faulty = f'{body}  answer: text[1] = merge(price, with="{LIST}")\n  return answer\n'
    best = (
        f'{body}  known: text[1, {most}] = until_match(price, pattern="^(?!unknown$)")\n'
        f'  answer: text[1] = merge(known, with="{LIST}")\n  return answer\n'
    )
    inputs = "order: text[1]"

    def draw(chance: random.Random) -> Example:
        order = [chance.choice(products)]
        for _ in range(chance.randint(1, most - 1)):
            order.append(chance.choice(strangers if chance.random() < share else products))
        chance.shuffle(order)
        return {"order": LIST.join(order)}, LIST.join(prices[line] for line in order if line in prices)

    return Instance(
        task_file(tables, faulty, inputs=inputs), task_file(tables, best, inputs=inputs), draw, Knowledge([prices], {})
    )


def decided_once_for_all(chance: random.Random) -> Instance:
    """Each line of an order is sent in the manner of its kind, but only the first line is asked for its kind."""
    items = drawn_words(chance, ITEMS, "w")
    manners = {"book": "by post", "tool": "by carrier", "plant": "by hand"}
    kind_of = {item: chance.choice(list(manners)) for item in items}
    most = chance.choice((3, 4))
    before = f'type Kind {{ "book", "tool", "plant" }}\n\nexperience kinds: text -> Kind = {table_of(kind_of, 12)}\n\n'
    line = f'  line: text[1, {most}] = split(order, at="{LIST}")\n'
    call = 'expert({}, kinds, task="What kind of thing is this?")'
    once = (
        "  first: text[1] = line[:, 0]\n"
        f"  kind: Kind[1] = {call.format('first')}\n"
        f"  each: Kind[1, {most}] = expand(kind, to=[1, {most}])\n"
    )
    cases = ", ".join(f'"{kind}" => "{{line}} {manner}"' for kind, manner in manners.items())
    end = (
        f"  sent: text[1, {most}] = switch each {{ {cases} }}\n"
        f'  answer: text[1] = merge(sent, with="{LIST}")\n  return answer\n'
    )
    inputs = "order: text[1]"

    def file_of(kind: str) -> str:
        return task_file({}, line + kind + end, before=before, inputs=inputs)

    def draw(chance: random.Random) -> Example:
        order = chance.sample(items, chance.randint(1, most))
        return {"order": LIST.join(order)}, LIST.join(f"{item} {manners[kind_of[item]]}" for item in order)

    best = f"  each: Kind[1, {most}] = {call.format('line')}\n"
    return Instance(file_of(once), file_of(best), draw, Knowledge([], kind_of))


def absent_field(chance: random.Random) -> Instance:
    """A parcel is for a guest and a room, where a letter names one; without a room nothing is answered."""
    letters = drawn_words(chance, 2 * ITEMS, "w")
    guests, rooms = drawn_words(chance, 30, "g"), drawn_words(chance, 20, "r")
    guest_of = {letter: chance.choice(guests) for letter in letters}
    share = chance.uniform(0.4, 0.6)
    room_of = {letter: chance.choice(rooms) for letter in letters if chance.random() < share}
    desk = chance.choice(("the front desk", "the porter"))
    parcel_of = {
        letter: f'{{"guest": "{guest_of[letter]}"'
        + (f', "room": "{room_of[letter]}"' if letter in room_of else "")
        + "}"
        for letter in letters
    }
    rows = table_of({letter: parcel.replace('"', '\\"') for letter, parcel in parcel_of.items()}, 16)
    before = f"type Parcel {{ guest: text, room: text? }}\n\nexperience parcels: text -> Parcel = {rows}\n\n"
    parcel = '  parcel: Parcel[1] = expert(letter, parcels, task="Who is it for, and in which room?")\n'
    faulty = f'{parcel}  answer: text[1] = "{{parcel.guest}}, {{parcel.room}}"\n  return answer\n'
    best = (
        f'{parcel}  room: text[1] = fallback(parcel.room, "{desk}")\n'
        '  answer: text[1] = "{parcel.guest}, {room}"\n  return answer\n'
    )

    def draw(chance: random.Random) -> Example:
        letter = chance.choice(letters)
        return {"letter": letter}, f"{guest_of[letter]}, {room_of.get(letter, desk)}"

    def file_of(body: str) -> str:
        return task_file({}, body, before=before, inputs="letter: text[1]")

    return Instance(file_of(faulty), file_of(best), draw, Knowledge([parcel_of], {}))


UNSEEN_FAMILIES = (
    Family("checked before cleaned", "swap_steps", "readable", checked_before_cleaned),
    Family("kept explanation", "insert_step", "code", kept_explanation),
    Family("wrong field decides", "replace_input", "cost", wrong_field_decides),
    Family("asked alone", "change_option", "said", asked_alone),
    Family("prompt in the question", "remove_step", "asked", prompt_in_the_question),
    Family("crossed inputs", "swap_inputs", "origin", crossed_inputs),
    Family("swallowed by else", "add_branch", "answer", swallowed_by_else),
    Family("strangers in the list", "add_validator", "price", strangers_in_the_list),
    Family("decided once for all", "widen_step", "kind", decided_once_for_all),
    Family("absent field", "add_fallback", "answer", absent_field),
)
