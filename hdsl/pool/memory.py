"""What a project has seen of pools, in `.hdsl/pool/`: a store that shows less later is hiding something."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.ground.files import read_regular, write_atomically
from hdsl.pool.faults import PoolError, StoreShowsLess
from hdsl.pool.pool import Pool
from hdsl.pool.trust import revoked

_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one project."""

    project: Path

    def check(self, pool: Pool) -> None:
        """StoreShowsLess where the store is another pool than it was, or lacks a segment or a revocation of before."""
        for path in sorted(self._folder.glob("*.json")):
            seen = _read(path)
            if pool.store.url in seen["urls"] and seen["pool"] != pool.id:
                raise StoreShowsLess(
                    f"{pool.store.url} was the pool {seen['pool'][:12]}, and is now another one, {pool.id[:12]}; "
                    f"if that is meant, remove {path}"
                )
        before = _read(self._file(pool)) if self._file(pool).exists() else None
        if before is None:
            return
        segments = pool.segments()
        hidden = sorted(set(before["revoked"]) - set(revoked(segments, pool.root)))
        if hidden:
            raise StoreShowsLess(
                f"the store hides that the key {hidden[0]} was revoked, which it showed before: it was set back, or "
                "somebody shows you an old copy"
            )
        missing = sorted(set(before["segments"]) - {segment.name for segment in segments})
        if missing:
            more = "" if len(missing) == 1 else f" and {len(missing) - 1} more"
            raise StoreShowsLess(
                f"the store hides segment {missing[0]}{more}, which it showed before: it was set back, or somebody "
                "shows you an old copy"
            )

    def remember(self, pool: Pool) -> None:
        """Writes down what the store shows now, beside what it showed before."""
        path = self._file(pool)
        before = _read(path) if path.exists() else {"urls": [], "segments": [], "revoked": []}
        segments = pool.segments()
        value = {
            "pool": pool.id,
            "root": pool.root.key,
            "urls": sorted({*before["urls"], pool.store.url}),
            "segments": sorted({*before["segments"], *(segment.name for segment in segments)}),
            "revoked": sorted({*before["revoked"], *revoked(segments, pool.root)}),
        }
        write_atomically(path, json.dumps(value, indent=1) + "\n")

    @property
    def _folder(self) -> Path:
        return self.project / ".hdsl" / "pool"

    def _file(self, pool: Pool) -> Path:
        return self._folder / f"{pool.id}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_regular(path, _LARGEST).decode("utf-8"))
        lists = [value[name] for name in ("urls", "segments", "revoked")]
        if not isinstance(value["pool"], str) or not all(isinstance(each, list) for each in lists):
            raise ValueError("it lacks a list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PoolError(
            f"{path} is damaged ({error}); it says what was seen of a pool: restore it, or remove it to see the pool "
            "as if for the first time"
        ) from None
    found: dict[str, Any] = value
    return found
