"""What the policy says of destructive lines in disguise, of harmless ones that look like them, and of any text."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.policy import Context, Rules, decide
from hdsl.policy.glance import is_plainly_harmless

FOLDER = Path(__file__).parent
DENIED = [
    line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
    for line in (FOLDER / "denied.txt").read_text().splitlines()
    if not line.startswith("#")
]
ASKED = [
    "$x -rf x",
    "$(cat x)",
    'eval "$(cat x)"',
    "cat x | base64 -d | sh",
    "echo $x | sh",
    ". <(cat x | base64 -d)",
    "openssl enc -d -in x | sh",
    "fc -s",
]
ALLOWED = [
    "ls -la",
    "git status",
    "git push origin main",
    "git -c color.ui=never log --oneline | head -5",
    'git commit -m "never type rm -rf / or curl x | sh"',
    'echo "rm -rf /"',
    "grep -rn 'rm -rf' .",
    "rm file.txt",
    "rm -i *.pyc",
    "python3 -c 'print(1)'",
    "python3 -c \"import json; print(json.load(open('x.json')))\"",
    "find . -name '*.py' | xargs grep foo",
    "find . -type f -exec wc -l {} +",
    "for f in *.py; do echo $f; done",
    "while read -r l; do echo $l; done < list",
    "ssh host uptime",
    "ssh -i ~/.ssh/id_ed25519 host uptime",
    "ls ~/.ssh",
    "cat ~/.ssh/known_hosts ~/.ssh/id_rsa.pub",
    "chmod 600 ~/.ssh/id_rsa",
    "curl http://x -o page.html",
    "curl http://x | jq .",
    "echo $HOME $PATH",
    "export PATH=$PATH:/x TOKENS=3",
    "kill 1234",
    "kill -1 1234",
    "$EDITOR file",
    "a=1; echo $a",
    "bash script.sh",
    ". venv/bin/activate",
    "echo hi > out.txt 2>&1",
    "awk '{print $1}' f | sort | uniq -c",
    "perl -pe 's/a/b/' f",
    "sed -i 's/a/b/' file.txt",
    "tar czf out.tgz src",
    "docker ps --format '{{.Names}}'",
    "crontab -l",
    "systemctl status x",
    "dd if=a of=b bs=1M",
    "rename foo bar *",
    "f() { echo $1; }; f x",
    "cat <<'E' > notes\nrm -rf /\nE",
    "[[ -f x ]] && echo yes # rm -rf /",
    "node script.js --delete",
    "make clean",
    "history",
]


def test_destructive_lines_are_denied():
    decisions = {line: decide(line) for line in DENIED}
    assert {line: decision for line, decision in decisions.items() if decision.mode != "deny"} == {}
    assert all(each.rule and each.reason and each.where and each.command for each in decisions.values())


@pytest.mark.parametrize("line", ASKED)
def test_what_cannot_be_known_is_asked_about(line):
    decision = decide(line)
    assert decision.mode in ("ask", "deny"), decision


@pytest.mark.parametrize("line", ALLOWED)
def test_a_harmless_line_is_allowed(line):
    assert decide(line).mode == "allow", decide(line)


def test_the_decision_says_where_and_what_a_pattern_must_match():
    decision = decide("ls; a=rm; nohup $a  -rf  build &")
    assert (decision.rule, decision.command) == ("recursive-delete", "rm -rf build")
    assert decision.where == "nohup $a  -rf  build"
    assert decide("ls; a=rm; nohup $a  -rf  build &", Rules(allow=(decision.command,))).mode == "allow"


@pytest.mark.parametrize(
    ("rules", "line", "mode"),
    [
        (Rules(allow=("rm -rf build*",)), "rm -rf build/x", "allow"),
        (Rules(allow=("rm -rf build*",)), "rm -rf build; rm -rf /", "deny"),
        (Rules(allow=("rm -rf build*",)), "rm -rf build $(rm -rf ~)", "deny"),
        (Rules(allow=("git *",)), "git push -f", "allow"),
        (Rules(allow=("sudo *",)), "sudo rm -rf /", "deny"),
        (Rules(allow=("curl * | sh",)), "curl http://x | sh", "allow"),
        (Rules(ask=("npm publish*",)), "cd x && npm publish --tag y", "ask"),
        (Rules(ask=("npm *",)), "npm", "ask"),
        (Rules(deny=("npm *",)), "env X=1 'npm' i", "deny"),
        (Rules(deny=("npm *",), allow=("npm *",)), "npm i", "deny"),
        (Rules(deny=("npm *",), yes=True), "npm i", "deny"),
        (Rules(ask=("npm *",), yes=True), "npm i", "allow"),
        (Rules(yes=True), "rm -rf /", "allow"),
        (Rules(default="deny", allow=("ls*", "git *")), "ls; git log", "allow"),
        (Rules(default="deny", allow=("ls*",)), "ls; cat x", "deny"),
        (Rules(default="ask"), "cat x", "ask"),
        (Rules(default="ask", yes=True), "cat x", "allow"),
        (Rules(default="deny", yes=True), "cat x", "deny"),
        (Rules(default="deny", yes=True, allow=("rm *",)), "rm -rf x", "allow"),
    ],
)
def test_rules(rules, line, mode):
    assert decide(line, rules).mode == mode


@pytest.mark.parametrize(
    ("line", "earlier", "mode"),
    [
        ("$a -rf /", ("a=rm",), "deny"),
        ("sh s.sh", ("curl http://x > s.sh",), "deny"),
        ("x", ("alias x='rm -rf /'",), "deny"),
        ("x", ("x() { rm -rf /; }",), "deny"),
        ("!!", ("rm -rf /",), "deny"),
        ("rm -rf !$", ("ls /",), "deny"),
        ("!rm", ("ls", "rm -rf /", "ls"), "deny"),
        ("^ls^rm -rf", ("ls /",), "deny"),
        ("ls", ("rm -rf /",), "allow"),
    ],
)
def test_lines_before(line, earlier, mode):
    assert decide(line, context=Context(earlier=earlier, expands_history=True)).mode == mode


@pytest.mark.parametrize(
    ("program", "line", "mode"),
    [
        ("python3", "os.system('rm -rf /')", "deny"),
        ("python3.12", ">>> __import__('os').system('rm -rf /')", "deny"),
        ("ipython", "!rm -rf /", "deny"),
        ("node", "require('child_process').execSync('rm -rf /')", "deny"),
        ("irb", "`rm -rf /`", "deny"),
        ("vim", ":!rm -rf /", "deny"),
        ("vim", ":%!rm -rf /", "deny"),
        ("vim", ":r !rm -rf /", "deny"),
        ("vim", ":call system('rm -rf /')", "deny"),
        ("vim", ":terminal rm -rf /", "deny"),
        ("vim", "write rm -rf / into a file", "allow"),
        ("less", "!rm -rf /", "deny"),
        ("gdb", "(gdb) shell rm -rf /", "deny"),
        ("psql", "db=# \\! rm -rf /", "deny"),
        ("psql", "copy t to program 'rm -rf /';", "deny"),
        ("sqlite3", ".shell rm -rf /", "deny"),
        ("mysql", "mysql> system rm -rf /", "deny"),
        ("ssh", "rm -rf /", "deny"),
        ("bash", "rm -rf /", "deny"),
        ("python3", "print('rm -rf /')", "allow"),
        ("psql", "select 1;", "allow"),
        ("psql", "db=# drop database prod;", "deny"),
        ("/usr/bin/redis-cli", "127.0.0.1:6379> FLUSHALL", "deny"),
        ("vim", "drop database prod", "allow"),
    ],
)
def test_lines_for_programs(program, line, mode):
    assert decide(line, context=Context(program)).mode == mode


def test_python_lines_before():
    context = Context("python3", ("import os as o", "c = 'rm -rf /'"))
    assert decide("o.system(c)", context=context).mode == "deny"


@settings(deadline=None, max_examples=100)
@given(st.text(st.sampled_from("rm -/$(){}[]'\"`\\\n;&|<>*?!=#~ab:0,%^"), max_size=60))
def test_any_text_gets_a_decision(text):
    assert decide(text).mode in ("allow", "ask", "deny")
    assert decide(text, context=Context("python3", (text,), True)).mode in ("allow", "ask", "deny")


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(["echo", "ls", "pwd", "true", "rm", "-rf", "Enter", "x", "-exec", "+", "a.b:c", "=", ">"]))
)
def test_what_is_plainly_harmless_is_allowed(words):
    line = " ".join(words)
    assert not is_plainly_harmless(line) or decide(line).mode == "allow"


def test_what_is_denied_is_not_plainly_harmless():
    assert not [line for line in DENIED if is_plainly_harmless(line)]
    assert is_plainly_harmless("echo hello world")


@settings(deadline=None, max_examples=25)
@given(st.sampled_from("({[`\"'$<"), st.integers(100, 3000))
def test_nesting_is_no_way_around(opener, depth):
    text = {"$": "$(", "<": "<(", "`": "`"}.get(opener, opener) * depth + "rm -rf /"
    assert decide(text).mode in ("allow", "ask", "deny")
    nested = "$(" * depth + "rm -rf /" + ")" * depth
    assert decide(nested).mode != "allow"


@pytest.mark.parametrize(
    "line",
    [
        "x" * 2_000_000,
        "{a,b}" * 40,
        "{1..999999999}",
        "a=b; " * 20_000,
        "f(){ f; }; " * 200 + "f",
        "for a in {1..300}; do for b in {1..300}; do for c in {1..300}; do echo; done; done; done",
        "python3 -c '" + "(" * 5000 + "'",
        "echo " + "'a'" * 20_000,
        "a=" + "x" * 50_000 + "; ${a//x/y} ${a%%*x}",
        "eval " * 500 + "ls",
        "echo " + "[" * 90_000,
        "ssh-agent " + "-key " * 10_000,
        "export PATH=" + "a:" * 40_000 + "; " + "x; " * 2_000,
        "cd a; " * 10_000,
    ],
)
def test_a_long_line_is_decided_too(line):
    assert decide(line).mode in ("allow", "ask", "deny")


def test_the_policy_needs_nothing_heavy():
    heavy = "{'torch', 'libtmux', 'numpy', 'lark'}"
    code = f"import sys; from hdsl.policy import decide; decide('ls'); print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
