"""What the policy says of lines typed at the prompts of programs: shells, editors, pagers, debuggers, databases."""

import pytest

from hdsl.policy import Context, decide

DENIED = [
    ("nu", "rm -rf /"),
    ("xonsh", "rm -rf /"),
    ("xonsh", "__import__('os').system('rm -rf /')"),
    ("elvish", "rm -rf /"),
    ("fish", "rm -rf /"),
    ("pwsh", "rm -rf /"),
    ("pwsh", "PS /home/me> Remove-Item -Recurse src"),
    ("vim", ":w ~/.bashrc"),
    ("vim", ":w! >> ~/.bashrc"),
    ("vim", ":set nu | w ~/.bashrc"),
    ("vim", ":set nu | !rm -rf /"),
    ("vim", ":silent! %w !rm -rf /"),
    ("vim", ":r ~/.ssh/id_rsa"),
    ("vim", ":tabe ~/.ssh/id_rsa"),
    ("vim", ":lua os.execute('rm -rf /')"),
    ("vim", ":py3 import os; os.system('rm -rf /')"),
    ("vim", ":call delete('src','rf')"),
    ("vim", ":call writefile(['x'], expand('~/.bashrc'))"),
    ("vim", ":call jobstart(['rm', '-rf', '/'])"),
    ("vim", ":exe '!rm -rf /'"),
    ("vim", ":argdo !rm -rf /"),
    ("nvim", ":call luaeval('os.execute(\"rm -rf /\")')"),
    ("sqlite3", "sqlite> .output |rm -rf /"),
    ("sqlite3", ".system rm -rf /"),
    ("sqlite3", ".sh rm -rf /"),
    ("sqlite3", ".once ~/.bashrc"),
    ("sqlite3", "select writefile('/home/user/.bashrc','x');"),
    ("psql", "\\o |rm -rf /"),
    ("psql", "db=# \\o ~/.bashrc"),
    ("psql", "COPY t TO PROGRAM 'rm -rf /';"),
    ("psql", "copy t to '/etc/cron.d/x';"),
    ("psql", "select pg_read_file('/etc/shadow');"),
    ("mysql", "\\! rm -rf /"),
    ("mysql", "pager rm -rf /"),
    ("mysql", "select 'x' into outfile '/etc/cron.d/x';"),
    ("gdb", "(gdb) python import os; os.system('rm -rf /')"),
    ("gdb", "pipe info reg | rm -rf /"),
    ("lldb", "(lldb) script import shutil; shutil.rmtree('src')"),
    ("lldb", "platform shell rm -rf /"),
    ("less", "|a rm -rf /"),
    ("less", "s ~/.bashrc"),
    ("man", "!rm -rf /"),
    ("ftp", "!rm -rf /"),
    ("sftp", "sftp> get x /home/me/.ssh/authorized_keys"),
    ("sftp", "put ~/.ssh/id_rsa"),
    ("ed", "w ~/.bashrc"),
    ("node", "> require('fs').rmSync('src',{recursive:true})"),
    ("ruby", "FileUtils.rm_rf('src')"),
    ("irb", "irb(main):001:0> system('rm', '-rf', '/')"),
    ("perl", "system 'rm -rf /';"),
    ("ipython", "In [1]: !rm -rf /"),
    ("bpython", "import shutil; shutil.rmtree('src')"),
]
ALLOWED = [
    ("vim", ":w"),
    ("vim", ":wq"),
    ("vim", ":w notes.txt"),
    ("vim", ":e src/main.py"),
    ("vim", ":%s/rm -rf/rm -r/g"),
    ("vim", ":lua print(vim.fn.getcwd())"),
    ("vim", ":!make test"),
    ("vim", "wait for w ~/.bashrc to be written"),
    ("less", "/rm -rf"),
    ("gdb", "print x"),
    ("gdb", "python print(1)"),
    ("psql", "\\dt"),
    ("psql", "\\o out.txt"),
    ("psql", "select * from t where name = 'rm -rf /';"),
    ("sqlite3", ".output out.csv"),
    ("sqlite3", ".tables"),
    ("mysql", "show tables;"),
    ("sftp", "get x.tar.gz"),
    ("nu", "ls | where size > 1kb"),
    ("xonsh", "print('rm -rf /')"),
    ("pwsh", "Get-ChildItem"),
    ("node", "console.log('rm -rf /')"),
]
LINES_DENIED = [
    'vim -c \':call delete("src","rf")\' -c q',
    "nvim --headless -c \"lua os.execute('rm -rf /')\" -c q",
    "sqlite3 a.db '.output |rm -rf /'",
    "sqlite3 :memory: \"select writefile('/home/user/.bashrc','x')\"",
    "gdb -batch -ex \"python import os; os.system('rm -rf /')\"",
    "psql -c '\\o |rm -rf /'",
    "ex -s f <<< 'w ~/.bashrc'",
    "sftp host <<< '!rm -rf /'",
    "nu -c 'rm -rf /'",
    "xonsh -c 'rm -rf /'",
]
LINES_ALLOWED = [
    "vim -c ':%s/a/b/g' -c ':wq' f",
    "nvim --headless +q",
    "sqlite3 a.db 'select * from t'",
    "sqlite3 a.db .tables",
    "gdb -batch -ex bt ./prog core",
    "psql -c 'select 1' -o out.txt",
    "mysql -e 'show tables' db",
]


@pytest.mark.parametrize(("program", "line"), DENIED)
def test_a_line_that_destroys_is_denied(program, line):
    assert decide(line, context=Context(program)).mode == "deny"


@pytest.mark.parametrize(("program", "line"), ALLOWED)
def test_a_line_of_daily_work_is_allowed(program, line):
    decision = decide(line, context=Context(program))
    assert decision.mode == "allow", decision


@pytest.mark.parametrize("line", LINES_DENIED)
def test_what_a_program_is_given_is_judged_as_what_is_typed(line):
    assert decide(line).mode == "deny"


@pytest.mark.parametrize("line", LINES_ALLOWED)
def test_what_a_program_is_given_for_daily_work_is_allowed(line):
    assert decide(line).mode == "allow", decide(line)


def test_what_is_read_and_written_is_named():
    assert decide(":w ~/.bashrc", context=Context("vim")).rule == "persistence"
    assert decide(":r ~/.ssh/id_rsa", context=Context("vim")).rule == "credentials"
