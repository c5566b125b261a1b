"""No secret gets into a pool: rows that have one are refused, wherever in them it stands."""

import gzip
import json
from base64 import b64decode
from dataclasses import replace

import pytest

from hdsl.pool.faults import PoolRefused
from hdsl.pool.screening import secrets_in
from tests.pool.people import ANN, BOB, pool_of, row

BODY = "MIIEpAIBAAKCAQEA" + "q8W7e6R5t4Y3u2I1" * 2
PASSWORD = "hunter2.hunter2"
PLANTED = {
    "AKIA" + "QWERTYUIOPASDFGH": "aws configure set aws_access_key_id {}",
    "wJalrXUtnFEMIK7MDENGbPxRfiCY": "export AWS_SECRET_ACCESS_KEY={}",
    "ghp_" + "a1B2c3D4" * 5: "git clone https://{}@github.com/a/b",
    "glpat-" + "x1Y2z3W4" * 3: "curl --header 'PRIVATE-TOKEN: {}' https://gitlab.example/api",
    "sk-ant-" + "x9Y8z7W6" * 4: "The key is {}",
    "eyJhbGciOiJIUzI1NiJ9."
    + "eyJzdWIiOiIxMjM0In0."
    + "c2lnbmF0dXJl" * 3: "curl -H 'Authorization: Bearer {}' http://x",
    "xoxb-" + "123456789012-abcdefABCDEF": "SLACK={}",
    "AIza" + "S1d2F3g4H5" * 3 + "abcde": '{{"google": "{}"}}',
    "npm_" + "Zz9" * 12: "npm config set //registry/:_authToken {}",
    "sk_live_" + "a1B2c3D4" * 3: "stripe listen --api-key {}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{BODY[::-1]}\n-----END RSA PRIVATE KEY-----": "cat > key.pem <<X\n{}\nX",
    PASSWORD: "psql postgres://me:{}@db.example/x",
    "b3aR3r.t0k3n-value": "curl -H 'Authorization: Bearer {}' http://127.0.0.1/",
    "horse-battery-staple": "mysql --password={} --user me",
    "q7Wm2Zt9Lk4Vb8Xc": "login at https://x/?access_token={}",
}


def planted(column, secret, text):
    return replace(row("Use it so.", key="How do I log in?", query="log in"), **{column: text.format(secret)})


@pytest.mark.parametrize("column", ["query", "key", "value"])
def test_every_kind_of_secret_is_refused_in_every_text(column):
    rows = [planted(column, secret, text) for secret, text in PLANTED.items()]
    found = secrets_in(rows)
    assert [each.number for each in found] == list(range(len(PLANTED)))
    assert {each.reason for each in found} == {f"its {column} has a secret"}


def test_no_secret_is_in_a_segment(tmp_path, monkeypatch):
    monkeypatch.setenv("DEPLOY_TOKEN", "a-token-of-this-process")
    pool = pool_of(tmp_path / "pool", (BOB, "bob"))
    before = pool.store.segments()
    clean = [row(f"Answer {number}.", key=f"Question {number}?") for number in range(20)]
    rows = [planted("value", secret, text) for secret, text in PLANTED.items()]
    rows.append(row("ssh -p 22 me@host a-token-of-this-process"))
    rows.append(replace(row("x"), source="from sk-ant-" + "x9Y8z7W6" * 4))
    rows.append(row("wrapped ghp_a1B2c3D4a1B2c3D\n4a1B2c3D4a1B2c3D4"))
    for each in rows:
        with pytest.raises(PoolRefused, match=r"row 21 of what is published, of notes\.facts: its \w+ has a secret$"):
            pool.publish([*clean, each], BOB)
    assert pool.store.segments() == before
    mixed = [*clean, *rows, row("What another row gives away is hidden here too: " + PASSWORD)]
    refused = {each.number for each in secrets_in(mixed)}
    pool.publish([each for number, each in enumerate(mixed) if number not in refused], BOB)
    written = b"".join(expanded(tmp_path / "pool" / "segments" / name) for name in pool.store.segments()).decode()
    assert [
        secret for secret in (*PLANTED, BODY, "a-token-of-this-process") if json.dumps(secret)[1:-1] in written
    ] == []
    assert written.count("Question") == len(clean)
    with pytest.raises(PoolRefused, match="the reason has a secret"):
        pool.revoke(BOB.name, f"his password was postgres://me:{PASSWORD}@db/x", ANN)


def test_what_only_looks_like_a_secret_is_published():
    texts = [
        "Set OPENAI_API_KEY to your key.",
        "export TOKEN=$(gh auth token)",
        "password: str = getpass()",
        "the commit 4f1c72b8daca6b2c7ab88f731eaa2bdad5f2db85 fixed it",
        "git checkout -b feature/token-refresh",
        "How do I rotate an AWS access key?",
    ]
    assert secrets_in([row(text) for text in texts]) == []


def expanded(file):
    return gzip.decompress(b64decode(json.loads(file.read_bytes())["payload"]))
