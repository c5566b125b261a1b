"""Values of variables that hold secrets are hidden wherever they stand."""

from hdsl.ground.secrets import Redactor, is_secret_name, secret_values


def test_which_names_hold_secrets() -> None:
    for name in ("OPENAI_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "GH_PAT"):
        assert is_secret_name(name), name
    for name in ("PATH", "KEYBOARD", "HOME", "TOKENIZERS_PARALLELISM", "PATCH", "MONKEY"):
        assert not is_secret_name(name), name


def test_values_are_hidden_the_longest_first() -> None:
    environment = {"A_KEY": "abcdefgh", "B_KEY": "abcdefghij", "C_KEY": "short", "PATH": "/usr/bin:/bin"}
    values = secret_values(environment)
    assert values == ("abcdefghij", "abcdefgh")
    hide = Redactor(values)
    assert hide("x abcdefghij y abcdefgh short /usr/bin:/bin") == "x [secret] y [secret] short /usr/bin:/bin"
    assert Redactor(())("text") == "text"
