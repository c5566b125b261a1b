"""The values that options of the library's operations may have: every number has a range, and it is kept."""

from pathlib import Path

from hdsl.check.session import check_file
from hdsl.graph.ranges import range_of
from hdsl.graph.signature import OptionParameter, Signature
from tests.commands import REPOSITORY

NUMBERS = ("int", "float")


def numeric_options() -> list[tuple[Signature, OptionParameter]]:
    """Every option of an operation of the library that is a number."""
    modules = [check_file(path).module for path in sorted((REPOSITORY / "stdlib").rglob("*.hg"))]
    signatures = [each for module in modules if module is not None for each in module.callables.values()]
    own = {(each.module, each.name): each for each in signatures if not each.is_harness}
    return [(each, option) for each in own.values() for option in each.options if option.kind in NUMBERS]


def test_every_numeric_option_of_the_library_has_a_range_that_its_default_is_in() -> None:
    found = numeric_options()
    assert {"call", "run", "expert", "split"} <= {signature.name for signature, _ in found}
    for signature, option in found:
        allowed = range_of(signature, option)
        assert allowed is not None, f"{signature.name}: {option.name} has no range in hdsl/graph/ranges.py"
        assert option.default is None or allowed.takes(option.default), f"{signature.name}: {option.name}"
        assert not allowed.takes(-2) and not allowed.takes(float("inf")) and not allowed.takes(float("nan"))


def test_a_tool_cannot_be_called_for_less_than_no_time(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "reference" / "examples" / "mcp.call.hg").read_text(encoding="utf-8")
    path = tmp_path / "alarm.hg"
    path.write_text(text.replace("call(whom)", "call(whom, timeout=-1.0)"), encoding="utf-8")
    (found,) = check_file(path).diagnostics
    assert (found.code, "at least 0" in str(found)) == ("HG206", True)
