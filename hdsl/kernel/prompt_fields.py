"""The fields of a record as a prompt lists them: names, what stands in them, what is said of them."""

from hdsl.structure.structures import TEXT, Choice, Field, ListOf, Plain, Record, Structure

_WORDS = {"text": "text", "int": "whole number", "float": "number", "bool": "true or false"}


def listed_fields(record: Record) -> str:
    """The fields, one a line."""
    return "\n".join(map(_line, record.fields))


def in_words(structure: Structure) -> str:
    """A structure in a few words, within a line."""
    match structure:
        case Plain(kind=kind):
            return _WORDS[kind]
        case ListOf(item=item):
            return f"list of {in_words(item)}"
        case Choice(labels=labels):
            return " or ".join(f'"{label.text}{"…" if label.text.endswith(":") else ""}"' for label in labels)
        case Record(fields=fields):
            return "{" + ", ".join(map(_inner, fields)) + "}"


def has_descriptions(structure: Structure | None) -> bool:
    """Whether something is said of a field, or of a label."""
    match structure:
        case Record(fields=fields):
            return any(each.description or has_descriptions(each.structure) for each in fields)
        case ListOf(item=item):
            return has_descriptions(item)
        case Choice(labels=labels):
            return any(label.description or has_descriptions(label.payload) for label in labels)
        case _:
            return False


def _line(field: Field) -> str:
    kind = in_words(field.structure)
    said = f"{kind} – {field.description}" if field.description else kind
    if field.description and field.structure == TEXT:
        said = field.description  # a small model takes the word "text" for the answer
    return f"{field.name}: {said}{_ABSENT if field.optional else ''}"


def _inner(field: Field) -> str:
    said = f" ({field.description})" if field.description else ""
    return f"{field.name}: {in_words(field.structure)}{_ABSENT if field.optional else ''}{said}"


_ABSENT = " (left out if unknown)"
