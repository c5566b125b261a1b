"""The plugin for Claude Code: commands go through its hooks, and nothing that breaks lets one run unrecorded."""

import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from hdsl.capture import plugin
from tests.capture.playing import Player, wait_for_end
from tests.commands import hdsl

CAPTURES = "HDSL_CAPTURES"


def test_it_is_shown_installed_and_removed(tmp_path):
    folder, captures = tmp_path / "there" / "hdsl-capture", str(tmp_path / "captures")
    words = ("capture", "claude", "--folder", str(folder))

    def command(*more):
        return hdsl(*words, *more, folder=tmp_path, environment={CAPTURES: captures})

    dry, printed = command("--dry-run"), command("--print")
    assert (dry.code, printed.code, folder.exists()) == (0, 0, False)
    assert [line.removeprefix(f"write {folder}/") for line in dry.out.splitlines()] == [
        *(plugin.MANIFEST, plugin.HOOKS, plugin.HOOK, plugin.ROUTE)
    ]
    assert command().out == f"Bash({folder}/hooks/route:*)\nBash(exit:*)\n"
    for name in (plugin.MANIFEST, plugin.HOOKS, plugin.HOOK, plugin.ROUTE):
        assert (folder / name).read_text() in printed.out
    assert command().code == 0  # again, over the old one
    assert command("--remove").code == 0
    assert not folder.exists()
    assert command("--remove").code == 0


def test_what_is_not_the_plugin_is_neither_overwritten_nor_removed(tmp_path):
    folder = tmp_path / "hdsl-capture"
    folder.mkdir()
    (folder / "notes.md").write_text("mine")
    for more in ((), ("--remove",)):
        refused = hdsl("capture", "claude", "--folder", str(folder), *more, folder=tmp_path)
        assert refused.code == 2
        assert "is not the plugin of hdsl" in refused.err
    assert (folder / "notes.md").read_text() == "mine"


def test_commands_share_one_shell_and_keep_their_exit_codes(tmp_path):
    player = Player(tmp_path)
    assert player.start().out == ""
    player.event("UserPromptSubmit", prompt="Look around in the project")
    assert player.bash("mkdir sub && cd sub && export FRUIT='a plum'; x=3").code == 0
    assert player.bash('echo "$FRUIT $x"; pwd; exit 4') == player.bash("printf 'a plum 3\\n'; pwd; (exit 4)")
    assert player.bash("echo $FRUIT; cat missing", description="Look for it").out.startswith("a plum\ncat: missing")
    assert player.folder == player.project / "sub"
    assert player.end().code == 0
    steps = player.steps()
    assert steps[0] | {"timestamp": 0} == {
        **{"step_id": 1, "source": "user", "message": "Look around in the project", "timestamp": 0}
    }
    statuses = [step["observation"]["results"][0]["extra"]["hdsl"]["exit_status"] for step in steps[1:]]
    assert statuses == [0, 4, 4, 1]
    assert steps[-1]["message"] == "Look for it"
    assert steps[-1]["extra"]["hdsl"]["screen"].endswith(f"a plum 3\n{player.folder}")
    assert not player.places.running(player.session).exists()


PRINTED = (
    "printf 'no end of line'; exit 3",
    "echo out; echo err >&2; echo ä€😀",
    r"printf '\n\n two \\ \t lines\n\n'",
    r"printf 'a\0b\001c\177d\033[1m\r\n\200\377'",
    *(f"head -c {size} /dev/zero | tr '\\0' x" for size in (4095, 4096, 4097, 1 << 18)),
    "echo first; sleep 0.2; echo second",
    "seq 1000; sleep 0.2; seq 3; (exit 7)",
)


def test_whatever_a_command_prints_comes_out_as_it_is(tmp_path):
    player = Player(tmp_path)
    player.start()
    for command in PRINTED:
        plain = subprocess.run(["bash", "-c", f"({command}) 2>&1"], capture_output=True, check=False)
        ran = player.bash(command)
        assert (ran.code, ran.out) == (plain.returncode, plain.stdout.decode("utf-8", "replace")), command
    player.kill()


def test_the_locale_of_the_scripts_does_not_reach_the_shell(tmp_path):
    for number, given in enumerate(({}, {"LC_ALL": "C.UTF-8"})):
        player = Player(tmp_path / str(number), **given)
        player.start()
        for _ in range(2):
            assert player.bash('echo "${LC_ALL-none}"').out == given.get("LC_ALL", "none") + "\n"
            player.kill()  # the next hook starts it again


def test_once_a_session_has_ended_its_steps_are_whole_and_those_of_one_that_goes_on_are_read_as_well(tmp_path):
    player = Player(tmp_path)
    player.start()
    player.event("UserPromptSubmit", prompt="Count the fruits")
    captures = str(player.places.captures)
    for number in range(1, 6):
        player.bash(f"echo {number}")
        # The recorder writes the steps now and then; whoever reads them here has them as they are now.
        read = hdsl("sessions", "show", captures, "--json", folder=tmp_path, environment={CAPTURES: captures})
        commands = [call["command"] for step in read.json["sessions"][0]["steps"] for call in step["calls"]]
        assert commands == [f"echo {each}" for each in range(1, number + 1)]
    player.bash("echo last")
    owner = player.owner()
    player.event("SessionEnd", reason="other")
    # Claude Code ends with the hook, and not with the recorder.
    assert [step["observation"]["results"][0]["content"] for step in player.steps()[1:]][-1] == "last\n"
    wait_for_end(owner)
    assert len(player.steps()) == 7


BROKEN = {
    None: "No such file",
    "exit 1": "failed (1)",
    "": "failed (0)",
    "echo no JSON": "failed (0)",
    "kill -9 $$": "failed (137)",
}


def test_a_hook_that_is_broken_blocks_the_command_and_says_so(tmp_path):
    player = Player(tmp_path)
    script = player.plugin / plugin.HOOK
    for broken, reason in BROKEN.items():
        script.unlink() if broken is None else script.write_text(broken)
        blocked = player.bash("touch done")
        assert (blocked.code, reason in blocked.err) == (2, True), (broken, blocked)
    slow = Player(tmp_path / "slow", limit=1)
    (slow.plugin / plugin.HOOK).write_text("sleep 100")
    blocked = slow.bash("touch done")
    assert (blocked.code, "failed (124)" in blocked.err) == (2, True), blocked
    assert not (player.project / "done").exists() and not (slow.project / "done").exists()
    assert "COMMANDS WILL NOT BE RECORDED" in json.loads(player.start().out)["systemMessage"]
    player.kill()


def test_without_python_the_session_is_warned_and_commands_are_blocked(tmp_path):
    player = Player(tmp_path)
    for name in (plugin.HOOKS, plugin.HOOK):
        path = player.plugin / name
        path.write_text(path.read_text().replace("/bin/python", "/bin/missing"))
    player = Player(tmp_path)
    assert "COMMANDS WILL NOT BE RECORDED" in json.loads(player.start().out)["systemMessage"]
    assert player.bash("true").code == 2


def test_a_recorder_that_was_killed_is_started_again_and_nothing_is_torn(tmp_path):
    player = Player(tmp_path)
    player.start()
    player.event("UserPromptSubmit", prompt="Count the fruits")
    assert player.bash("mkdir -p a && cd a && export GONE=1; echo one").out == "one\n"
    player.kill()
    assert player.bash('echo "two $GONE"; pwd').out == f"two \n{player.project}/a\n"
    _, _, cut = player.announce("echo begun > /dev/tty; touch begun; sleep 100")
    with ThreadPoolExecutor() as pool:
        ran = pool.submit(player.shell, cut["command"])
        while not (player.project / "a" / "begun").exists():
            time.sleep(0.01)
        player.kill()
        assert (ran.result().code, "recorder ended" in ran.result().err) == (125, True)
    assert player.event("PostToolUse", tool_name="Read", tool_use_id="r1", tool_input={}).code == 0
    assert player.bash("echo three").out == "three\n"
    player.end()
    steps = player.steps()
    assert [step["message"] for step in steps if step["source"] == "user"] == ["Count the fruits"]
    outputs = [step["observation"]["results"][0]["content"] for step in steps if "observation" in step]
    assert outputs == ["one\n", f"two \n{player.project}/a\n", "three\n"]
    assert [step["source"] for step in steps].count("agent") == 4
    for line in (player.kept / "pane.cast").read_text().splitlines():
        json.loads(line)


def test_only_an_announced_command_is_routed_and_one_that_ran_elsewhere_is_said_loudly(tmp_path):
    player = Player(tmp_path)
    player.start()
    after = {"tool_name": "Bash", "tool_use_id": "t9", "tool_input": {"command": "echo elsewhere"}}
    warned = player.event("PostToolUse", **after, tool_response={"stdout": "elsewhere"})
    assert "ran outside of the recorded shell" in json.loads(warned.out)["systemMessage"]
    _, _, rewritten = player.announce("touch done\nls", timeout=1000)
    # Permissions are judged by what stands there: the way into the shell, and the command.
    route, *command = rewritten["command"].split("\n")
    assert (command, rewritten["timeout"]) == (["touch done", "ls"], 1000)
    assert route.startswith(str(player.plugin / plugin.ROUTE)) and route.endswith("; exit")
    assert player.shell(rewritten["command"]).out == "done\n"
    again = player.shell(rewritten["command"])
    assert (again.code, "was not announced" in again.out) == (125, True)
    _, _, rewritten = player.announce("touch never")
    player.kill()
    assert player.shell(rewritten["command"]).code == 125
    assert not (player.project / "never").exists()
    listed = hdsl("capture", "list", "--json", folder=tmp_path, environment={CAPTURES: str(player.places.captures)})
    assert [(each["commands"], each["is_running"]) for each in listed.json] == [(1, False)]
    assert [step["source"] for step in player.steps()] == ["agent", "system", "agent"]


def test_other_tools_and_subagents_have_their_places(tmp_path):
    player = Player(tmp_path)
    player.start()
    player.event("UserPromptSubmit", prompt="Count the fruits")
    player.bash("export WHO=main")
    _, _, rewritten = player.announce("echo main")
    event = {"tool_name": "Bash", "tool_use_id": "s1", "tool_input": {"command": "echo $WHO sub"}, "agent_id": "a7"}
    hooked = player.event("PreToolUse", **event)
    routed = json.loads(hooked.out)["hookSpecificOutput"]["updatedInput"]["command"]
    assert player.shell(routed).out == "sub\n"
    edit = {"tool_name": "Edit", "tool_use_id": "e1", "tool_input": {"file_path": "x"}, "tool_response": {"ok": True}}
    player.event("PostToolUse", **edit)
    assert player.shell(rewritten["command"]).out == "main\n"
    player.end()
    document = json.loads((player.kept / "trajectory.json").read_text())
    names = [call["function_name"] for step in document["steps"] for call in step.get("tool_calls", ())]
    assert names == ["Bash", "Edit", "Bash"]
    (child,) = document["subagent_trajectories"]
    assert [step["message"] for step in child["steps"]] == ["Count the fruits", ""]


def test_several_agents_at_once_have_shells_and_captures_of_their_own(tmp_path):
    def work(name):
        player = Player(tmp_path, session=name)
        player.project = player.folder = tmp_path / f"project-{name}"
        player.project.mkdir()
        player.start()
        player.event("UserPromptSubmit", prompt=f"Do what {name} does")
        outs = [player.bash(f"export WHO={name}; mkdir d; cd d")]
        outs += [player.bash(f"echo $WHO {number}; seq 3 > f{number}; pwd") for number in range(4)]
        player.end()
        return player, [ran.out for ran in outs]

    Player(tmp_path)  # the plugin is there for all
    with ThreadPoolExecutor() as pool:
        for player, outs in pool.map(work, ("one", "two", "three")):
            expected = [f"{player.session} {number}\n{player.project}/d\n" for number in range(4)]
            assert outs == ["", *expected]
            results = [step["observation"]["results"][0]["content"] for step in player.steps()[1:]]
            assert results == outs


def test_a_command_beside_one_that_does_not_end_gets_a_shell_of_its_own(tmp_path):
    player = Player(tmp_path)
    player.start()
    player.bash("export WHO=main")
    _, _, server = player.announce("touch begun; until [ -e over ]; do sleep 0.05; done; echo served")
    with ThreadPoolExecutor() as pool:
        served = pool.submit(player.shell, server["command"])
        beside = player.bash("until [ -e begun ]; do sleep 0.05; done; echo $WHO; touch over")
        assert (beside.code, beside.out, beside.err) == (0, "main\n", "")
        assert served.result().out == "served\n"
    assert player.bash("echo $WHO").out == "main\n"
    player.end()


def test_a_command_that_the_agent_gives_up_on_is_ended_with_all_it_started(tmp_path):
    player = Player(tmp_path)
    player.start()
    _, _, given_up = player.announce("(touch begun; sleep 100; touch never) | cat; touch never")
    words = ["bash", "-c", given_up["command"]]
    process = subprocess.Popen(words, env=player.environment, cwd=player.project, start_new_session=True)
    player.bash("until [ -e begun ]; do sleep 0.05; done", run_in_background=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert player.bash("pwd; [ -e never ] || echo ended").out == f"{player.project}\nended\n"
    player.end()
    statuses = [step["observation"]["results"][0]["extra"]["hdsl"]["exit_status"] for step in player.steps()]
    assert sorted(statuses) == [0, 0, 137]  # the one in the background may be written down before the killed one is
    assert not (player.project / "never").exists()
