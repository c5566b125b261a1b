"""Element functions over tensors: inputs, failure, options, sessions, threads."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any

import pytest

from hdsl.future.context import BudgetSpent
from hdsl.future.flight import Element
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.kernel.request import Usage
from hdsl.ops.element import apply_operation, blocking, lift, tensor_operation
from hdsl.ops.sequential import ft_sequential
from hdsl.ops.site import Pull, Site
from tests.ops.graphs import SURE, leaf, node, pulled, texts_of, tracing


def test_sync_and_async_functions_give_texts_or_elements() -> None:
    async def later(text: str) -> str:
        await asyncio.sleep(0)
        return text + "!"

    x = leaf(["a", "b"])
    assert texts_of(lift(str.upper, [x])) == ["A", "B"]
    assert texts_of(lift(later, [x])) == ["a!", "b!"]
    assert pulled(lift(lambda text: (text, Status.confidence(0.5)), [x]), 1) == ("b", Status(0.5))
    assert texts_of(lift(lambda text: later(text), [x])) == ["a!", "b!"]
    assert texts_of(lift(lambda text: [text, SURE], [x])) == ["a", "b"]


def test_options_go_by_name_and_an_absent_input_is_none() -> None:
    def show(text: str, goal: str | None, *more: str, **options: Any) -> str:
        return f"{text} {goal} {more} {options}"

    x = leaf(["a"])
    assert texts_of(apply_operation(show, [x, None, x], {"with": "-"}, Site())) == ["a None ('a',) {'with': '-'}"]


def test_a_failed_input_fails_the_element_without_running_it() -> None:
    ran = []
    first = leaf([("one", Status.self_confidence_but_failed(0.5, "first cause"))])
    second = leaf([("two", Status.failed_because("second cause"))])
    joined = lift(lambda *texts: ran.append(texts) or "ran", [leaf(["fine"]), first, second])
    assert pulled(joined, 0) == ("one", Status(-0.5, "first cause"))
    assert ran == []


def test_inputs_are_evaluated_together_and_all_to_their_end() -> None:
    at_once = []
    running = 0

    async def slow(text: str) -> Element:
        nonlocal running
        running += 1
        await asyncio.sleep(0.02)
        at_once.append(running)
        if text == "fails":
            return text, Status.failed_because("it does")
        await asyncio.sleep(0.02)
        return text, SURE

    with tracing() as trace:
        inputs = [node(name, slow, leaf([name])) for name in ("fails", "b", "c")]
        assert pulled(node("all", lambda *texts: "".join(texts), *inputs), 0)[1].cause == "it does"
    assert at_once == [3, 3, 3]
    assert sorted(trace.steps) == ["all[0]", "b[0]", "c[0]", "fails[0]"]


def test_what_ends_the_run_ends_the_other_inputs() -> None:
    cleaned = []

    async def wait(text: str) -> str:
        try:
            await asyncio.sleep(30)
        finally:
            cleaned.append(text)
        return text

    async def spend(text: str) -> str:
        await asyncio.sleep(0.01)
        raise BudgetSpent("spent")

    x = leaf(["a"])
    with pytest.raises(BudgetSpent):
        pulled(lift(lambda a, b: a + b, [lift(wait, [x]), lift(spend, [x])]), 0)
    assert cleaned == ["a"]


def test_a_blocking_function_does_not_stop_the_others() -> None:
    barrier = threading.Barrier(4, timeout=60)

    @blocking
    def meet(text: str) -> str:
        barrier.wait()
        return str(threading.get_ident())

    threads = texts_of(lift(meet, [leaf(["a", "b", "c", "d"])]))
    assert len(set(threads)) == 4


def _raises(error: BaseException) -> Any:
    raise error


async def _raises_later(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize("raises", [_raises, _raises_later])
@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (StopIteration(), "StopIteration"),
        (SystemExit(7), "the function raised SystemExit: 7"),
        (KeyboardInterrupt(), "the function raised KeyboardInterrupt"),
        (BaseExceptionGroup("several", [SystemExit(1)]), "the function raised BaseExceptionGroup: several"),
    ],
)
def test_a_function_that_leaves_fails_its_element(raises: Any, error: BaseException, cause: str) -> None:
    text, status = pulled(lift(lambda text: raises(error), [leaf(["a"])]), 0)
    assert (text, status.failed) == ("", True)
    assert cause in status.cause
    assert texts_of(lift(str.upper, [leaf(["a"])])) == ["A"]


@pytest.mark.parametrize(("result", "kind"), [(None, "None"), (7, "type int"), (("a", SURE, 1), "type tuple")])
def test_a_function_that_returns_no_element_fails_it(result: Any, kind: str) -> None:
    _, status = pulled(lift(lambda text: result, [leaf(["a"])], site=Site(name="f")), 0)
    assert status.failed
    assert "`f` got" in status.cause
    assert kind in status.cause


def test_functions_of_users_run_beside_the_event_loop_and_those_of_hdsl_on_it() -> None:
    def where(text: str) -> str:
        return threading.current_thread().name

    assert texts_of(lift(where, [leaf(["a"])])) == ["hdsl-worker"]
    where.__module__ = "hdsl.ops.texts"
    assert texts_of(lift(where, [leaf(["a"])])) == ["hdsl-loop"]


def test_pull_says_where_and_counts_usage() -> None:
    def ask(text: str, *, pull: Pull) -> str:
        pull.spending.add(Usage(calls=1, prompt_tokens=7))
        pull.spending.add(Usage(calls=1))
        return f"{pull.site.name} {pull.coordinates} {pull.trajectory!s}"

    with tracing() as trace:
        asked = node("ask", ask, leaf(["a", "b"]))
        assert run_sync(asked.ft_async_get((1,), "so far")) == ("ask (1,) so far", SURE)
    assert trace.records[-1].usage == Usage(calls=2, prompt_tokens=7)


@dataclass
class _Session:
    handle: str


class _Terminal:
    async def open(self, name: str = "") -> Any:
        return _Session(name)

    def session(self, handle: str) -> Any:
        return _Session(handle)

    async def close(self) -> None: ...


def test_session_inputs_are_session_objects() -> None:
    def show(text: str, session: _Session) -> str:
        return f"{text} {session.handle}"

    with tracing(terminal=_Terminal()):
        shown = node("show", show, leaf(["a"]), leaf(["%1"]), sessions=(False, True))
    assert texts_of(shown) == ["a %1"]
    with tracing():
        alone = node("show", show, leaf(["a"]), leaf(["%1"]), sessions=(False, True))
    assert "no terminal" in pulled(alone, 0)[1].cause


def test_an_input_of_size_one_or_fewer_dimensions_is_repeated() -> None:
    x = leaf(["a", "b"], [1, 2])
    assert texts_of(lift(lambda a, b: a + b, [x, leaf(["!"])])) == ["a!", "b!"]
    assert texts_of(lift(lambda a, b: a + b, [x, leaf(["-"], [1, 1])])) == ["a-", "b-"]
    with pytest.raises(ValueError, match="fit"):
        lift(lambda a, b: a + b, [x, leaf(["1", "2", "3"], [1, 3])])


def test_an_operation_without_inputs_takes_its_shape_from_the_site() -> None:
    made = lift(lambda *, pull: str(pull.coordinates), [], site=Site(shape=(2,)))
    assert texts_of(made) == ["(0,)", "(1,)"]
    with pytest.raises(ValueError, match="shape"):
        lift(lambda: "", [])


def test_a_tensor_operation_gets_tensors_options_and_its_site() -> None:
    @tensor_operation
    def operation(x: Any, *, mark: str, site: Site) -> Any:
        return lift(lambda text: text + mark + site.name, [x])

    assert texts_of(apply_operation(operation, [leaf(["a"])], {"mark": "-"}, Site("here"))) == ["a-here"]


def test_a_node_used_many_times_is_evaluated_once() -> None:
    with tracing() as trace:
        shared = node("shared", str.upper, leaf(["a"]))
        layer = [node(f"n{index}", lambda text: text, shared) for index in range(3)]
        assert texts_of(node("top", lambda *texts: "".join(texts), *layer, shared)) == ["AAAA"]
    assert trace.of("shared") == ["shared[0]"]


@pytest.mark.parametrize("wait", [False, True])
def test_a_very_deep_graph_is_no_recursion_error(wait: bool) -> None:
    async def later(text: str) -> str:
        await asyncio.sleep(0)
        return text

    deep = lift(later if wait else str, [leaf(["deep"])])
    for index in range(1100):
        deep = ft_sequential(deep) if index % 2 else lift(str, [deep])
    assert texts_of(deep) == ["deep"]


def test_numeric_gradients_pass_through() -> None:
    import torch

    start = leaf(["a"]).requires_grad_()
    other = leaf(["b"])
    result = ft_sequential(lift(lambda a, b: a + b, [start, other]), start)
    assert result.requires_grad
    result.backward()  # type: ignore[no-untyped-call]
    assert isinstance(start.grad, torch.Tensor)
    assert start.grad.item() == 2.0
    assert other.grad is None
