"""A scripted agent, built with the agent's side of the ACP SDK: tries its files, its terminals and what it may do.

What came of each step is the answer: one JSON object in answer.txt. Run as a program, over stdin and stdout.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from acp import RequestError, run_agent, text_block, update_agent_message
from acp.schema import (
    AgentMessageChunk,
    InitializeResponse,
    NewSessionResponse,
    PermissionOption,
    PromptResponse,
    ToolCallLocation,
    ToolCallUpdate,
    Usage,
)

OPTIONS = [
    PermissionOption(option_id=kind, name=kind, kind=kind) for kind in ("allow_always", "allow_once", "reject_once")
]


class Agent:
    def on_connect(self, client):
        self.client = client

    async def initialize(self, protocol_version, **_):
        return InitializeResponse(protocol_version=protocol_version)

    async def new_session(self, cwd, **_):
        self.folder = Path(cwd)
        return NewSessionResponse(session_id="s")

    async def cancel(self, session_id, **_):
        pass

    async def prompt(self, session_id, prompt, **_):
        found = {"prompt": prompt[0].text, "secret": os.environ.get("MY_TOKEN"), "key": os.environ.get("THEIR_KEY")}
        for name, step in (
            ("input", self.read("input.txt")),
            ("outside", self.read("/etc/hostname")),
            ("above", self.write("../new.txt")),
            ("git", self.write(".git/hooks/pre-commit")),
            ("exit", self.run("printf 'a\\nb\\n'; exit 3")),
            ("words", self.run("printf", ["%s|", "a b", "$HOME"])),
            ("variable", self.run("echo $X", env=[{"name": "X", "value": "a 'b'"}])),
            ("state", self.run("cat > kept; pwd -P")),
            ("cut", self.run("seq 1 1000", output_byte_limit=5)),
            ("denied", self.run("rm -rf ~")),
            ("elsewhere", self.run("ls", cwd="/")),
            ("killed", self.killed("trap '' INT; echo on; sleep 1000")),
            ("gone", self.client.terminal_output(session_id="s", terminal_id="nothing")),
            ("may ls", self.may("execute", {"command": "ls"})),
            ("may rm", self.may("execute", {"command": ["rm", "-rf", "/"]})),
            ("may edit", self.may("edit", path=str(self.folder / "a.txt"))),
            ("may edit outside", self.may("edit", path="/etc/hosts")),
            ("may edit nothing", self.may("edit")),
            ("may fetch", self.may("fetch", {"url": "http://127.0.0.1/"})),
        ):
            try:
                found[name] = await step
            except RequestError as error:
                found[name] = f"error: {error}"
        # A process that detaches itself from everything, and would go on.
        orphan = subprocess.Popen(["sleep", "1000"], start_new_session=True, stdout=subprocess.DEVNULL)
        found["orphan"] = orphan.pid
        answer = self.folder / "answer.txt"
        await self.client.write_text_file(session_id="s", path=str(answer), content=json.dumps(found))
        await self.client.session_update(session_id="s", update=update_agent_message(text_block("All tried.")))
        assert AgentMessageChunk
        return PromptResponse(stop_reason="end_turn", usage=Usage(total_tokens=70, input_tokens=50, output_tokens=20))

    async def read(self, path):
        return (await self.client.read_text_file(session_id="s", path=str(self.folder / path))).content

    async def write(self, path):
        await self.client.write_text_file(session_id="s", path=str(self.folder / path), content="x")

    async def run(self, command, args=None, **more):
        made = await self.client.create_terminal(session_id="s", command=command, args=args, **more)
        name = made.terminal_id
        ended = await self.client.wait_for_terminal_exit(session_id="s", terminal_id=name)
        output = await self.client.terminal_output(session_id="s", terminal_id=name)
        await self.client.release_terminal(session_id="s", terminal_id=name)
        return [ended.exit_code, output.output, output.truncated]

    async def killed(self, command):
        made = await self.client.create_terminal(session_id="s", command=command)
        while "on" not in (await self.client.terminal_output(session_id="s", terminal_id=made.terminal_id)).output:
            await asyncio.sleep(0.05)
        await self.client.kill_terminal(session_id="s", terminal_id=made.terminal_id)
        ended = await self.client.wait_for_terminal_exit(session_id="s", terminal_id=made.terminal_id)
        return [ended.exit_code, ended.signal]

    async def may(self, kind, raw_input=None, path=None):
        call = ToolCallUpdate(
            tool_call_id="t",
            kind=kind,
            raw_input=raw_input,
            locations=None if path is None else [ToolCallLocation(path=path)],
        )
        asked = await self.client.request_permission(session_id="s", tool_call=call, options=OPTIONS)
        return getattr(asked.outcome, "option_id", asked.outcome.outcome)


if __name__ == "__main__":
    sys.exit(asyncio.run(run_agent(Agent())))
