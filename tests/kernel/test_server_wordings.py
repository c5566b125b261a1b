"""What servers say is wrong, in the words and shapes of many: shown as they say it, and understood for what it is."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.kernel.complaints import Complaint, complaint_of
from hdsl.kernel.faults import Fault, Final, Refusal, fault_of
from hdsl.kernel.openai import OpenAIKernel
from hdsl.kernel.parameters import SYSTEM, Options
from hdsl.kernel.request import Answer, KernelUnreachable, Label
from hdsl.kernel.retry import TransientFailure
from tests.kernel.asking import KEY, REQUEST, ask, configured
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

SAID: list[tuple[Any, str]] = [
    ({"error": {"message": "no such thing", "type": "x", "code": None}}, "no such thing"),
    ({"error": "no such thing"}, "no such thing"),
    ({"error": ["no such", "thing"]}, "no such; thing"),
    ({"error": {"error": {"message": "no such thing"}}}, "no such thing"),
    ({"message": "no such thing"}, "no such thing"),
    ({"Message": "no such thing"}, "no such thing"),
    ({"object": "error", "message": "no such thing", "code": 40303}, "no such thing"),
    ({"detail": "no such thing"}, "no such thing"),
    ({"detail": {"message": "no such thing"}}, "no such thing"),
    ({"detail": [{"loc": ["body", "seed"], "msg": "extra fields", "type": "extra_forbidden"}]}, "seed: extra fields"),
    ({"detail": [{"loc": ["body"], "msg": "one"}, {"loc": ["body", "n", 0], "msg": "two"}]}, "one; n.0: two"),
    ({"errors": [{"message": "one"}, {"detail": "two"}]}, "one; two"),
    ({"errors": {"seed": ["is not allowed"]}}, "seed: is not allowed"),
    ({"errors": ["one", "two"]}, "one; two"),
    ({"title": "Bad Request", "detail": "no such thing", "status": 400}, "no such thing; Bad Request"),
    ({"timestamp": 1, "status": 400, "error": "Bad Request", "message": "no such thing"}, "Bad Request; no such thing"),
    ({"error_message": "no such thing"}, "no such thing"),
    ({"error": "invalid_request", "error_description": "no such thing"}, "invalid_request; no such thing"),
    ({"fault": {"faultstring": "no such thing", "detail": {"errorcode": "x"}}}, "no such thing"),
    ({"base_resp": {"status_code": 1004, "status_msg": "no such thing"}}, "no such thing"),
    ({"code": "InvalidParameter", "message": "no such thing", "request_id": "1"}, "no such thing"),
    ({"__type": "ValidationException", "message": "no such thing"}, "no such thing"),
    ({"error": {"code": 400, "message": "no such thing", "status": "INVALID_ARGUMENT"}}, "no such thing"),
    ([{"error": {"code": 400, "message": "no such thing"}}], "no such thing"),
    ({"error": '{"error": {"message": "no such thing"}}'}, "no such thing"),
    ({"message": '{"detail": "no such thing"}'}, "no such thing"),
    ('"no such thing"', "no such thing"),
    (
        {"error": {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "too hot"}}'}}},
        "Provider returned error; too hot",
    ),
    ("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", "502 Bad Gateway"),
    ("<!DOCTYPE html>\n<html><body><h1>Not &amp; found</h1></body></html>", "Not & found"),
    ("<html><style>p {}</style><body><p>no such thing</p></body></html>", "no such thing"),
    ("no such thing\n", "no such thing"),
    ("upstream connect error or disconnect/reset before headers", "upstream connect error or disconnect/reset"),
    ({"reason": "no such thing"}, "no such thing"),
    ({"weird": 7}, '{"weird": 7}'),
    ({"error": {"message": "\x1b]0;owned\x07 red \x1b[31m"}}, r"\x1b]0;owned\x07 red \x1b[31m"),
    ({"error": {"message": f"{'x' * 190} {KEY} is wrong"}}, f"{'x' * 190} [secret]…"),
    ({"error": {"message": f"key {KEY} is wrong"}}, "key [secret] is wrong"),
    (f"key {KEY} is wrong", "key [secret] is wrong"),
    ("", "I'm a Teapot"),
    ({}, "I'm a Teapot"),
    ({"error": None}, '{"error": null}'),
]  # fmt: skip


@pytest.mark.parametrize(("body", "shown"), SAID)
def test_what_a_server_says_is_shown_in_whatever_shape_it_says_so(body: Any, shown: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    with ScriptedServer([Reply(status=418, body=text)]) as server, pytest.raises(KernelUnreachable) as error:
        ask(configured(server.url))
    assert f"HTTP 418: {shown}" in str(error.value)
    assert KEY[:8] not in str(error.value)
    assert str(error.value).isprintable()


OVERFLOWS = [
    (400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."),
    (400, "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens."),
    (400, "Your input exceeds the context window of this model. Please adjust your input and try again."),
    (400, "Invalid 'messages[1].content': string too long. Expected a string with maximum length 1048576"),
    (429, "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 50000."),
    (400, "The input or output tokens must be reduced in order to run successfully; maximum context length is 4096"),
    (413, "Request body too large for gpt-4o model. Max size: 8000 tokens."),
    (400, "Input is too long for requested model."),
    (400, "ValidationException: Too many input tokens. Max input tokens: 8192, request input token count: 9000"),
    (400, "Malformed input request: expected maxLength: 50000, actual: 60000, please reformat your input"),
    (400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
    (400, "Unable to submit request because the input token count is 33000 but model only supports up to 32768."),
    (400, "Request payload size exceeds the limit: 20971520 bytes."),
    (400, "prompt is too long: 210000 tokens > 200000 maximum"),
    (400, "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length"),
    (413, "Request exceeds the maximum size"),
    (500, "the input length exceeds the context length"),
    (400, "prompt too long; exceeded max context length by 912 tokens"),
    (500, "input length exceeds maximum context length"),
    (
        400,
        "This model's maximum context length is 2048 tokens. However, you requested 2100 tokens (2000 in the messages)",
    ),
    (400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096."),
    (400, "Input prompt (5000 tokens) is too long and exceeds limit of 4096"),
    (400, "'max_tokens' is too large: 5000. This model's maximum context length is 4096 tokens"),
    (400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."),
    (422, "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000"),
    (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 2000 `inputs` tokens"),
    (400, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    (400, "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it"),
    (500, "input is too large to process. increase the physical batch size"),
    (
        400,
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context "
        "length of only 4096 tokens, which is not enough.",
    ),
    (400, "The number of tokens to keep from the initial prompt is greater than the context length."),
    (400, "Please reduce the length of the messages or completion."),
    (413, "Request too large for model `llama3-8b` on tokens per minute (TPM): Limit 6000, Requested 7000"),
    (400, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"),
    (400, "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000."),
    (400, "too many tokens: size limit exceeded by 500 tokens. Try using shorter or fewer inputs."),
    (400, "The prompt is too long: 9000, model maximum context length: 8191"),
    (400, "This model's maximum prompt length is 131072 but the request contains 200000 tokens."),
    (400, "This endpoint's maximum context length is 32768 tokens. However, you requested about 40000 tokens"),
    (400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]"),
    (400, "Invalid request: Your request exceeded model token limit: 8192"),
    (400, "invalid params, context window exceeds limit"),
    (400, "the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model"),
    (400, "Prompt exceeds max length"),
]


@pytest.mark.parametrize(("status", "message"), OVERFLOWS)
def test_a_request_that_is_too_long_fails_alone(status: int, message: str) -> None:
    fault = understood(status, {"error": {"message": message}})
    assert isinstance(fault, Refusal)
    assert fault.overflowed


def test_a_batch_goes_on_beside_an_element_that_is_too_long() -> None:
    def script(body: Body) -> Reply | str:
        first = len(seen) == 0
        seen.append(body)
        return failure(400, "Input is too long for requested model.") if first else "answer"

    seen: list[Body] = []
    with ScriptedServer(script) as server:
        answers = ask(configured(server.url, concurrency=1), REQUEST, REQUEST, REQUEST)
    assert [answer.overflowed for answer in answers] == [True, False, False]
    assert "Input is too long" in answers[0].refused


AGAIN, ONE, END = TransientFailure, Refusal, Final
MEANINGS: list[tuple[int, Any, type[object], str]] = [
    # limits of rate come back by themselves; what is paid for does not
    (429, {"error": {"message": "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 3, Used 2"}}, AGAIN, ""),
    (429, {"error": {"message": "Too many requests"}}, AGAIN, ""),
    (429, "", AGAIN, ""),
    (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing details."}}, END,
     "quota"),
    (429, {"error": {"message": "x", "code": "insufficient_quota"}}, END, "quota"),
    (429, {"error": {"message": "You exceeded your current quota. Please retry in 22.5s.", "code": 429}}, AGAIN, ""),
    (429, {"error": {"message": "Quota exceeded", "details": [{"retryDelay": "22s"}]}}, AGAIN, ""),
    (400, {"error": {"message": "Your credit balance is too low to access the Anthropic API."}}, END, "quota"),
    (402, {"error": {"message": "Insufficient Balance"}}, END, "quota"),
    (403, {"error": {"message": "Rate limit exceeded"}}, AGAIN, ""),
    (200, {"error": {"message": "Rate limit exceeded: free-models-per-min", "code": 429}}, AGAIN, ""),
    (400, {"__type": "ThrottlingException", "message": "Too many requests, throttled"}, AGAIN, ""),
    # the server's own trouble
    (500, {"error": "llama runner process has terminated"}, AGAIN, ""),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, AGAIN, ""),
    (502, "<html><title>502 Bad Gateway</title></html>", AGAIN, ""),
    (408, "", AGAIN, ""),
    # no such model
    (404, {"error": {"message": 'model "qwen9" not found, try pulling it first'}}, END, "HDSL_MODEL"),
    (404, {"error": {"message": "The model `x` does not exist or you do not have access to it."}}, END, "HDSL_MODEL"),
    (404, {"error": {"message": "models/x is not found for API version v1beta"}}, END, "HDSL_MODEL"),
    (404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}, END,
     "HDSL_MODEL"),
    (400, {"error": {"message": "Invalid model: x"}}, END, "HDSL_MODEL"),
    (400, {"error": {"message": "x is not a valid model ID"}}, END, "HDSL_MODEL"),
    (400, {"error": {"message": "Model Not Exist"}}, END, "HDSL_MODEL"),
    (400, {"message": "The provided model identifier is invalid."}, END, "HDSL_MODEL"),
    (400, {"error": {"message": "The model `x` has been decommissioned", "code": "model_decommissioned"}}, END,
     "HDSL_MODEL"),
    (404, {"detail": "Not Found"}, END, "/v1"),
    (405, "Method Not Allowed", END, "/v1"),
    # the key
    (401, {"error": {"message": "Incorrect API key provided"}}, END, "OPENAI_API_KEY"),
    (400, {"error": {"message": "API key not valid. Please pass a valid API key."}}, END, "OPENAI_API_KEY"),
    (403, {"error": {"message": "You have insufficient permissions"}}, END, "OPENAI_API_KEY"),
    (401, "", END, "OPENAI_API_KEY"),
    # this one request
    (400, {"error": {"message": "flagged by policy", "code": "content_filter"}}, ONE, ""),
    (400, {"error": {"innererror": {"code": "ResponsibleAIPolicyViolation"}, "message": "no"}}, ONE, ""),
    (400, {"error": {"message": "something about these messages"}}, ONE, ""),
    (422, {"detail": "cannot be processed"}, ONE, ""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "fix"), MEANINGS)
def test_a_complaint_is_understood_for_what_it_is(status: int, body: Any, kind: type[object], fix: str) -> None:
    fault = understood(status, body)
    assert isinstance(fault, kind)
    assert not getattr(fault, "overflowed", False)
    assert fix in getattr(fault, "fix", "")


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"message": "Please try again in 6.5s."}}, 6.5),
        ({"error": {"message": "Please try again in 20ms."}}, 0.02),
        ({"error": {"message": "Please try again in 7m12s."}}, 432.0),
        ({"error": {"message": "Retry after 30 seconds"}}, 30.0),
        ({"error": {"details": [{"retryDelay": "22.5s"}], "message": "x"}}, 22.5),
        ({"error": "Model x is currently loading", "estimated_time": 20.0}, 20.0),
        ({"error": {"message": "no time given, try later"}}, None),
        ({"retry_after": "never"}, None),
    ],
)
def test_a_wait_is_found_in_what_is_said(body: Any, seconds: float | None) -> None:
    assert complaint_of(body).wait == (None if seconds is None else pytest.approx(seconds))


REFUSED_PARAMETERS = [
    ("seed", "Extra inputs are not permitted: 'seed'"),
    ("seed", "Unrecognized request argument supplied: seed"),
    ("seed", "property 'seed' is unsupported"),
    ("seed", "Unknown field: seed"),
    ("seed", "json: unknown field \"seed\""),
    ("seed", "create() got an unexpected keyword argument 'seed'"),
    ("seed", "Additional properties are not allowed ('seed' was unexpected)"),
    ("seed", {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}),
    ("seed", {"errors": {"seed": ["is not allowed"]}}),
    ("seed", {"error": {"message": "Unsupported parameter", "param": "seed"}}),
    ("seed", "Invalid JSON payload received. Unknown name \"seed\": Cannot find field."),
    ("seed", "Setting random_seed is not possible with this model"),
    ("seed", "litellm.UnsupportedParamsError: cohere does not support parameters: ['seed']"),
    ("temperature", "Unsupported value: 'temperature' does not support 0.2 with this model."),
    ("temperature", "`temperature` is deprecated for this model"),
    ("temperature", "temperature must be 1 when thinking is enabled"),
    ("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'"),
    ("max_tokens", "max_tokens is too large: 99999. This model supports at most 16384 completion tokens"),
    ("max_tokens", "unexpected field maxOutputTokens"),
    ("max_tokens", {"detail": [{"loc": ["body", "max_tokens"], "msg": "extra fields not permitted"}]}),
    ("response_format", "response_format is not supported by this model"),
    ("response_format", "Structured outputs are not enabled"),
    ("response_format", "This model does not support json_schema"),
    ("response_format", "json mode is not supported"),
    (SYSTEM, "System role not supported"),
    (SYSTEM, "Conversation roles must alternate user/assistant/user/assistant/..."),
    (SYSTEM, "Developer instruction is not enabled for models/gemma-3-27b-it"),
    (SYSTEM, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
    (SYSTEM, "Only user and assistant roles are supported!"),
    (SYSTEM, "This model does not support system messages"),
    (SYSTEM, "system messages are not allowed"),
    (SYSTEM, "Invalid role: system"),
    (SYSTEM, "Input tag 'system' found using 'role' does not match any of the expected tags: 'user', 'assistant'"),
    (SYSTEM, "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter"),
    (SYSTEM, "After the optional system message, conversation roles must alternate user and assistant"),
    # nothing is named: the first that can be given up
    ("seed", "Extra inputs are not permitted"),
    ("seed", "Unknown parameter"),
]  # fmt: skip
SENT = Options({"seed": 1, "temperature": 0.2, "max_tokens": 9, "response_format": {}})


@pytest.mark.parametrize(("refused", "said"), REFUSED_PARAMETERS)
def test_a_refused_parameter_is_recognised_in_any_wording(refused: str, said: Any) -> None:
    body = {"error": {"message": said}} if isinstance(said, str) else said
    assert SENT.refused_by(400, complaint_of(body)) == refused


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens; max_tokens is 100",
        "something about these messages",
        "You are a system of no role",
        "The word seedling is unsupported",
        {"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "Extra inputs are not permitted"}]},
    ],
)
def test_other_complaints_are_no_refusal_of_a_parameter(said: Any) -> None:
    body = {"error": {"message": said}} if isinstance(said, str) else said
    assert SENT.refused_by(400, complaint_of(body)) is None


def test_each_refused_parameter_is_dropped_and_stays_dropped(caplog: pytest.LogCaptureFixture) -> None:
    def script(body: Body) -> Reply | str:
        for name in ("max_tokens", "max_completion_tokens", "temperature", "seed"):
            if name in body:
                return failure(400, f"Unsupported parameter: '{name}' is not supported with this model.")
        if body["messages"][0]["role"] == "system":
            return failure(400, "System role not supported")
        return "answer"

    with ScriptedServer(script) as server:
        settings = configured(server.url, concurrency=1, temperature=0.5, max_tokens=9)
        answers = ask(settings, REQUEST, REQUEST)
    assert [answer.text for answer in answers] == ["answer", "answer"]
    assert [answer.usage.calls for answer in answers] == [1, 1]
    last = server.requests[-1]
    assert set(last) == {"model", "messages", "stream", "stream_options"}
    assert "system" not in [message["role"] for message in last["messages"]]
    assert "one step of a program" in last["messages"][0]["content"]
    assert "print hello" in server.prompts()[-1]
    assert len(server.requests) == 7
    warned = [record.getMessage() for record in caplog.records]
    assert len(warned) == 2
    assert "refuses HDSL_MAX_TOKENS" in warned[0] + warned[1]
    assert "refuses HDSL_TEMPERATURE" in warned[0] + warned[1]


def test_no_warning_of_a_temperature_that_nobody_set(caplog: pytest.LogCaptureFixture) -> None:
    def script(body: Body) -> Reply | str:
        return failure(400, "Unsupported parameter: 'temperature'") if "temperature" in body else "billing"

    with ScriptedServer(script) as server:
        [answer] = ask(configured(server.url), replace(REQUEST, labels=(Label("billing"),)))
    assert answer.text == "billing"
    assert not caplog.records


def test_the_other_name_of_the_longest_answer_is_tried() -> None:
    def script(body: Body) -> Reply | str:
        if "max_tokens" in body:
            return failure(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return "answer"

    with ScriptedServer(script) as server:
        ask(configured(server.url, max_tokens=9))
    assert server.requests[-1]["max_completion_tokens"] == 9


def test_a_parameter_that_was_not_to_blame_is_sent_again() -> None:
    async def one_after_the_other(kernel: OpenAIKernel) -> list[Answer]:
        answers = [await kernel.answer(REQUEST), await kernel.answer(REQUEST)]
        await kernel.close()
        return answers

    complaint = failure(400, "bad seed, or bad weather")
    with ScriptedServer([complaint, complaint, "answer"]) as server:
        first, second = asyncio.run(one_after_the_other(OpenAIKernel(configured(server.url))))
    assert "bad weather" in first.refused
    assert second.text == "answer"
    assert ["seed" in body for body in server.requests] == [True, False, True]


@pytest.mark.parametrize(
    "loading",
    [
        failure(503, "Loading model"),
        Reply(status=503, body='{"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}'),
        Reply(status=503, body='{"error": "Model org/x is currently loading", "estimated_time": 20.0}'),
        Reply(status=500, body='{"error": "llm server loading model"}'),
        Reply(status=429, body='{"__type": "ModelNotReadyException", "message": "Model is getting ready"}'),
        Reply(status=503, body="The server is starting up"),
    ],
)  # fmt: skip
def test_a_model_that_is_loading_is_waited_for_beyond_the_retries(loading: Reply) -> None:
    waits: list[float] = []
    with ScriptedServer([*[loading] * 30, "answer"]) as server:
        [answer] = ask(configured(server.url, retries=0), waits=waits)
    assert answer.text == "answer"
    assert answer.usage.retries == 0
    assert len(waits) == 30
    assert max(waits) <= 5.0


def test_a_model_that_loads_for_ever_is_not_waited_for_for_ever() -> None:
    waits: list[float] = []
    with (
        ScriptedServer([failure(503, "Loading model")]) as server,
        pytest.raises(KernelUnreachable, match="Loading model"),
    ):
        ask(configured(server.url), waits=waits)
    assert 500 < sum(waits) < 700


WORDS = "error", "message", "detail", "errors", "loc", "msg", "code", "param", "retryDelay", "metadata", "raw"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=12,
)


@given(ANY_JSON, st.sampled_from([200, 400, 404, 418, 422, 429, 500, 503]))
@settings(deadline=None)
def test_no_shape_of_a_complaint_makes_it_raise(body: Any, status: int) -> None:
    assert isinstance(understood(status, body), Fault)
    SENT.refused_by(status, complaint_of(body))


def understood(status: int, body: Any) -> Fault:
    complaint: Complaint = complaint_of(body)
    return fault_of(complaint.status if status == 200 and complaint.status else status, complaint, "said", {})
