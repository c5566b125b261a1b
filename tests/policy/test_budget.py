"""What a text says in a few hundred bytes that would be gigabytes, or minutes: it is not made, and asked about.

No line of these is ever run.
"""

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.policy import Context, decide
from hdsl.policy.analysis import Analysis
from hdsl.policy.budget import LONGEST, MOST, Budget, Spent, bounded, joined, pay, replaced
from hdsl.policy.patterns import exchanged, is_quick, substituted, trimmed
from hdsl.policy.texts import TOO_LONG, settled
from tests.commands import hdsl


def _packed(data: bytes, turns: int) -> str:
    for _ in range(turns):
        data = gzip.compress(data)
    return base64.b64encode(data).decode()


def _python(*statements: str) -> str:
    return 'python3 -c "import os\n' + "\n".join(statements) + '"'


MADE_LONG = {
    "variables": "a=xxxxxxxxxx;" + "a=$a$a$a$a;" * 30 + "$a",
    "variables in quotes": "a=xxxxxxxxxx;" + 'a="$a$a$a$a";' * 30 + 'eval "$a"',
    "one word": f"a={'x' * 50_000};" + 'eval "' + "$a" * 10_000 + '"',
    "appended": "a=xxxxxxxxxx;" + "a+=$a;" * 40 + "$a",
    "arrays": "a=(x y);" + 'a=("${a[@]}" "${a[@]}");' * 40 + '"${a[@]}"',
    "arrays appended": "a=(x y);" + 'a+=("${a[@]}");' * 40 + 'eval "${a[*]}"',
    "arguments": "set -- " + "x " * 10_000 + ";" + 'set -- "$@" "$@";' * 30 + '"$@"',
    "replaced": "a=xx;" + "a=${a//x/xxxx};" * 20 + "$a",
    "replaced by a glob": "a=xx;" + "a=${a//?/xxxx};" * 20 + "$a",
    "alternative": "a=xx;" + "a=${b:-$a$a$a$a};" * 20 + "$a",
    "assigned by default": "a=xx;" + ": ${b:=$a$a$a$a}; a=$b; b=;" * 20 + "$a",
    "decoded by a shell": "a='echo x';" + "a=${a@E}$a$a;" * 30 + "$a",
    "substitutions": "a=xxxxxxxxxx;" + "a=$(echo $a $a $a $a);" * 30 + "$a",
    "printed into a variable": "a=xxxxxxxxxx;" + 'printf -v a "%s%s%s" $a $a $a;' * 30 + "$a",
    "here-strings": "a=xxxxxxxxxx;" + 'a=$(cat <<< "$a$a$a");' * 30 + "$a",
    "here-documents": "a=xxxxxxxxxx\n" + "a=$(cat <<E\n$a$a$a\nE\n)\n" * 30 + "$a",
    "sed": "echo x |" + "sed 's/x/xxxxxxxxxx/g' |" * 20 + "sh",
    "sed that puts in what it found": "echo xxxxxxxxxx |" + "sed 's/.*/&&&&&&&&&&/' |" * 20 + "sh",
    "files": "echo xxxxxxxxxx > f;" + "cat f f > g; cat g g > f;" * 30 + "sh f",
    "files appended": "echo xxxxxxxxxx > f;" + "cat f f >> f;" * 40 + "sh f",
    "processes": "echo xxxxxxxxxx > f;" + "cat <(cat f f) <(cat f f) > g; cp g f;" * 30 + "sh f",
    "printf with many arguments": "printf '%.0s" + "x" * 20_000 + "' " + "a " * 10_000 + "| sh",
    "printf twice": "a=$(printf '%s" + "x" * 500 + "' " + "a " * 1000 + ');$(printf "%s$a" ' + "b " * 1000 + ")",
    "base64": "echo xxxxxxxxxx |" + "base64 |" * 60 + "sh",
    "gunzip": f"echo {_packed(bytes(200_000_000), 2)} | base64 -d | gunzip | gunzip | sh",
    "gunzip once": f"echo {_packed(b'x' * 50_000_000, 1)} | base64 -d | zcat | sh",
    "tr": "echo a-z | tr " + "a-zA-Z" * 10_000 + " " + "x" * 30_000 + "| sh",
    "replaced words": "echo " + "x" * 40_000 + " | xargs -I{} sh -c '" + "{}" * 20_000 + "'",
    "replaced words of many lines": "printf '%s\n' " + "x " * 500 + "| xargs -I{} echo " + "{}" * 40_000 + "| sh",
    "parallel": "parallel '" + "{}" * 20_000 + "' ::: " + "x" * 50_000,
    "loops that append": "for i in {1..100}; do for j in {1..100}; do a+=xxxxxxxxxx$a; done; done; $a",
    "read in a loop": "printf '%s\n' {1..200} | while read l; do a+=$a$l$a; done; $a",
    "python": _python("a='x'*99", *["a=a+a"] * 60, "os.system(a)"),
    "python that replaces": _python("a='xx'", *["a=a.replace('x','xxxxxxxxxx')"] * 30, "os.system(a)"),
    "python that repeats": _python("os.system('x'*10**9)"),
    "python that repeats by a number": _python("os.system('x'*1000000000)"),
    "python that joins": _python("a='xxxxxxxxxx'", *["a=a.join([a,a,a,a])"] * 30, "os.system(a)"),
    "python that formats": _python("a='xxxxxxxxxx'", *["a='{}{}{}{}'.format(a,a,a,a)"] * 30, "os.system(a)"),
    "python with percent signs": _python("a='xxxxxxxxxx'", *["a='%s%s%s' % (a,a,a)"] * 30, "os.system(a)"),
    "python with texts in texts": _python("a='xxxxxxxxxx'", *["a=f'{a}{a}{a}'"] * 30, "os.system(a)"),
    "python with lists": _python("a=['x','y']", *["a=a+a"] * 60, "os.system(''.join(a)*999999)"),
    "python with files": _python(
        "a='x'*9999",
        *["open('f','a').write(a)", "a=open('f').read()"] * 30,
        "exec(a)",
    ),
    "python that runs what it puts together": _python("a='x=1;'*999", *["a=a+a"] * 30, "exec(a)"),
}
"""Texts that grow at each step, and are run at the end."""

TAKES_LONG = {
    "loops in loops": "for a in {1..199}; do " * 6 + "x=1;" + "done;" * 6,
    "functions that call one another": "f0() { x=1; };"
    + "".join(f"f{at}() {{ f{at - 1}; f{at - 1}; }};" for at in range(1, 25))
    + "f24",
    "many functions": "".join(f"f{at}() {{ f{at + 1}; }};" for at in range(2000)) + "f0",
    "eval": "eval " * 19_000 + "x",
    "sudo": "sudo " * 19_000 + "x",
    "many commands": "a=$a$a;" * 14_000,
    "many pipes": "cat|" * 20_000 + "sh",
    "braces in braces": "{a," * 5000 + "b" + "}" * 5000,
    "braces after braces": "echo " + "{a,b}" * 10_000 + " | sh",
    "open braces": "{x" * 30_000,
    "values in values": '"${a:-' * 500 + "x" + '}"' * 500,
    "bare values in values": "${a:-" * 5000 + "x" + "}" * 5000,
    "substitutions in substitutions": "$(" * 5000 + "x" + ")" * 5000,
    "quoted substitutions": '"$(' * 5000 + "x" + ')"' * 5000,
    "arithmetic": "$((" * 5000 + "1" + "))" * 5000,
    "open arithmetic": "$((" * 20_000,
    "groups": "{ " * 5000 + "x" + "; }" * 5000,
    "subshells": "( " * 5000 + "x" + " )" * 5000,
    "definitions": "f() " * 20_000 + "x",
    "definitions by a word": "function f " * 9000 + "x",
    "coprocesses": "coproc " * 9000 + "x",
    "conditions": "if " * 20_000 + "x",
    "processes": "cat " + "<(" * 5000 + "x" + ")" * 5000,
    "backquotes": "`" * 4999 + "x" + "`" * 4999 + "; $x",
    "numbers": "a=(x); ${a[" + "9" * 9000 + "]} $" + "{1" + "0" * 9000 + "} $((" + "9" * 9000 + "))",
    "digits that are none": "a=²; ${!a}; printf %x ²; {²..³}; ${a:²}; $a",
    "printf of a long number": "$(printf %x " + "9" * 9000 + ")",
    "cut of a long number": "echo a b | cut -d ' ' -f " + "9" * 9000 + "| sh",
    "python in python": _python("exec(" * 90 + "'x'" + ")" * 90, "exec(input())"),
    "python nested deep": _python("x = " + "(" * 5000 + ")" * 5000, "exec(input())"),
    "python that adds": _python("x = " + "+".join("a" * 20_000), "exec(input())"),
    "python with calls of calls": _python("os.system" + "(a)" * 80, "exec(input())"),
    "python with loops": _python(
        *[" " * at + f"for a{at} in [1,2,3,4,5,6,7,8,9]:" for at in range(9)], " " * 9 + "exec(input())"
    ),
    "python with entries": _python("x = a" + "[a" * 90 + "]" * 90, "exec(input())"),
    "python with long numbers": _python("os.chmod('f', 0x" + "f" * 9000 + ")", "exec(input())"),
    "python with a format": _python("a='{" + "a" * 19_000 + "'.format(1)", "exec(input())"),
}
"""Texts that are read again and again, or are nested deeper than anybody writes."""

PATTERNS = {
    "stars in stars": f"echo {'a' * 42} | sed -E 's/(a*)*b/x/' | sh",
    "stars beside stars": f"echo {'a' * 4000} | sed 's/a*a*a*a*a*b/x/' | sh",
    "bare groups": f"echo {'a' * 42} | sed 's/\\(a*\\)*b/x/' | sh",
    "choices": f"echo {'a' * 60} | sed -E 's/{'(a|a)' * 30}b/x/' | sh",
    "choices again": f"echo {'a' * 60} | sed -E 's/(a|aa)+b/x/' | sh",
    "perhaps": f"echo {'a' * 30} | sed -E 's/{'a?' * 30}{'a' * 30}b/x/' | sh",
    "so many times": f"echo {'a' * 60} | sed -E 's/(a{{1,30}}){{1,30}}b/x/' | sh",
    "one star on a long line": f"echo {'a' * 90_000} | sed 's/a*b/x/' | sh",
    "a long script": f"echo x | sed 's{'/' * 50_000}' | sh",
    "what was found, again and again": f"echo {'a' * 9000} | sed 's/.*/{'&' * 9000}/' | sh",
    "globs of values": f"a={'a' * 50_000}; ${{a//{'*a' * 50}b/x}}",
    "globs at the end": f"a={'a' * 50_000}; ${{a%%{'*a' * 50}b}}",
    "globs at the start": f"a={'a' * 50_000}; ${{a##{'*a' * 50}b}}",
    "a glob of many signs": "?" * 50_000 + " x",
    "a glob of many stars": "*a" * 40 + "b x",
    "grep": f"echo {'a' * 42} | grep -E '(a*)*b' | sh",
    "awk": f"echo {'a' * 42} | awk '/(a*)*b/' | sh",
    "a long tr": f"echo x | tr '{'a-z' * 9000}' '{'b' * 9000}' | sh",
    "perl": "echo " + "a" * 42 + " | perl -pe 's/(a*)*b/x/' | sh",
}
"""Patterns that take for ever on some texts; each line is asked about as its outcome is not known."""

HOSTILE = MADE_LONG | TAKES_LONG | PATTERNS


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_be_gigabytes_or_minutes_is_asked_about(name: str) -> None:
    assert decide(HOSTILE[name]).mode in ("ask", "deny")


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_more_is_made_than_may_be(name: str) -> None:
    analysis = Analysis()
    analysis.read(HOSTILE[name])
    assert analysis.budget.made <= MOST
    assert all(len(value) <= LONGEST for value in analysis.environment.variables.values())
    assert all(len(value) <= LONGEST for value in analysis.environment.files.values())


@pytest.mark.slow
def test_decisions_of_all_of_them_fit_into_little_memory() -> None:
    """In a process of its own, which may have no more than a gigabyte."""
    code = (
        "import resource\n"
        "from hdsl.policy import decide\n"
        "from tests.policy.test_budget import HOSTILE\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "assert all(decide(line).mode != 'allow' for line in HOSTILE.values())\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, timeout=90)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("!!" * 40_000, Context(earlier=("x" * 90_000,), expands_history=True)),
        ("!! " * 30, Context(earlier=("x" * 90_000,), expands_history=True)),
        ("\n".join(map(str, range(20_000))), Context(program="psql")),
        ("a=1\n" * 6000, Context(program="python3")),
        ("1" * 90_000, Context(program="psql")),
        (":" + "|" * 90_000, Context(program="vim")),
        ("x = " + "(" * 90_000, Context(program="python3")),
        ("x" * 200_000, Context(program="python3")),
        ("$a", Context(earlier=(MADE_LONG["variables"].removesuffix("$a"),))),
        ("$a", Context(earlier=("a=ls; " + TAKES_LONG["loops in loops"] + " a='rm x'",))),
    ],
)
def test_what_is_typed_elsewhere_or_comes_from_the_history_is_bounded(text: str, context: Context) -> None:
    assert decide(text, None, context).mode != "allow"


def test_what_stands_behind_something_too_long_is_still_judged() -> None:
    assert decide(MADE_LONG["variables"].removesuffix("$a") + " rm -rf ~").mode == "deny"
    assert decide(PATTERNS["globs of values"] + "; rm -rf ~").mode == "deny"


@pytest.mark.parametrize(
    "line",
    [
        "a=xxxx; a=$a$a; a=${a//x/y}; echo $a",
        "echo 'one two' | sed 's/one/two/' | sed -E 's/[a-z]+$/x/'",
        "touch {a,b}{1..3}.txt",
        "for i in {1..100}; do echo $i; done",
        "python3 -c \"print('x' * 80)\"",
        "cat > notes.txt <<E\n" + "a line of text\n" * 3000 + "E",
        'echo "${a:-${b:-${c:-d}}}"',
    ],
)
def test_what_people_write_is_far_from_any_bound(line: str) -> None:
    analysis = Analysis()
    analysis.read(line)
    assert decide(line).mode == "allow"
    assert analysis.budget.made < MOST // 4


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("awk 'BEGIN { print " + '"a" ' * 40 + "+'", Context()),
        ("awk 'BEGIN { print " + '"a" ' * 20_000 + "+'", Context()),
        ("perl -e 'system" + " " * 90_000 + "'", Context()),
        ("perl -e 'system($x . " + '"a","b",' * 9000 + ")'", Context()),
        ("powershell -c '" + " " * 90_000 + "'", Context()),
        ("cd " + "a/" * 40_000 + ";" + "rm b;" * 2000, Context()),
        ("rm -r " + "a/../" * 18_000, Context()),
        (":" + "1" * 60, Context(program="vim")),
        (":" + "'<" * 60, Context(program="vim")),
        ("1" * 60, Context(program="psql")),
    ],
)
def test_our_own_patterns_do_not_take_long_on_what_is_judged(text: str, context: Context) -> None:
    assert decide(text, None, context).mode in ("allow", "ask", "deny")


STEPS = [
    "a=xxxxxxxx;",
    "a=$a$a$a$a;",
    'a="$a $a";',
    "a+=$a;",
    "b=(${b[@]} ${b[@]} x y);",
    'set -- "$@" "$@" x;',
    "a=${a//x/xxxx};",
    "a=${a//?/yy};",
    "a=${a%%*x};",
    "a=$(echo $a $a | sed 's/x/xxxx/g');",
    "a=$(echo $a | sed -E 's/(x*)*y/z/');",
    "echo $a$a > f; cat f f > g;",
    "cat g g > f;",
    "a=$(cat f);",
    "a=$(printf '%s%s' $a $a);",
    "a=$(echo $a | base64);",
    "for i in {1..99}; do a=$a$i; done;",
    "for i in $a; do echo $i >> f; done;",
    "while read l; do a+=$l; done < f;",
    "h() { a=$a$a; h; };",
    "h;",
    'eval "$a";',
    'eval "$(cat f)";',
    "echo {a,b}{c,d}{e,f}{g,h}{$a,x};",
    "python3 -c \"a='$a'; a=a*9999; exec(a)\";",
    "cat <<E\n$a$a\nE\n",
    "alias z='$a $a'; z;",
    "xargs -I{} echo {}{}{}{} < f > g;",
    "$((a + $a));",
    '"${@:1:2}";',
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 25)), max_size=12))
def test_whatever_steps_are_put_together_no_more_is_made_than_may_be(steps: list[tuple[str, int]]) -> None:
    line = "".join(step * turns for step, turns in steps)
    analysis = Analysis()
    analysis.read(line)
    assert analysis.budget.made <= MOST
    assert all(len(value) <= LONGEST for value in analysis.environment.variables.values())
    assert all(len(value) <= LONGEST for value in analysis.environment.files.values())
    assert decide(line).mode in ("allow", "ask", "deny")


def test_texts_that_get_too_long_keep_only_the_marks_of_what_they_are_made_of() -> None:
    for made in (
        joined(["\ue001", "x" * LONGEST]),
        joined(["x" * 10] * 20_000),
        joined(["x"] * 10, "y" * LONGEST),
        bounded("\ue001" + "x" * LONGEST),
        replaced("x" * 1000 + "\ue001", "x", "y" * 1000),
    ):
        assert TOO_LONG in made
        assert not settled(made)
        assert len(made) < 10
    assert "\ue001" in joined(["\ue001", "x" * LONGEST])
    assert joined(["a", "b"], "-") == "a-b"
    assert joined([]) == ""
    assert replaced("aaa", "a", "b", count=2) == "bba"


def test_all_parts_of_a_text_are_made_even_if_it_is_too_long_before() -> None:
    made: list[int] = []

    def part(number: int) -> str:
        made.append(number)
        return "x" * LONGEST

    joined(part(number) for number in range(5))
    assert made == [0, 1, 2, 3, 4]


def test_who_has_spent_everything_gets_no_more() -> None:
    budget = Budget()
    with budget.used():
        pay(MOST)
        with pytest.raises(Spent):
            pay(1)
        with pytest.raises(Spent):
            joined(["a", "b"])
    pay(MOST)  # Nobody's budget is in use.
    assert budget.made == MOST


def test_patterns_are_run_where_they_are_quick() -> None:
    assert substituted("a+", "<\\g<0>>", "baa\nca", 0) == "b<aa>\nc<a>"
    assert substituted("a", "b", "aaa", 1) == "baa"
    assert substituted("", "-", "ab", 0) == "-a-b-"
    assert substituted("(a*)*b", "x", "a", 0) is None
    assert substituted("a", "x" * 150, "a" * 9000, 0) is None
    assert is_quick("[a-z]*$", 1000)
    assert not is_quick("[a-z]*$", 10_000)
    assert not is_quick("(?:a|a)", 10)
    assert trimmed("a/b/c", "*/", "#") == "b/c"
    assert trimmed("a/b/c", "*/", "##") == "c"
    assert trimmed("a/b/c", "/*", "%") == "a/b"
    assert trimmed("a/b/c", "/*", "%%") == "a"
    assert trimmed("abc", "a", "#") == "bc"
    assert trimmed("abc", "c", "%") == "ab"
    assert trimmed("a" * 5000, "*b", "#") is None
    assert exchanged("aXbX", "X", "-", True) == "a-b-"
    assert exchanged("aXbX", "?X", "-", False) == "-bX"
    assert exchanged("a" * 5000, "?", "b", True) is None


def test_a_file_with_such_a_row_is_checked_as_any_other(tmp_path: Path) -> None:
    rows = [MADE_LONG["variables"], TAKES_LONG["values in values"], PATTERNS["stars in stars"]]
    written = ",\n".join(f'  ("r{at}", "run it", {json.dumps("T " + row)})' for at, row in enumerate(rows))
    (tmp_path / "main.hg").write_text(
        f"""hdsl 1

use std.terminal


# What to send, from what is asked for.
experience steps: text -> text = [
{written},
]

harness publish(task: text[1], shell: session[1]) -> text[1] {{
  keys: text[1] = expert(task, steps, task="Give the keys.")
  sent: text[1] = terminal.send_keys(keys, shell)
  seen: text[1] = terminal.wait_idle(shell)
  done: text[1] = sequential(sent, seen)
  return done
}}
"""
    )
    checked = hdsl("check", "main.hg", folder=tmp_path)
    assert "Traceback" not in checked.out + checked.err
    assert checked.code == 0
    assert checked.out.count("HG513") + checked.err.count("HG513") >= len(rows)
