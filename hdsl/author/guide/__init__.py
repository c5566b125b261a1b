"""What may be written next, given a file so far: not only what parses, but what checks.

A guide goes through a file in segments: a head, one label, one statement. It says the grammar of the next one, in
llguidance's notation, with the names, labels, types and shapes that there are; it is told what was written, and says
the next. Whatever has been written can be ended as a file that checks.
"""
