"""Scripts of model servers that enforce a type in their own way, refuse to, or pretend to."""

import json
from collections.abc import Callable, Mapping

from tests.servers.scripted_openai import Body, Reply, failure

FREE = "Let me see. It might be one or the other."
"""What the model says where nothing holds it."""


def enforcing(parameter: str, answer: str = "billing") -> Callable[[Body], Reply | str]:
    """A server that enforces types by one parameter, and ignores what it does not know."""

    def script(body: Body) -> Reply | str:
        return _held(body, answer) if parameter in body else FREE

    return script


def refusing(*parameters: str, answer: str = "billing") -> Callable[[Body], Reply | str]:
    """A server that refuses some parameters by name, and enforces types by the others."""

    def script(body: Body) -> Reply | str:
        refused = next((name for name in parameters if name in body), None)
        if refused is not None:
            return failure(400, f"Unsupported parameter: '{refused}' is not supported with this model.")
        return _held(body, answer) if enforces(body) else answer

    return script


def flat_only(answer: str = "billing") -> Callable[[Body], Reply | str]:
    """A server that wants the schema beside the type of `response_format`."""

    def script(body: Body) -> Reply | str:
        if "json_schema" in body.get("response_format", {}):
            return failure(422, "response_format.schema: field required")
        return _held(body, answer)

    return script


def first_of_those_allowed(body: Body) -> Reply:
    """A server that enforces types by a JSON schema, whose model says the first of the texts that it may say."""
    [allowed] = body["response_format"]["json_schema"]["schema"]["properties"].values()
    return Reply(json.dumps({"answer": allowed["enum"][0]}))


def enforces(body: Body) -> str:
    """The parameter by which a type is enforced; empty where there is none."""
    names = ("response_format", "structured_outputs", "guided_choice", "guided_regex", "grammar")
    return next((name for name in names if name in body), "")


def _held(body: Body, answer: str) -> Reply:
    given = body.get("response_format")
    if not isinstance(given, Mapping):
        return Reply(answer)
    schema = given.get("schema") or given["json_schema"]["schema"]
    if "answer" in schema["properties"]:
        return Reply(json.dumps({"answer": answer}))
    label, colon, text = answer.partition(":")
    return Reply(json.dumps({"label": label + colon, "text": text}))
