"""What stands in for a model behind the scripted server: replies made from the prompts."""

from tests.servers.scripted_openai import Body


def coder_model(body: Body) -> str:
    """Types one command, then runs it."""
    if "Give exactly the text" in instructions(body):
        return "Enter" if framed("input", body).startswith("key:") else "echo 'good day'"
    return "key:run the line" if framed("input", body).rstrip().endswith("day'") else "text:greet"


def router_model(body: Body) -> str:
    """Sends bills to billing and all else to the technicians."""
    about_money = "bill" in user(body)
    if "Which desk" in instructions(body):
        return "billing" if about_money else "technical"
    return "We look at the bill." if about_money else "Unplug it."


def instructions(body: Body) -> str:
    """The system message."""
    return str(body["messages"][0]["content"])


def user(body: Body) -> str:
    """The question."""
    return str(body["messages"][-1]["content"])


def framed(name: str, body: Body) -> str:
    """What stands in the last frame of this name."""
    return user(body).rpartition(f"<{name}>\n")[2].partition(f"\n</{name}>")[0]


def reached(url: str) -> dict[str, str]:
    """The environment in which a server is asked."""
    return {"OPENAI_BASE_URL": url, "HDSL_MODEL": "scripted"}
