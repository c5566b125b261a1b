"""Settings: where they come from, which wins, and what a wrong one says."""

import subprocess
import sys
from pathlib import Path

import pytest

from hdsl.configuration.files import SettingsError, find_configuration
from hdsl.configuration.settings import Settings, declared, load_settings


def write(folder: Path, text: str, name: str = "hdsl.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(tmp_path, environment={})
    assert (settings.kernel, settings.model, settings.api_key) == ("nearest", "", "")
    assert settings.runs == tmp_path / "runs"
    assert settings.project == tmp_path


def test_the_caller_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    write(tmp_path, 'kernel = "openai"\nmodel = "from file"\ntimeout = 5\nconcurrency = 2\n')
    environment = {"HDSL_MODEL": "from environment", "HDSL_CONCURRENCY": "3"}
    settings = load_settings(tmp_path, environment=environment, concurrency=4, kernel=None)
    assert settings == Settings(
        kernel="openai",
        model="from environment",
        timeout=5.0,
        concurrency=4,
        runs=tmp_path / "runs",
        project=tmp_path,
    )


def test_files_are_found_upward_and_the_nearest_wins(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write(tmp_path, '[tool.hdsl]\nmodel = "outer"\nruns = "kept"\n', "pyproject.toml")
    assert load_settings(inner, environment={}).model == "outer"
    assert load_settings(inner, environment={}).runs == tmp_path / "kept"
    write(tmp_path / "a", '[tool.other]\nmodel = "not ours: hdsl"\n', "pyproject.toml")
    assert load_settings(inner, environment={}).model == "outer"
    write(inner, 'model = "inner"\n')
    assert load_settings(inner, environment={}).model == "inner"
    assert load_settings(inner, environment={}).project == inner


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('model = "x"\nkernal = "openai"\n', [":2:", "'kernal'", "did you mean 'kernel'?"]),
        ("concurrency = 1.5\n", [":1:", "an integer", "1.5"]),
        ("concurrency = true\n", [":1:", "an integer", "true"]),
        ('sandbox = "yes"\n', [":1:", "true or false", "'yes'"]),
        ("sandbox = 1\n", [":1:", "true or false", "1"]),
        ("\nconcurrency = 0\n", [":2:", "at least 1", "0"]),
        ("nearest_min = 2\n", [":1:", "from 0.0 to 1.0"]),
        ("model = 3\n", [":1:", "a text", "3"]),
        ("timeout = nan\n", [":1:", "a number"]),
        ('model = "x\n', [":1:", "is not TOML"]),
        ("[model]\nx = 1\n", ["a text", "a table"]),
    ],
)
def test_a_wrong_file_says_where_and_what(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as error:
        load_settings(tmp_path, environment={})
    assert str(error.value).startswith(str(path))
    for part in parts:
        assert part in str(error.value)


def test_the_line_is_that_of_our_section(tmp_path: Path) -> None:
    write(tmp_path, '[tool.other]\nkernal = 1\n\n[tool.hdsl]\nkernal = "x"\n', "pyproject.toml")
    with pytest.raises(SettingsError, match=r"pyproject\.toml:5: "):
        load_settings(tmp_path, environment={})


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "hdsl.toml").write_bytes(b"\xef\xbb\xbf" + b'record = "elsewhere"\n[policy]\ndeny = ["make *"]\n')
    _, _, table = find_configuration(tmp_path)
    assert table["policy"] == {"deny": ["make *"]}


@pytest.mark.parametrize("target", ["nowhere", "hdsl.toml"])
def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "hdsl.toml").symlink_to(target)
    with pytest.raises(SettingsError, match=r"hdsl\.toml: cannot be read"):
        find_configuration(tmp_path)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "hdsl.toml").write_bytes(b'model = "\xff"\n')
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(tmp_path, environment={})


def test_wrong_variables_and_overrides(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"HDSL_TIMEOUT: timeout is a number of at least 0.001, not 'soon'"):
        load_settings(tmp_path, environment={"HDSL_TIMEOUT": "soon"})
    with pytest.raises(SettingsError, match="retries"):
        load_settings(tmp_path, environment={"HDSL_RETRIES": "-1"})
    with pytest.raises(SettingsError, match="did you mean 'model'"):
        load_settings(tmp_path, environment={}, modle="x")
    with pytest.raises(SettingsError, match="nearest_min"):
        load_settings(tmp_path, environment={}, nearest_min=3.0)


def test_a_key_comes_from_the_environment_alone_and_is_never_shown(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={"OPENAI_API_KEY": "secret-key"})
    assert settings.api_key == "secret-key"
    assert "secret-key" not in repr(settings) + str(settings)
    write(tmp_path, 'api_key = "secret-key"\n')
    with pytest.raises(SettingsError, match="OPENAI_API_KEY") as error:
        load_settings(tmp_path, environment={})
    assert "secret-key" not in str(error.value)
    with pytest.raises(SettingsError):
        load_settings(tmp_path.parent, environment={}, api_key="secret-key")


def test_every_setting_is_declared_with_a_variable_and_a_description() -> None:
    settings = declared()
    assert {setting.name for setting in settings} >= {"kernel", "model", "base_url", "timeout", "retries", "runs"}
    assert all(setting.environment and setting.description for setting in settings)
    assert len({setting.environment for setting in settings}) == len(settings)


def test_reading_settings_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'aiohttp', 'numpy', 'tomllib', 'asyncio'}"
    code = f"import sys, hdsl.configuration.settings; print({heavy} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("file", "environment", "expected"),
    [
        ("", {"LLM_MODEL": "m", "LLM_BASE_URL": "http://u/v1", "LLM_API_KEY": "k"}, ("m", "http://u/v1", "k")),
        ("", {"LLM_MODEL": "theirs", "HDSL_MODEL": "ours"}, ("ours", "", "")),
        ('model = "file"\n', {"LLM_MODEL": "theirs"}, ("file", "", "")),
        ("", {"LLM_API_KEY": "k"}, ("", "", "k")),
        ("", {"LLM_API_KEY": "theirs", "OPENAI_API_KEY": "ours"}, ("", "", "ours")),
        ("", {"LLM_API_KEY": "k", "OPENAI_BASE_URL": "http://u/v1"}, ("", "http://u/v1", "k")),
        # a key is never sent to a server that it does not stand with
        ("", {"LLM_BASE_URL": "http://u/v1", "OPENAI_API_KEY": "ours"}, ("", "http://u/v1", "")),
        (
            'base_url = "http://f/v1"\n',
            {"LLM_BASE_URL": "http://u/v1", "LLM_API_KEY": "k"},
            ("", "http://f/v1", ""),
        ),
    ],
)
def test_the_variables_of_other_programs_count_if_nothing_else_is_said(
    tmp_path: Path, file: str, environment: dict[str, str], expected: tuple[str, str, str]
) -> None:
    write(tmp_path, file)
    settings = load_settings(tmp_path, environment=environment)
    assert (settings.model, settings.base_url, settings.api_key) == expected
