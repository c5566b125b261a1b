"""What a text is made of (labels, the fields of a record, the items of a list), and reading and writing it as JSON."""
