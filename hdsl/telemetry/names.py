"""The names of attributes and operations: the GenAI semantic conventions of OpenTelemetry, v0.1.0, and our own.

These conventions are still in development, so the version is pinned here, and no name stands anywhere else.
"""

OPERATION = "gen_ai.operation.name"
CHAT, AGENT, WORKFLOW, TOOL = "chat", "invoke_agent", "invoke_workflow", "execute_tool"

PROVIDER = "gen_ai.provider.name"
AGENT_NAME = "gen_ai.agent.name"
CONVERSATION = "gen_ai.conversation.id"
OUTPUT_TYPE = "gen_ai.output.type"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_SEED = "gen_ai.request.seed"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
SERVER_ADDRESS, SERVER_PORT = "server.address", "server.port"
ERROR_TYPE = "error.type"

# Content, which is sent only where it is asked for.
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
TOOL_RESULT = "gen_ai.tool.call.result"
NODE_TEXT = "hdsl.node.text"

NODE, COORDINATES, NODE_OPERATION, CONFIDENCE = "hdsl.node", "hdsl.coordinates", "hdsl.operation", "hdsl.confidence"
KIND, ROWS, RETRIES, CACHED, COST = "hdsl.kind", "hdsl.rows", "hdsl.retries", "hdsl.cached", "hdsl.cost"
COMMAND, FILE, EXIT, CALLS = "hdsl.command", "hdsl.file", "hdsl.exit", "hdsl.model_calls"
