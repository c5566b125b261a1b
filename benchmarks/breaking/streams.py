def attempt(source): pass
