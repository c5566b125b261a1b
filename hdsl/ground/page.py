"""HTML pages that stand alone: one style, no script, nothing loaded, every text of others escaped."""

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence

from hdsl.ground.display import safe

_STYLE = (
    "body{font:16px/1.45 system-ui,sans-serif;max-width:72rem;margin:1.5rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem}h3{font-size:1rem;margin:1rem 0 .3rem}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.85rem}"
    "pre{background:#f4f4f4;border:1px solid #ddd;border-radius:4px;padding:.5rem;margin:.3rem 0;overflow:auto;"
    "white-space:pre-wrap;overflow-wrap:anywhere;max-height:32rem}pre.screen{background:#101418;color:#e6e6e6;"
    "white-space:pre;overflow-wrap:normal}table{border-collapse:collapse;margin:.5rem 0;font-size:.9rem}"
    "th,td{border:1px solid #ccc;padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "td.number,th.number{text-align:right;white-space:nowrap}th{background:#f0f0f0;overflow-wrap:normal;white-space:nowrap}"
    "details{border:1px solid #ccc;border-radius:4px;margin:.4rem 0}details>*{margin-left:.6rem;margin-right:.6rem}"
    "summary{margin:0!important;padding:.35rem .6rem;cursor:pointer;overflow-wrap:anywhere}"
    "summary:hover{background:#f4f4f4}.wide{overflow-x:auto;border:1px solid #ddd;border-radius:4px;padding:.5rem}"
    ".failed{color:#a40000}.quiet{color:#5f5f5f}.good{color:#0b6b2b}.badge{display:inline-block;border:1px solid;"
    "border-radius:3px;padding:0 .35rem;font-size:.8rem}dl{display:grid;grid-template-columns:max-content auto;"
    "gap:.2rem 1rem;margin-top:.4rem;margin-bottom:.6rem}dt{color:#5f5f5f}dd{margin:0;overflow-wrap:anywhere}"
    "td.text{white-space:pre-wrap;max-width:22rem}tr.gone td.text{text-decoration:line-through}"
    ".warning{border-left:4px solid #a40000;padding:.5rem .8rem}input,button{font:inherit;padding:.2rem .4rem}"
    "svg{max-width:none}svg a:focus rect,svg a:hover rect{stroke-width:3}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181b}pre{background:#202327;border-color:#3a3f45}"
    "th{background:#24282d}th,td,details{border-color:#3a3f45}summary:hover{background:#202327}.failed{color:#ff8a80}"
    ".quiet,dt{color:#a0a6ad}.good{color:#7ddb9b}.wide{background:#fff;border-color:#3a3f45}a{color:#8ab4ff}}"
    "@media print{pre{max-height:none}details{break-inside:avoid}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def content_policy(form_action: str = "'none'") -> str:
    """What a browser may do with a page: run nothing, load nothing, and send a form to `form_action` alone."""
    return f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action {form_action}"


def page(title: str, body: str, *, form_action: str = "'none'") -> str:
    """A whole page around a body that is HTML already, with its `content_policy`."""
    policy = content_policy(form_action)
    head = (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" '
        f'content="no-referrer">\n<title>{escaped(title)}</title>\n<style>{_STYLE}</style>'
    )
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def escaped(text: object) -> str:
    """A text as it may stand anywhere in HTML or SVG; controls and what turns the direction of writing as escapes."""
    return html.escape(safe(str(text)))


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and what is said of them, as a list; what is empty is left out."""
    listed = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in pairs if value != "")
    return f"<dl>{listed}</dl>" if listed else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: frozenset[int] = frozenset()) -> str:
    """A table of plain values; the columns whose positions are in `numbers` are set to the right."""

    def line(tag: str, cells: Sequence[object]) -> str:
        kinds = [' class="number"' if at in numbers else "" for at in range(len(cells))]
        return "".join(f"<{tag}{kind}>{escaped(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))

    body = "".join(f"<tr>{line('td', row)}</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{line('th', columns)}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"
