"""Kernels that a configuration names: what their tables may say, what they take over, and where keys go."""

from pathlib import Path

import pytest

from hdsl.configuration.files import SettingsError
from hdsl.configuration.kernels import settings_of
from hdsl.configuration.settings import Settings, load_settings

TABLES = """model = "top"
base_url = "http://127.0.0.1:1/v1"
timeout = 7
temperature = 0.5

[kernels.same]
model = "other"

[kernels.large]
model = "big"
base_url = "https://models.example.com/v1"
api_key_env = "LARGE_KEY"
input_price = 2
output_price = 8.5

[kernels.small]
kernel = "local"
local_model = "models/tiny.gguf"
"""


def loaded(folder: Path, text: str, **environment: str) -> Settings:
    (folder / "hdsl.toml").write_text(text)
    return load_settings(folder, environment=environment)


def test_a_table_has_its_own_model_and_the_tuning_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGE_KEY", "large-secret")
    settings = loaded(tmp_path, TABLES, OPENAI_API_KEY="top-secret")
    large = settings_of(settings, "large")
    assert (large.kernel, large.model, large.timeout, large.temperature) == ("openai", "big", 7.0, None)
    assert (large.input_price, large.output_price) == (2.0, 8.5)
    small = settings_of(settings, "small")
    assert (small.kernel, small.local_model) == ("local", tmp_path / "models" / "tiny.gguf")


def test_a_key_goes_to_no_other_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(tmp_path, TABLES, OPENAI_API_KEY="top-secret")
    assert settings_of(settings, "large").api_key == ""
    monkeypatch.setenv("LARGE_KEY", "large-secret")
    assert settings_of(settings, "large").api_key == "large-secret"
    same = settings_of(settings, "same")
    assert (same.base_url, same.api_key) == ("http://127.0.0.1:1/v1", "top-secret")
    assert "secret" not in repr(settings) + repr(same)


def test_a_name_may_be_the_kernel_of_all_or_that_of_reflection(tmp_path: Path) -> None:
    settings = loaded(tmp_path, 'kernel = "small"\nreflection = "large"\n' + TABLES)
    assert (settings.kernel, settings.reflection) == ("small", "large")
    assert settings_of(settings, settings.kernel).kernel == "local"


def test_an_unknown_name_is_said_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown kernel 'smal', did you mean 'small'"):
        settings_of(loaded(tmp_path, TABLES), "smal")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("kernels = 1\n", [":1:", "kernels holds tables"]),
        ("[kernels]\nsmall = 1\n", ["kernels.small is a table"]),
        ('[kernels.small]\nmodle = "x"\n', [":1:", "'modle'", "did you mean 'model'?"]),
        ('[kernels.small]\nruns = "x"\n', [":1:", "unknown setting 'runs' of a kernel"]),
        ('\n[kernels.small]\nkernel = "locl"\n', [":2:", "'locl'", "did you mean 'local'?"]),
        ('[kernels.small]\ntimeout = "x"\n', [":1:", "timeout is a number"]),
        ('[kernels.local]\nmodel = "x"\n', [":1:", "'local'", "a kernel that there is already"]),
        ('[kernels."a b"]\nmodel = "x"\n', ["'a b'", "choose another one"]),
        ('[kernels.small]\napi_key = "sk-1234567890"\n', [":1:", "keys stand in no file", "api_key_env"]),
        ('[kernels.small]\napi_key_env = "sk-1234567890"\n', [":1:", "the name of a variable"]),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place_and_without_keys(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, text)
    assert all(part in str(error.value) for part in parts), str(error.value)
    assert "sk-1234567890" not in str(error.value)


def test_a_recording_is_relative_to_the_file_that_names_it(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'kernel = "replay:kept.jsonl"\n').kernel == f"replay:{tmp_path / 'kept.jsonl'}"
