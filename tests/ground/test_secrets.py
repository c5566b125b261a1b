"""Values of variables that hold secrets are hidden wherever they stand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.ground.secrets import HIDDEN, SHORTEST, Redactor, is_secret_name, known_secrets, secret_values


@pytest.mark.parametrize(
    "name",
    [
        *(
            "OPENAI_API_KEY",
            "GITHUB_TOKEN",
            "DB_PASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "HF_TOKEN",
            "GH_PAT",
            "AWS_ACCESS_KEY_ID",
        ),
        *(
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "NPMTOKEN",
            "apikey",
            "OPENAI_API_KEYS",
            "SLACK_WEBHOOK_URL",
            "BASIC_AUTH",
        ),
        *("AZURE_STORAGE_CONNECTION_STRING", "GOOGLE_CREDENTIALS", "SESSION_COOKIE", "A_JWT"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "KEYBOARD", "HOME", "TOKENIZERS_PARALLELISM", "PATCH", "MONKEY", "PWD", "OLDPWD", "HDSL_MAX_TOKENS"),
        *("SSH_AUTH_SOCK", "POSTGRES_PASSWORD_FILE", "OIDC_TOKEN_URL", "COMPASS", "PASSENGERS", "AUTHOR", "XAUTHORITY"),
        *("TOKEN_COUNT", "API_KEY_LENGTH", "MAX_TOKEN_TTL"),
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_values_are_hidden_the_longest_first() -> None:
    environment = {"A_KEY": "abcdefgh", "B_KEY": "abcdefghij", "C_KEY": "short", "PATH": "/usr/bin:/bin"}
    values = secret_values(environment)
    assert values == ("abcdefghij", "abcdefgh")
    hide = Redactor(values)
    assert hide("x abcdefghij y abcdefgh short /usr/bin:/bin") == "x [secret] y [secret] short /usr/bin:/bin"
    assert Redactor(())("text") == "text"
    assert hide and not Redactor(())


def test_a_password_in_an_address_is_a_secret() -> None:
    environment = {"DATABASE_URL": "postgres://user:p%40ssword-1@db.example:5432/x", "SITE": "http://host:8080/a@b"}
    assert secret_values(environment) == ("p%40ssword-1", "p@ssword-1")


def test_the_path_of_a_file_is_no_secret(tmp_path) -> None:
    assert secret_values({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path)}) == ()
    assert secret_values({"AWS_SECRET_ACCESS_KEY": "/Key+that/starts/with/a/slash"}) == (
        "/Key+that/starts/with/a/slash",
    )


def test_a_secret_is_hidden_where_a_screen_breaks_it_into_lines() -> None:
    hide = Redactor(["sk-0123456789abcdef"])
    assert hide("$ echo sk-01234\n56789ab\r\ncdef\n$") == "$ echo [secret]\n$"


def test_each_long_line_of_a_secret_of_several_lines_is_hidden() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nc2Vjb25kIGxpbmUgb2Yga2V5\nxx==\n-----END KEY-----\n"
    hide = Redactor(secret_values({"PRIVATE_KEY": key}))
    assert hide(f"a {key.strip()} b") == "a [secret] b"
    assert hide("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0") == "-----BEGIN KEY-----\n[secret]"


def test_the_secrets_of_the_environment_are_known(monkeypatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", " 0123456789 ")
    assert "0123456789" in known_secrets()


@settings(deadline=None)
@given(st.text(max_size=40), st.text("aB3-_+/\n .*", min_size=8, max_size=40), st.text(max_size=40), st.data())
def test_no_secret_is_left(before: str, secret: str, after: str, data) -> None:
    hide = Redactor([secret])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(secret)), max_size=3)))
    broken = "".join(char + "\n" * (place in cuts) for place, char in enumerate(secret))
    hidden = hide(before + broken + after)
    flat = secret.replace("\n", "")
    assert len(flat) < SHORTEST or flat not in hidden.replace(HIDDEN, "\0").replace("\n", "").replace("\r", "")
