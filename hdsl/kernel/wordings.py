"""The wordings by which model servers say what is wrong. One server's words are as good as another's code.

Collected from OpenAI, Azure, Bedrock, Gemini, Anthropic, Mistral, Cohere, Groq, xAI, DeepSeek, Together, OpenRouter,
Qwen, watsonx; vLLM, SGLang, TGI, llama.cpp, Ollama, LM Studio.
"""

import re

from hdsl.kernel.complaints import Complaint


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE | re.DOTALL)


_OVERFLOW_CODES = frozenset(
    {"context_length_exceeded", "string_above_max_length", "exceed_context_size_error", "tokens_limit_reached"}
    | {"context_window_exceeded", "contextwindowexceedederror", "prompt_too_long", "request_too_large"}
)
_OVERFLOW = _any(
    r"(?:maximum|model'?s|model|available|max|exceed\w*|request\w*|loaded with|overflows?)\W{1,3}(?:the )?"
    r"(?:\w+ )?context[ _-]*(?:length|window|size|limit)",
    r"context[ _-]*(?:length|window|size|limit)s?\b.{0,40}(?:exceed|overflow|too (?:small|short)|only)",
    r"(?:exceed\w*|longer than|greater than|larger than|overflows?|beyond).{0,60}"
    r"context[ _-]*(?:length|window|size|limit)",
    r"context (?:the )?overflow",
    r"maximum (?:prompt|input|model|sequence) length",
    r"(?:prompt|input|inputs|request|messages?|conversation|text|query|sequence)\b[^.;]{0,60}"
    r"(?:is|are|was|were)? ?(?:too (?:long|large|big)|longer than)",
    r"(?:prompt|input|messages?) exceeds? (?:the )?max",
    r"(?:input|prompt|message|token)s?[^.;]{0,40}\bexceed[^.;]{0,60}(?:maximum|limit|allowed|supported)"
    r"[^.;]{0,30}(?:tokens|length)",
    r"input token count",
    r"too many (?:input |prompt )?tokens",
    r"(?:tokens?|string) too long",
    r"number of (?:input |prompt )?tokens\b.{0,60}(?:exceed|greater|larger|more than|too)",
    r"input tokens exceed",
    r"(?:exceeded|exceeds) (?:the )?(?:model )?token limit",
    r"must have less than \d+ tokens",
    r"`?max_new_tokens`? must be <=",
    r"range of input length should be",
    r"reduce the length of (?:the|your|either)",
    r"expected maxlength",
    r"request payload size exceeds",
    r"request exceeds the maximum size",
    r"request body too large",
    r"context window exceeds limit",
)
_COUNTS_THE_ANSWER = _any(
    r"\bmax_(?:completion_|new_|output_)?tokens\b",
    r"\b(?:in|for) the (?:completion|output|answer)",
    r"(?:completion|output|generated) tokens",
)
_TOO_LARGE_FOR_THE_RATE = _any(r"request too large\b")
_RATE = _any(
    r"rate.?limit", r"too many requests", r"tokens per (?:min|day|hour)", r"\b(?:tpm|rpm|tpd|rpd)\b", r"throttl"
)
_QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "account_deactivated"}
)
_QUOTA = _any(
    r"exceeded your current quota",
    r"insufficient[ _-]*(?:quota|balance|credits?|funds)",
    r"credit balance is too low",
    r"(?:out of|no|not enough|more|add) credits?\b",
    r"quota (?:has been )?(?:exhausted|exceeded|used up)",
    r"billing (?:hard )?limit",
    r"payment required",
    r"spend(?:ing)? limit",
)
_LOADING_CODES = frozenset({"modelnotreadyexception", "model_loading", "model_not_ready"})
_LOADING = _any(
    r"loading (?:the )?model",
    r"model\b.{0,80}\b(?:is|still|currently|being)(?: still| currently| being)* "
    r"(?:loading|loaded(?! with)|starting|warming)",
    r"(?:model|server) (?:is )?(?:warming|starting) up",
    r"model (?:is )?(?:not ready|not yet ready|getting ready)",
    r"is getting ready for inference",
)
_MODEL_CODES = frozenset({"model_not_found", "deploymentnotfound", "unknown_model", "invalid_model", "model_not_exist"})
_MODEL = _any(
    r"\bmodels?\b[^.;]{0,120}(?:not found|does ?n[o']t exist|not exist|is not (?:a )?valid|is not available|is invalid"
    r"|unknown|no longer available|decommissioned|been deprecated|not supported for|was not found|not loaded"
    r"|cannot be found)",
    r"(?:unknown|invalid|no such|unsupported|incorrect|nonexistent|missing) model\b",
    r"not a valid model",
    r"unable to access model",
    r"no models? (?:loaded|found|named|with)",
    r"pull(?:ing)? (?:it|the model) first",
    r"deployment\b.{0,80}does not exist",
)
_KEY_CODES = frozenset(
    {"invalid_api_key", "authentication_error", "unauthorized", "unauthenticated", "invalid_authentication"}
)
_KEY = _any(
    r"(?:invalid|incorrect|missing|wrong|no|bad) (?:api|auth\w*|access)[ _-]?(?:key|token|credentials?|header)",
    r"api[ _-]?key (?:is )?(?:not valid|invalid|missing|required|expired|not found|incorrect)",
    r"(?:not|un)[ -]?(?:authenticated|authorized)\b",
)
_POLICY_CODES = frozenset(
    {"content_filter", "content_policy_violation", "invalid_prompt", "responsibleaipolicyviolation", "moderation"}
)
_POLICY = _any(
    r"content (?:management )?polic",
    r"content filter",
    r"safety (?:system|filter|polic|setting)",
    r"flagged (?:as|by|for)",
)
_SYSTEM_ROLE = _any(
    r"\b(?:system|developer)\b[ '\"`]{0,3}.{0,15}\b(?:roles?|messages?|prompts?|instructions?)\b.{0,40}"
    r"(?:not|un|n't|only|forbid|invalid|disabled)",
    r"(?:not|n't|un)\w* ?(?:support|allow|accept|recogni[sz]|expect|know|permit)\w*.{0,40}"
    r"\b(?:system|developer)\b.{0,12}(?:role|message|prompt|instruction|'|\"|`|$)",
    r"\broles?\b.{0,80}(?:['\"` ])(?:system|developer)(?:['\"`. ]|$)",
    r"roles? must alternate",
    r"only (?:the )?['\"`]?user['\"`]?,? (?:and|or) ['\"`]?(?:assistant|model)['\"`]? (?:roles|messages)?",
    r"(?:invalid|unknown|unsupported|unexpected) (?:message )?role",
    r"first message must be (?:from|a|the)?\W{0,3}(?:the )?user",
    r"messages\[0\]\.role",
)
_PARAMETER = _any(
    r"(?:unknown|unrecogni[sz]ed|unsupported|unexpected|unused|extra|additional|invalid|undefined|forbidden)"
    r" (?:\w+ )?(?:parameter|argument|field|propert|input|keyword|option|key|name)",
    r"(?:parameter|argument|field|propert|input|keyword|option|key)\w*(?: \S+)? (?:is |are |was |were )?"
    r"(?:not|un)[ ]?(?:permitted|allowed|supported|recogni[sz]ed|known|expected)",
    r"extra_forbidden",
    r"extra inputs",
)


def overflows(complaint: Complaint) -> bool:
    """Whether the request is too long for the model."""
    if _TOO_LARGE_FOR_THE_RATE.search(complaint.message):
        return True
    if complaint.codes & _OVERFLOW_CODES:
        return True
    return bool(_OVERFLOW.search(complaint.message)) and not _RATE.search(complaint.message)


def counts_the_answer(complaint: Complaint) -> bool:
    """Whether a request that is too long is so by the room that it asks for the answer."""
    return bool(_COUNTS_THE_ANSWER.search(complaint.message))


def spends_quota(complaint: Complaint) -> bool:
    """Whether what was paid for is used up: a quota that comes back by itself names a time, and is a rate."""
    if complaint.codes & _QUOTA_CODES:
        return True
    return complaint.wait is None and bool(_QUOTA.search(complaint.message))


def limits_rate(complaint: Complaint) -> bool:
    """Whether there were too many requests in a short time."""
    return bool(_RATE.search(complaint.message)) or any("rate_limit" in code for code in complaint.codes)


def is_loading(complaint: Complaint) -> bool:
    """Whether the model is being loaded."""
    return bool(complaint.codes & _LOADING_CODES or _LOADING.search(complaint.message))


def misses_model(complaint: Complaint) -> bool:
    """Whether there is no model of the name that was asked for."""
    return bool(complaint.codes & _MODEL_CODES or _MODEL.search(complaint.message))


def refuses_key(complaint: Complaint) -> bool:
    """Whether the key is missing or wrong."""
    return bool(complaint.codes & _KEY_CODES or _KEY.search(complaint.message))


def breaks_policy(complaint: Complaint) -> bool:
    """Whether the server's policy forbids the content."""
    return bool(complaint.codes & _POLICY_CODES or _POLICY.search(complaint.message))


def refuses_system_role(complaint: Complaint) -> bool:
    """Whether the server's model takes no system message."""
    return bool(_SYSTEM_ROLE.search(complaint.message))


def refuses_some_parameter(complaint: Complaint) -> bool:
    """Whether a parameter is refused, of which the name need not be said."""
    return bool(_PARAMETER.search(complaint.message)) or "extra_forbidden" in complaint.codes
