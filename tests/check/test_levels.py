"""`[levels]` and `exclude` of a project: read, refused with their place, and matched."""

from pathlib import Path

import pytest

from hdsl.check.levels import CheckSettings, check_settings
from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import load_settings


def write(folder: Path, text: str, name: str = "hdsl.toml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_both_files_hold_them_beside_the_other_settings(tmp_path):
    write(tmp_path, 'model = "m"\nexclude = ["old/"]\n[levels]\nHG104 = "off"\nunused-use = "error"\n')
    settings = check_settings(tmp_path / "deep" / "down")
    assert settings == CheckSettings({"HG104": "off", "HG108": "error"}, ("old",), tmp_path)
    assert load_settings(tmp_path, environment={}).model == "m"
    (tmp_path / "hdsl.toml").unlink()
    write(tmp_path, '[tool.hdsl.levels]\nHG503 = "warning"\n', "pyproject.toml")
    assert check_settings(tmp_path).levels == {"HG503": "warning"}
    write(tmp_path, '[tool.other]\nname = "hdsl"\n', "pyproject.toml")
    assert check_settings(tmp_path) == CheckSettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[levels]\nHG999 = "off"\n', r"hdsl.toml:2: unknown code 'HG999'"),
        ('[levels]\nunused-nod = "off"\n', r":2: .*Did you mean `unused-node`\?"),
        ('[levels]\n\nHG104 = "none"\n', r':3: a level is "error", "warning" or "off", not \'none\''),
        ("[levels]\nHG104 = 3\n", r":2: a level is"),
        ('[levels]\nHG101 = "warning"\n', r":2: HG101 stays an error"),
        ('levels = "off"\n', r":1: levels is a table"),
        ('exclude = "old"\n', r":1: exclude is a list"),
        ("exclude = [1]\n", r":1: exclude is a list"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path, text, said):
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=said):
        check_settings(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "path", "excluded"),
    [
        ("old", "old/a.hg", True),
        ("old", "deep/old/a.hg", True),
        ("old", "older/a.hg", False),
        ("*.draft.hg", "deep/a.draft.hg", True),
        ("drafts/**", "drafts/deep/a.hg", True),
        ("drafts/*.hg", "drafts/a.hg", True),
        ("drafts/*.hg", "other/drafts/a.hg", False),
        ("**/drafts/*.hg", "other/drafts/a.hg", True),
        ("**/drafts/*.hg", "drafts/a.hg", True),
        ("./a.hg", "a.hg", True),
        ("./a.hg", "b/a.hg", False),
    ],
)
def test_patterns_are_relative_to_the_configuration(tmp_path, pattern, path, excluded):
    assert CheckSettings(exclude=(pattern,), folder=tmp_path).excludes(tmp_path / path) is excluded
    assert not CheckSettings(exclude=(pattern,), folder=tmp_path / "elsewhere").excludes(tmp_path / path)
