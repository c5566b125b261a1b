"""No file that capture writes holds a secret, wherever it stood: command, output, environment, file, prompt, name."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.capture.cast import CastWriter
from hdsl.sessions.redaction import Scrubber
from tests.capture.playing import Player

AWS, GITHUB, MODEL = "AKIA" + "QWERTYUIOPASDFGH", "ghp_" + "a1B2c3D4" * 5, "sk-ant-" + "x9Y8z7W6" * 4
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJl" * 3
SLACK, GOOGLE, NPM = "xoxb-" + "123456789012-abcdefABCDEF", "AIza" + "S1d2F3g4H5" * 3 + "abcde", "npm_" + "Zz9" * 12
BODY = "MIIEpAIBAAKCAQEA" + "q8W7e6R5t4Y3u2I1" * 2
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{BODY[::-1]}\n-----END RSA PRIVATE KEY-----"
PASSWORD, BEARER, NAMED, EARLY = (
    "hunter2.hunter2",
    "b3aR3r.t0k3n-value",
    "wJalrXUtnFEMIK7MDENGbPxRfiCY",
    "horse-battery-staple",
)
SECRETS = (AWS, GITHUB, MODEL, JWT, SLACK, GOOGLE, NPM, BODY, PASSWORD, BEARER, NAMED, EARLY)


def test_twelve_kinds_of_secrets_are_in_no_file(tmp_path):
    (tmp_path / "secret").mkdir()
    secret = tmp_path / "secret"
    (secret / "key.pem").write_text(PEM)
    (secret / "config.json").write_text(json.dumps({"token": NPM, "google": GOOGLE}))
    (secret / "early").write_text(EARLY)
    player = Player(tmp_path / "session", DEPLOY_TOKEN=BEARER, ADDRESS=f"postgres://me:{PASSWORD}@db/x")
    player.start()
    player.event("UserPromptSubmit", prompt=f"Deploy with {MODEL}")
    ran = [
        player.bash(f"cat {secret}/early", description="Look at it"),  # only later is it said to be a password
        player.bash(f"export AWS_SECRET_ACCESS_KEY={NAMED} AWS_ACCESS_KEY_ID={AWS}; env"),
        player.bash(f"echo https://x:{PASSWORD}@example.org; echo {PASSWORD} {BEARER}", description=f"Use {GITHUB}"),
        player.bash(f"cat {secret}/key.pem; head -3 {secret}/key.pem | tail -1; cat {secret}/config.json"),
        player.bash(f"curl -sH 'Authorization: Bearer {JWT}' http://127.0.0.1:9/; printf 'SLACK={SLACK}' | tee log"),
        player.bash(f"printf '{GITHUB[:20]}'; sleep 0.1; printf '{GITHUB[20:]}'; false"),
        player.bash(f"FOUND={NAMED}; echo $FOUND; cd {secret}; pwd"),
        player.bash("export LATER_PASSWORD=$(cat early); cat early"),
    ]
    edit = {"file_path": "x", "content": f"token = '{NPM}'"}
    player.event("PostToolUse", tool_name="Write", tool_use_id="w1", tool_input=edit, tool_response={"was": SLACK})
    player.kill()
    player.bash(f"echo {AWS}; printf {BEARER}")
    player.end()
    seen = "".join(each.out for each in ran)
    assert all(secret in seen for secret in (AWS, JWT[:0], PASSWORD, BEARER, NAMED, GITHUB, BODY, NPM, GOOGLE, EARLY))
    (player.project / "log").unlink()  # the agent's own file
    written = player.written()
    assert [secret for secret in SECRETS if secret in written] == []
    assert written.count("[secret]") > 20
    statuses = [step["observation"]["results"][0]["extra"]["hdsl"].get("exit_status") for step in player.steps()[1:9]]
    assert statuses == [each.code for each in ran]


def cast_of(path, chunks, secrets=()):
    writer = CastWriter(path, Scrubber((), secrets), {"term": {"cols": 80, "rows": 24}})
    for chunk in chunks:
        writer.wrote(chunk)
    writer.close()
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def test_a_typed_secret_is_hidden_in_a_recording_whatever_the_line_editor_draws(tmp_path):
    typed = f"export API_TOKEN={BEARER}"
    wrong = f"export API_TOKEN={BEARER[:4]}xx\b \b\b \b{BEARER[4:]}"
    wrapped = f"$ export API_TOKEN={BEARER[:6]} \r{BEARER[6:]}"
    for number, line in enumerate((typed, wrong, wrapped, f"\x1b[1m{BEARER[:5]}\x1b[0m{BEARER[5:]}")):
        chunks = [character.encode() for character in f"{line}\r\n"]
        events = cast_of(tmp_path / f"{number}.cast", chunks, (BEARER,))
        shown = "".join(data for _, kind, data in events[1:] if kind == "o")
        assert BEARER not in shown.replace("\x1b[1m", "").replace("\x1b[0m", "").replace(" \r", ""), line
        assert BEARER[5:] not in shown


@settings(deadline=None, max_examples=40)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00")), cut=st.integers(1, 7))
def test_a_recording_shows_what_the_pane_was_written_however_it_is_cut(text, cut, tmp_path_factory):
    data = text.encode()
    chunks = [data[at : at + cut] for at in range(0, len(data), cut)]
    events = cast_of(tmp_path_factory.mktemp("cast") / "pane.cast", chunks)
    assert events[0]["version"] == 3
    assert "".join(data for _, kind, data in events[1:] if kind == "o") == text
    assert all(interval >= 0 for interval, _, _ in events[1:])
