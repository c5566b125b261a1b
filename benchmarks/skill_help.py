"""Whether an exported skill helps a small real model: `python -m benchmarks.skill_help` (needs `hdsl[local]`).

The debugger's skill, and 30 screens of its kind that none of its rows has: 15 projects, each once where a command is to
be typed next and once where one is typed and only a key is to be pressed. The model is asked each with and without the
skill's text, as `hdsl export --ab` does.
"""

from pathlib import Path

from hdsl.adapt.bundle import bundled
from hdsl.adapt.comparison import Case, HeldOut, try_skill
from hdsl.configuration.settings import load_settings
from hdsl.graph.types import type_of
from hdsl.run.asked import Asking
from hdsl.structure.structures import Choice, ChoiceLabel

DEBUGGER = Path(__file__).parents[1] / "examples" / "debugger" / "debugger.hg"
NEXT = type_of(Choice((ChoiceLabel("text", "type a command"), ChoiceLabel("key", "press a key")), "Next"))
TASK = "What is to be done next in this terminal: is a command to be typed, or a key to be pressed?"
PROJECTS = (
    ("mean divides by one too many", "stats.py", "return sum(xs) / (len(xs) + 1)"),
    ("last gives the first item", "lists.py", "return xs[0]"),
    ("is_even says yes to 3", "numbers_.py", "return n % 2 == 1"),
    ("area is the perimeter", "shapes.py", "return 2 * (a + b)"),
    ("upper leaves texts as they are", "words.py", "return text.lower()"),
    ("maximum gives the smallest", "order.py", "return min(xs)"),
    ("the total forgets the last item", "basket.py", "return sum(prices[:-1])"),
    ("celsius is far too high", "units.py", "return f * 9 / 5 + 32"),
    ("the greeting has no name", "greet.py", 'return "Hello, !"'),
    ("count starts at one", "counter.py", "count = 1"),
    ("the path has two slashes", "paths.py", 'return folder + "//" + name'),
    ("reverse does nothing", "turn.py", "return xs[::1]"),
    ("years are a day short", "dates.py", "return years * 364"),
    ("the default port is wrong", "settings_.py", "PORT = 8081"),
    ("no user is ever found", "users.py", "return users.get(None)"),
)


def cases() -> list[Case]:
    """The screens, with what is to be done next."""
    found = []
    for number, (failure, file, line) in enumerate(PROJECTS):
        source = f"$ cat {file}\n    {line}\n$"
        typed = (f"$ cat {file}", f"{source} sed -i '1s/.*/    return fixed/' {file}")[number % 2]
        to_type = ("$", source)[number % 2]
        found += [
            Case(f"{failure}\n\n{screen}", wanted, NEXT, TASK) for screen, wanted in ((to_type, "text"), (typed, "key"))
        ]
    return found


def main() -> None:
    """Prints the table."""
    bundle = bundled(DEBUGGER, DEBUGGER.parent, [], "unstated")
    (program,) = bundle.programs
    held = HeldOut(tuple(cases()), tuple(bundle.tables_of(program)), "screens of 15 projects that no row has")
    trial = try_skill(bundle, program, held, load_settings(kernel="local"), Asking())
    print(trial.page())
    for arm, losses in (("without", trial.without), ("with", trial.with_skill)):
        by_wanted = {wanted: sum(losses[at::2]) for at, wanted in enumerate(("text", "key"))}
        print(
            f"{arm}: of 15 each, wrong where a command is to be typed {by_wanted['text']:g}, a key {by_wanted['key']:g}"
        )


if __name__ == "__main__":
    main()
