"""The lenient reader of labels: what a model means is taken, what it does not say is not guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.ground.labels import label_of
from hdsl.kernel.labelled import Outside, read_label

DESKS = ("billing", "technical", "other")
INTENTS = ("card_arrival", "card", "lost_or_stolen_card", "transfer timing")
STEPS = ("revise:", "accept", "search:")
YES_NO = ("yes", "no")

MEANT = [
    ("billing", DESKS, "billing"),
    (" billing\n", DESKS, " billing\n"),
    ("Billing", DESKS, "billing"),
    ("BILLING.", DESKS, "billing"),
    ("billing!", DESKS, "billing"),
    ('"billing"', DESKS, "billing"),
    ("“billing”.", DESKS, "billing"),
    ("'Billing.'", DESKS, "billing"),
    ("**billing**", DESKS, "billing"),
    ("**Billing**.", DESKS, "billing"),
    ("*billing*", DESKS, "billing"),
    ("`billing`", DESKS, "billing"),
    ("```\nbilling\n```", DESKS, "billing"),
    ("```text\nBilling\n```\n", DESKS, "billing"),
    ("# Billing", DESKS, "billing"),
    ("- billing", DESKS, "billing"),
    ("> billing", DESKS, "billing"),
    ("1. billing", DESKS, "billing"),
    ("[billing]", DESKS, "billing"),
    ("(billing)", DESKS, "billing"),
    ("<answer>billing</answer>", DESKS, "billing"),
    ("<label>\n**Billing**\n</label>", DESKS, "billing"),
    (r"\boxed{billing}", DESKS, "billing"),
    (r"$\boxed{\text{billing}}$", DESKS, "billing"),
    ('{"answer": "billing"}', DESKS, "billing"),
    ('```json\n{"label": "Billing"}\n```', DESKS, "billing"),
    ("The answer is billing.", DESKS, "billing"),
    ("The answer is: billing", DESKS, "billing"),
    ("The correct label is **billing**.", DESKS, "billing"),
    ('The answer is "billing".', DESKS, "billing"),
    ("Answer: billing", DESKS, "billing"),
    ("**Answer:** billing", DESKS, "billing"),
    ("**Answer: billing**", DESKS, "billing"),
    ("Label = Billing", DESKS, "billing"),
    ("I would classify this as billing.", DESKS, "billing"),
    ("This belongs to the billing desk.", DESKS, "billing"),
    ("I'd send this to the **billing** people.", DESKS, "billing"),
    ("billing\n\nThe customer asks about an invoice.", DESKS, "billing"),
    ("billing - the customer asks about an invoice", DESKS, "billing"),
    ("Billing: it is about an invoice.", DESKS, "billing"),
    ("billing. It is about an invoice.", DESKS, "billing"),
    ("billing, because of the invoice", DESKS, "billing"),
    ("billing because it is about an invoice", DESKS, "billing"),
    ("billing (an invoice)", DESKS, "billing"),
    ("**billing**\n\nExplanation: an invoice.", DESKS, "billing"),
    ("Let me think about the invoice.\n\nBilling", DESKS, "billing"),
    ("Let me think.\n\n**Final answer:** billing\n", DESKS, "billing"),
    ("billing\nbilling\nbilling", DESKS, "billing"),
    ("Card arrival", INTENTS, "card_arrival"),
    ("card-arrival", INTENTS, "card_arrival"),
    ("The intent is `card_arrival`.", INTENTS, "card_arrival"),
    ("lost or stolen card", INTENTS, "lost_or_stolen_card"),
    ("Transfer_Timing.", INTENTS, "transfer timing"),
    ("Yes, of course.", YES_NO, "yes"),
    ("No.", YES_NO, "no"),
    ("revise: shorter", STEPS, "revise: shorter"),
    ("Revise: shorter", STEPS, "revise: shorter"),
    ("REVISE:shorter.", STEPS, "revise:shorter."),
    ("Revise : shorter", STEPS, "revise: shorter"),
    ("**Revise:** shorter", STEPS, "revise: shorter"),
    ("**revise**: shorter", STEPS, "revise: shorter"),
    ("`revise:shorter`", STEPS, "revise:shorter"),
    ('"revise: say \\"so\\""', STEPS, 'revise: say "so"'),
    ("```\nrevise: one\ntwo\n```", STEPS, "revise: one\ntwo"),
    ("The answer is revise: shorter", STEPS, "revise: shorter"),
    ("Answer: **Search:** the web", STEPS, "search: the web"),
    ("Search: how to `ls`", STEPS, "search: how to `ls`"),
    ('Revise: "hello"', STEPS, 'revise: "hello"'),
    ("Revise: do not accept it", STEPS, "revise: do not accept it"),
    ("Accept.", STEPS, "accept"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "labels", "meant"), MEANT)
def test_what_a_model_means_is_taken(text: str, labels: tuple[str, ...], meant: str) -> None:
    assert read_label(text, labels) == meant


NOT_SAID = [
    ("", DESKS, "carries none"),
    ("refund", DESKS, "carries none of the labels 'billing', 'technical', 'other'"),
    ("bill", DESKS, "carries none"),
    ("billings", DESKS, "carries none"),
    ("rebilling", DESKS, "carries none"),
    ("billing or technical", DESKS, 'names more than one label: "billing" and "technical"'),
    ("The answer is billing or technical.", DESKS, "more than one"),
    ("billing, technical", DESKS, "more than one"),
    ("billing\ntechnical", DESKS, "more than one"),
    ("billing. It is not technical.", DESKS, "more than one"),
    ('{"answer": "billing or technical"}', DESKS, "more than one"),
    ("Either Billing or OTHER", DESKS, "more than one"),
    ("It is not billing.", DESKS, 'says what it is not: "billing"'),
    ("This isn't billing.", DESKS, "what it is not"),
    ("Never billing", DESKS, "what it is not"),
    ("Is it billing?", DESKS, "what it is not"),
    ("billing?", DESKS, "what it is not"),
    ("billing questions are hard to answer", DESKS, "in passing"),
    ("Other than that, I cannot say.", DESKS, ""),
    ("Some billing departments answer slowly", DESKS, "in passing"),
    ("I have no idea.", YES_NO, "in passing"),
    ("There is no reason to say yes.", YES_NO, "more than one"),
    ("a card or so", INTENTS, "in passing"),
    ("Revise it", STEPS, "does not begin with the label"),
    ("I would revise: or accept", STEPS, "more than one"),
    ("Revise: one\nsearch: two", STEPS, 'more than one label: "revise:" and "search:"'),
    ("revised: x", STEPS, "carries none"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "labels", "reason"), NOT_SAID)
def test_what_is_not_said_is_not_guessed(text: str, labels: tuple[str, ...], reason: str) -> None:
    found = read_label(text, labels)
    assert isinstance(found, Outside), found
    assert reason in found.reason


def test_labels_that_case_alone_tells_apart_are_read_exactly() -> None:
    labels = ("US", "us")
    assert read_label("US", labels) == "US"
    assert read_label("The answer is us.", labels) == "us"
    assert isinstance(read_label("Us.", labels), Outside)


def test_a_label_that_is_a_part_of_another_is_not_named_by_it() -> None:
    assert read_label("The answer is not_found.", ("found", "not_found")) == "not_found"
    assert read_label("Answer: found", ("found", "not_found")) == "found"


LABELS = st.lists(
    st.text("abcXYZ _-:.é*'\"\\[]()", min_size=1, max_size=8).filter(lambda text: text == text.strip()),
    min_size=1,
    max_size=5,
    unique=True,
).map(tuple)


@given(LABELS, st.text("abcXYZ _-:.é*'\"\\[]()`\n?{}", max_size=40))
@settings(deadline=None)
def test_no_text_makes_it_raise_and_what_it_reads_is_within_the_type(labels: tuple[str, ...], text: str) -> None:
    found = read_label(text, labels)
    assert isinstance(found, Outside) or label_of(found, labels) is not None
    if label_of(text, labels) is not None:
        assert found == text


@given(LABELS, st.data())
@settings(deadline=None)
def test_each_label_is_read_as_itself(labels: tuple[str, ...], data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(labels))
    assert read_label(label, labels) == label
