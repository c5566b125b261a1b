"""Two families in words that a real model knows: small enough to be searched with 250 questions to it.

The scripted model knows nothing of these words but what it is told of the classes, so the families are of use with it
too. In each the answer is a label, and one question to the model an answer where the graph is right.
"""

import random

from benchmarks.evolution.family import Example, Family, Instance, table_of, task_file
from benchmarks.evolution.model import Knowledge

PROBLEMS = (
    "It does not work any more.",
    "A part of it is missing.",
    "It arrived too late.",
    "I was charged twice for it.",
    "I would like to return it.",
)
PRODUCTS = {
    "kettle": "kitchen", "rake": "garden", "stapler": "office", "tent": "camping", "pillow": "bedroom",
    "football": "sport",
}  # fmt: skip

WORDINGS = {
    "refund": (
        "Please give me my money back for the {}.", "I was charged twice for the {}.", "I want a refund for the {}.",
        "The price of the {} was wrong on my bill.", "When do I get the money for the {} that I sent back?",
        "You took too much money for the {}.",
    ),
    "repair": (
        "The {} does not work any more.", "The {} is broken and must be mended.", "Can you fix the {}?",
        "The {} makes a strange noise.", "The {} stopped after two days.", "A part of the {} fell off.",
    ),
    "delivery": (
        "The {} has not arrived yet.", "Where is the {} that I ordered?", "When will the {} be delivered?",
        "The parcel with the {} is late.", "The driver left the {} at the wrong house.", "Track the {} for me.",
    ),
    "advice": (
        "How do I use the {}?", "Which {} is best for a small room?", "Is the {} easy to clean?",
        "What can I do with the {}?", "Does the {} come with a manual?", "How long should I run the {}?",
    ),
}  # fmt: skip
THINGS = ("kettle", "drill")


def lost_product(chance: random.Random) -> Instance:
    """Which desk looks after a complaint is a matter of the product, and the desk is chosen by the complaint alone."""
    before = _labels("Desk", sorted(set(PRODUCTS.values()))) + "experience desks: text -> Desk = []\n\n"
    call = '  desk: Desk[1] = expert({}, desks, task="Which desk?", topk=3)\n  return desk\n'
    both = "  both: text[1] = join(problem, product)\n"
    inputs = "problem: text[1], product: text[1]"

    def draw(chance: random.Random) -> Example:
        product = chance.choice(list(PRODUCTS))
        return {"problem": chance.choice(PROBLEMS), "product": product}, PRODUCTS[product]

    faulty, best = (
        task_file({}, body, before=before, inputs=inputs, result="Desk[1]", epochs=1)
        for body in (call.format("problem"), both + call.format("both"))
    )
    return Instance(faulty, best, draw, Knowledge([], {}), examples=60)


def product_instead(chance: random.Random) -> Instance:
    """A needless first step makes the product of a message, and the desk is a matter of what is wrong with it."""
    known = [(desk, wording) for desk, wordings in WORDINGS.items() for wording in chance.sample(wordings, 3)]
    told = {wording.format(chance.choice(THINGS)): (desk, wording) for desk, wording in known}
    products = {text: next(each for each in THINGS if each in text) for text in chance.sample(list(told), 8)}
    tables = {"products": table_of(products, len(products))}
    rows = table_of({text: desk for text, (desk, _) in told.items()}, len(told))
    before = _labels("Desk", list(WORDINGS)) + f"experience desks: text -> Desk = {rows}\n\n"
    step = '  product: text[1] = expert(message, products, task="Which product?", topk=3)\n'
    call = '  desk: Desk[1] = expert({}, desks, task="Which desk?", topk=3)\n  return desk\n'

    def draw(chance: random.Random) -> Example:
        desk = chance.choice(list(WORDINGS))
        return {"message": chance.choice(WORDINGS[desk]).format(chance.choice(THINGS))}, desk

    inputs = "message: text[1]"
    faulty = task_file(
        tables, step + call.format("product"), before=before, inputs=inputs, result="Desk[1]", epochs=1, valid=0.6
    )
    best = task_file({}, call.format("message"), before=before, inputs=inputs, result="Desk[1]", epochs=1, valid=0.6)
    return Instance(faulty, best, draw, Knowledge([], {}), examples=30)


def _labels(name: str, labels: list[str]) -> str:
    quoted = ", ".join(f'"{label}"' for label in labels)
    return f"type {name} {{ {quoted} }}\n\n"


REAL_FAMILIES = (
    Family("lost product", "add_input", "desk", lost_product),
    Family("product instead", "remove_node", "product", product_instead),
)
