"""The API of the second derivative, as a script uses it, and the policies that answer, change and refuse."""

import json
import threading
from dataclasses import replace
from time import monotonic

import pytest
import torch

import hdsl
from hdsl.ops.lessons import lesson_registry
from hdsl.tensor.gradients import gradient_registry
from tests.reflect import graphs
from tests.servers.scripted_kernel import ScriptedKernel


def lessons(module: hdsl.HarnessModule) -> dict[str, list[tuple[str, str]]]:
    """What waits for the tables: what came in, and what should be answered."""
    found = {}
    for key, table in module.tables.items():
        found[key] = [(each.key, each.value) for each in lesson_registry().peek(table.st_tensor_uid)]
    return {key: waiting for key, waiting in found.items() if waiting}


def chained(tmp_path, policy=None, kernel="nearest"):
    """A chain after its first derivative under a policy."""
    start = hdsl.ft_reflection_starter()
    context = graphs.loaded(tmp_path, graphs.CHAIN, kernel)
    module = context.__enter__()
    if policy is None:
        graphs.taken(module, ["eins"], ["due"], start)
    else:
        with hdsl.dispatch_policy(policy):
            graphs.taken(module, ["eins"], ["due"], start)
    return context, module, start


@pytest.fixture
def chain(tmp_path):
    opened = []

    def make(policy=None, kernel="nearest"):
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        context, module, start = chained(folder, policy, kernel)
        opened.append(context)
        return module, start

    yield make
    for context in opened:
        context.__exit__(None, None, None)


class TestAsAScript:
    def test_a_script_in_the_manner_of_the_framework_runs_and_its_records_match_by_name(self, tmp_path):
        model = lambda x: hdsl.ft_recurrent(hdsl.ft_slice(hdsl.ft_unsqueeze(x, 1), [slice(None), 0, slice(None)]))  # noqa: E731
        input_ft = hdsl.ft_make_forwarded(tmp_path, [2, 2], ["a", "b", "c", "d"])

        backward_dispatch_start = torch.ones((), dtype=torch.bfloat16, requires_grad=True)
        anchored = hdsl.need_reflection(input_ft, backward_dispatch_start)
        loss = hdsl.ft_mean(model(anchored))
        loss.backward(create_graph=True)
        records = []
        with hdsl.dispatch_policy(hdsl.TracePolicy(records)):
            backward_dispatch_start.grad.backward()

        named = [record.fn.__name__ for record in records]
        assert named == ["unsqueeze_backward", "slice_backward", "recurrent_backward"]
        wanted = [hdsl.FtUnsqueeze.backward, hdsl.FtSlice.backward, hdsl.FtRecurrent.backward]
        assert all(record.fn is fn for record, fn in zip(records, wanted, strict=True))
        assert {"dim", "grad_input"} <= records[0].inputs.keys()
        assert {"grad_output", "grad_input", "original_shape", "slices"} <= records[1].inputs.keys()
        assert "topk_self_confidence_but_failed" in records[2].inputs
        for record in records:
            assert isinstance(record, hdsl.ReflectionRecord) and isinstance(record.inputs, dict)
            assert record.output.shape == () and record.output.item() == 1.0
            assert 0 < record.timestamp <= monotonic()

    @pytest.mark.parametrize(("symbol", "index"), [("A", 0), ("B", 1)])
    def test_a_switch_says_which_branch_it_took(self, symbol, index, tmp_path):
        start, records = hdsl.ft_reflection_starter(), []
        branches = [hdsl.ft_make_forwarded(tmp_path, [1], [text]) for text in ("a", "b")]
        branches[index] = hdsl.need_reflection(branches[index], start)
        condition = hdsl.ft_make_forwarded(tmp_path, [1], [symbol])
        output = hdsl.ft_switch(condition, [("A", "", "", branches[0]), ("B", "", "", branches[1])])
        output.ft_forward()
        hdsl.ft_mean(output).backward(create_graph=True)
        with hdsl.dispatch_policy(hdsl.TracePolicy(records)):
            start.grad.backward()
        assert [record.fn for record in records] == [hdsl.FtSwitch.backward]
        assert records[0].inputs["selected_index"] == index
        assert len(records[0].inputs["branches"]) == 2

    def test_a_policy_of_ones_own_is_told_which_function_ran(self, chain):
        class Selective(hdsl.Policy):
            def __init__(self):
                self.experts, self.others = [], []

            def dispatch(self, fn, arg_name2inputs):
                chosen = self.experts if fn is hdsl.FtExpert.backward else self.others
                chosen.append((fn.__name__, sorted(arg_name2inputs)))
                return torch.ones(())

        _, start = chain()
        policy = Selective()
        with hdsl.dispatch_policy(policy):
            start.grad.backward()
        assert policy.experts == [("expert_backward", ["grad_input", "grad_output", "rows", "topk"])] * 2
        assert [name for name, _ in policy.others] == ["score_backward"]

    def test_a_module_takes_inputs_in_order_and_by_name(self, tmp_path):
        with graphs.loaded(tmp_path, graphs.CHAIN) as module:
            word = hdsl.ft_make_forwarded(module.home, [1], ["eins"])
            for result in (module(word), module(word=word), module(["eins"]), module(word="eins")):
                result.ft_forward()
                assert hdsl.read_texts(result.ft_static_tensor) == ["uno"]
            with pytest.raises(ValueError, match="has the shape"):
                module(hdsl.ft_make_forwarded(module.home, [2], ["eins", "zwei"]))
            with pytest.raises(ValueError, match="1 inputs, and 2 are given"):
                module("eins", "zwei")
            with pytest.raises(ValueError, match="`word` twice"):
                module("eins", word="eins")

    def test_what_is_no_scalar_cannot_be_anchored(self):
        for pair in ((torch.zeros(3), torch.ones(())), (torch.zeros(()), torch.ones(3))):
            with pytest.raises(ValueError, match="is a scalar"):
                hdsl.need_reflection(*pair)
            with pytest.raises(AssertionError):
                hdsl.need_reflection(*pair)

    def test_without_create_graph_there_is_no_second_derivative(self, tmp_path):
        start = hdsl.ft_reflection_starter()
        x = hdsl.need_reflection(hdsl.ft_make_forwarded(tmp_path, [1], ["a"]), start)
        hdsl.ft_mean(hdsl.ft_unsqueeze(x, 0)).backward()
        assert float(start.grad) == 1.0
        with pytest.raises(RuntimeError, match="does not require grad"):
            start.grad.backward()

    def test_a_policy_that_returns_no_outcome_is_named(self, chain):
        class Forgetful(hdsl.Policy):
            def reflect(self, reflection):
                reflection.outcome()

        with pytest.raises(TypeError, match="Forgetful returned NoneType, not an Outcome"):
            chain(Forgetful())

    def test_several_examples_of_one_starter_are_all_there_and_can_be_looked_at_again(self, chain, tmp_path):
        module, start = chain()
        graphs.taken(module, ["eins"], ["uno"], start)
        with hdsl.dispatch_policy(hdsl.TracePolicy([])) as policy:
            start.grad.backward(retain_graph=True)
        assert [record.node for record in policy.records] == ["middle", "end", ""] * 2
        again = graphs.second(module, start)
        assert [record.fn for record in again] == [record.fn for record in policy.records]

    def test_torch_autograd_grad_does_as_well_as_backward(self, chain):
        module, _ = chain()
        start = hdsl.ft_reflection_starter()
        result = module(graphs.anchored(module, ["eins"], start))
        result.ft_forward()
        loss = hdsl.get_edit_distance_ratio(result, hdsl.make_tensor(["due"], module.home)).mean()
        (start.grad,) = torch.autograd.grad(loss, start, create_graph=True)
        assert [record.node for record in graphs.second(module, start)] == ["middle", "end", ""]

    def test_policies_do_not_nest_and_end_with_their_block(self, chain):
        records = []
        _, start = chain()
        with hdsl.dispatch_policy(hdsl.TracePolicy([])):
            with pytest.raises(hdsl.PolicyConflictError), hdsl.dispatch_policy(hdsl.TracePolicy(records)):
                pass
            with pytest.raises(ZeroDivisionError):
                raise ZeroDivisionError
        with pytest.raises(ZeroDivisionError), hdsl.dispatch_policy(hdsl.TracePolicy(records)):
            raise ZeroDivisionError
        start.grad.backward()
        assert records == []

    def test_a_policy_of_one_thread_is_none_of_another(self):
        with hdsl.dispatch_policy(hdsl.Policy()):
            entered = []

            def other():
                with hdsl.dispatch_policy(hdsl.Policy()):
                    entered.append(True)

            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        assert entered == [True]


class TestWhatIsLearned:
    def test_neither_anchors_nor_graphs_change_it(self, tmp_path):
        """An anchored input is right whatever comes of it, so that the table learns, and not the input."""
        with graphs.loaded(tmp_path, graphs.DIAMOND) as module:
            result = module(word=["eins"])
            result.ft_forward()
            hdsl.get_edit_distance_ratio(result, hdsl.make_tensor(["one/due"], module.home)).mean().backward()
            plain = lessons(module)
            for table in module.tables.values():
                lesson_registry().take(table.st_tensor_uid)
            graphs.taken(module, ["eins"], ["one/due"], hdsl.ft_reflection_starter())
            assert lessons(module) == plain == {"english": [("eins", "one")], "italian": [("eins", "due")]}

    def test_a_function_without_an_inverse_asks_for_no_other_input_than_the_anchored(self, tmp_path):
        def shout(text):
            return text.upper()

        kernel = ScriptedKernel("another input")
        with hdsl.use_context(hdsl.RunContext(kernel=kernel)):
            start = hdsl.ft_reflection_starter()
            x = hdsl.need_reflection(hdsl.ft_make_forwarded(tmp_path, [1], ["a"]), start)
            result = hdsl.lift(shout, [x])
            loss = hdsl.get_edit_distance_ratio(result, hdsl.make_tensor(["B"], tmp_path)).mean()
            loss.backward(create_graph=True)
        assert kernel.requests == []


class TestPolicies:
    def test_a_policy_answers_in_place_of_a_backward(self, chain):
        class FirstTableIsRight(hdsl.Policy):
            def reflect(self, reflection):
                return reflection.answered([]) if reflection.node == "middle" else reflection.outcome()

        module, start = chain(FirstTableIsRight())
        assert lessons(module) == {}
        assert [record.node for record in graphs.second(module, start)] == ["middle", "end", ""]
        assert gradient_registry().peek(module(word="eins").ft_node.static.st_tensor_uid) == {}

    def test_a_policy_changes_what_is_handed_out_before_it_is_learned(self, chain):
        class Shouting(hdsl.Policy):
            def reflect(self, reflection):
                outcome = reflection.outcome()
                if reflection.node != "middle":
                    return outcome
                (taught,) = outcome.handed
                return replace(outcome, handed=(replace(taught, lesson=replace(taught.lesson, value="TWO")),))

        assert lessons(chain(Shouting())[0]) == {"first": [("eins", "TWO")]}
        # In the second derivative too, as long as nobody has followed it.
        module, start = chain()
        assert lessons(module) == {"first": [("eins", "two")]}
        with hdsl.dispatch_policy(Shouting()):
            start.grad.backward()
        assert lessons(module) == {"first": [("eins", "TWO")]}

    def test_what_a_policy_refuses_is_kept_with_its_cause(self, chain):
        class Cautious(hdsl.Policy):
            def reflect(self, reflection):
                return reflection.refused("not today") if reflection.node == "end" else reflection.outcome()

        gradient_registry().take_refused()
        kernel = ScriptedKernel(lambda request: {"eins": "one", "one": "uno"}[request.input])
        module, _ = chain(Cautious(), kernel)
        assert lessons(module) == {}
        assert [request.kind for request in kernel.requests] == ["expert", "expert"]
        (refused,) = gradient_registry().take_refused()
        assert (refused.refused.gradient.better, refused.refused.cause) == ("due", "not today")

    def test_a_refusal_in_the_second_derivative_takes_back_what_still_waits(self, chain):
        class Never(hdsl.Policy):
            def reflect(self, reflection):
                assert reflection.is_second
                return reflection.refused("never")

        module, start = chain()
        with hdsl.dispatch_policy(Never()):
            start.grad.backward()
        assert lessons(module) == {}

    def test_a_recording_is_replayed_without_a_kernel(self, chain, tmp_path):
        with hdsl.RecordingPolicy(tmp_path / "recorded.jsonl") as recording:
            module, _ = chain(recording)
            taught = lessons(module)
        lines = [json.loads(line) for line in (tmp_path / "recorded.jsonl").read_text().splitlines()]
        assert [(line["fn"], line["node"], line["usage"]["calls"]) for line in lines] == [
            ("score_backward", "", 0),
            ("expert_backward", "end", 1),
            ("expert_backward", "middle", 0),
        ]
        kernel = ScriptedKernel(lambda request: {"eins": "one", "one": "uno"}[request.input])
        again, _ = chain(hdsl.ReplayPolicy(tmp_path / "recorded.jsonl"), kernel)
        assert lessons(again) == taught == {"first": [("eins", "two")]}
        assert [request.kind for request in kernel.requests] == ["expert", "expert"]

    def test_a_replay_of_something_else_says_what_is_missing(self, chain, tmp_path):
        (tmp_path / "recorded.jsonl").write_text("")
        with pytest.raises(hdsl.ReflectionNotRecorded, match="no reflection of score"):
            chain(hdsl.ReplayPolicy(tmp_path / "recorded.jsonl"))

    @pytest.mark.parametrize("line", ["{}", "[]", '{"operation": 1}', "null", "not JSON"])
    def test_a_line_that_is_no_reflection_is_named(self, line, tmp_path):
        from hdsl.ground.json_lines import JsonLinesError

        (tmp_path / "recorded.jsonl").write_text(f"{line}\n")
        with pytest.raises(JsonLinesError, match=r"recorded\.jsonl:1"):
            hdsl.ReplayPolicy(tmp_path / "recorded.jsonl")

    def test_a_budget_refuses_what_would_ask_more_and_asks_nothing_beyond(self, chain):
        answers = {"eins": "one", "one": "uno"}
        kernel = ScriptedKernel(lambda request: "two" if request.correction else answers[request.input])
        records, budget = [], hdsl.BudgetPolicy(calls=0)
        module, _ = chain(hdsl.TracePolicy(records, budget), kernel)
        assert [request.kind for request in kernel.requests] == ["expert", "expert"]
        assert (budget.spent, budget.refused) == (0, 1)
        assert [record.said.refused for record in records] == [
            "",
            "the budget of 0 model calls for reflections is spent",
            "",
        ]
        assert lessons(module) == {}
        budget = hdsl.BudgetPolicy(calls=1)
        module, _ = chain(budget, kernel)
        assert (budget.spent, budget.refused, lessons(module)) == (1, 0, {"first": [("eins", "two")]})


def test_functions_over_text_tensors_are_recorded_too(tmp_path):
    """Fork, stack, merge and a mixture: each once, in the order of the forward."""
    records, start = [], hdsl.ft_reflection_starter()
    experience = hdsl.make_tensor([["eins", "eins", "one"]], tmp_path).requires_grad_()
    texts = hdsl.make_tensor(["eins"], tmp_path).requires_grad_()
    with hdsl.use_context(hdsl.RunContext(kernel=ScriptedKernel("one"))):
        answer, _ = hdsl.st_moe(texts, experience, skip_query_gen=True)
        left, right = hdsl.fork_tensor(answer, 2)
        merged = hdsl.merge(hdsl.st_stack([left, right], 0), axis=0)
        loss = (hdsl.get_score(merged, merged, lambda actual, expected: 0.0).mean() * start).sum()
        with hdsl.dispatch_policy(hdsl.TracePolicy(records)):
            loss.backward()
    assert [record.fn.__name__ for record in records] == [
        "score_backward",
        "merge_backward",
        "st_stack_backward",
        "fork_tensor_backward",
        "st_moe_backward",
    ]
