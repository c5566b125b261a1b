"""Judges of commands that delete what is kept elsewhere: databases, buckets, clusters, repositories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hdsl.policy.harm import Harm, when
from hdsl.policy.options import has_option


def _deletes(pattern: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    deletes = when("remote-delete", "deletes what is kept elsewhere", pattern)

    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if not has_option(arguments, "--dry-run", "--dryrun", "--help"):
            yield from deletes(arguments)

    return judge


_SQL = _deletes(
    r"(?i)\bdrop (?:database|schema|table|keyspace|tablespace)\b|\btruncate (?:table )?\w+\s*(?:;|cascade|$)"
    r"|\bdelete from [\w.\"`]+\s*(?:;|$|['\"])"
)
_MONGO = _deletes(r"\bdropDatabase\(|\.drop\(\)|\.(?:deleteMany|remove)\(\{\}\)")
_INFRASTRUCTURE = _deletes(r"^(?:-\S+ )*(?:destroy\b|apply\b.*-destroy\b|state rm\b)")

REMOTE: Mapping[str, Callable[[Sequence[str]], Iterator[Harm]]] = {
    "psql": _SQL,
    "mysql": _SQL,
    "mariadb": _SQL,
    "sqlite3": _SQL,
    "duckdb": _SQL,
    "clickhouse-client": _SQL,
    "cqlsh": _SQL,
    "bq": _deletes(r"^rm\b.*-\w*[rf]|\bdrop (?:table|schema)\b"),
    "dropdb": _deletes(r""),
    "mysqladmin": _deletes(r"\bdrop\b"),
    "mongo": _MONGO,
    "mongosh": _MONGO,
    "redis-cli": _deletes(r"(?i)\bflush(?:all|db)\b"),
    "kubectl": _deletes(
        r"^(?:-\S+ )*(?:-n \S+ )?delete\b.*"
        r"(?:\b(?:namespaces?|ns|pvc?|persistentvolume(?:claim)?s?|crds?|nodes?)\b|--all\b| -f ?\S*/$| -k )"
    ),
    "oc": _deletes(r"\bdelete\b.*(?:\b(?:projects?|namespaces?|pvc?|nodes?)\b|--all\b)"),
    "helm": _deletes(r"(?:^| )(?:uninstall|delete|un)(?: |$)"),
    "terraform": _INFRASTRUCTURE,
    "tofu": _INFRASTRUCTURE,
    "terragrunt": _INFRASTRUCTURE,
    "pulumi": _deletes(r"\bdestroy\b|\bstack rm\b"),
    "cdk": _deletes(r"\bdestroy\b"),
    "vagrant": _deletes(r"\bdestroy\b"),
    "serverless": _deletes(r"^remove\b"),
    "aws": _deletes(
        r"\bs3 rm\b.*--recursive|\bs3 rb\b"
        r"|(?:^| )(?:terminate-instances|delete-(?:db-(?:instance|cluster)|table|bucket|stack|cluster|snapshot"
        r"|volume|user|role|hosted-zone|file-system|repository|function|domain|secret))\b"
    ),
    "gsutil": _deletes(r"\brm\b.* -\w*[ra]|\brb\b|\brsync\b.* -\w*d"),
    "gcloud": _deletes(
        r"\b(?:projects|instances|clusters|databases|buckets|disks|services) delete\b"
        r"|\bstorage rm\b.*(?:-r|--recursive)"
    ),
    "az": _deletes(r"\b(?:group|vm|aks|server|account|container|database|storage \w+) delete\b|\bdelete-batch\b"),
    "doctl": _deletes(r"\b(?:delete|rm|d)\b.*(?:-f|--force)"),
    "rclone": _deletes(r"^(?:-\S+ )*(?:purge|delete)\b"),
    "mc": _deletes(r"\b(?:rm\b.*(?:-r|--recursive)|rb)\b"),
    "s3cmd": _deletes(r"\b(?:del|rm)\b.*(?:-r|--recursive)|\brb\b"),
    "gh": _deletes(r"^(?:repo|release|secret|gist) delete\b|\bapi\b.*(?:-X ?|--method[ =])DELETE"),
    "glab": _deletes(r"^(?:repo|project|release) delete\b"),
    "heroku": _deletes(r"\b(?:apps:destroy|pg:reset|apps:delete|destroy)\b"),
    "flyctl": _deletes(r"\bdestroy(?: |$)"),
    "fly": _deletes(r"\bdestroy(?: |$)"),
    "npm": _deletes(r"^unpublish\b"),
}
"""Programs that manage what is kept elsewhere, and what of that cannot be taken back."""

_READ_QUERIES = frozenset(
    ["psql", "mysql", "mariadb", "sqlite3", "duckdb", "clickhouse-client", "cqlsh", "mongo", "mongosh", "redis-cli"]
)


def queried(program: str, text: str) -> Iterator[Harm]:
    """The harms of what a program of databases reads, from its input or at its prompt."""
    if program in _READ_QUERIES:
        yield from REMOTE[program]([text])
