"""What rules find, as facts: one frozen dataclass for each rule, in a file for each part of the language.

How a fact is said, and how it is mended, is in `hdsl.check.wording`, in the file of the same name.
"""
