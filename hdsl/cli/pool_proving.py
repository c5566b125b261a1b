"""`hdsl pool pull --for FILE`: the rows of a pool that make a harness better on its own validation examples."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from hdsl.cli.asking_options import asking, cost_of
from hdsl.cli.experience_tables import of
from hdsl.cli.output import show, tell
from hdsl.cli.pool_opened import SHORT, own_key, state_for
from hdsl.cli.programs import checked_file
from hdsl.cli.sandboxed import with_sandbox
from hdsl.configuration.settings import load_settings
from hdsl.experience.learned import learned_folder
from hdsl.experience.tables_in_reach import ReachedTable, tables_in_reach
from hdsl.graph.program import Program
from hdsl.ground.collector import collector_paused
from hdsl.learn.proving import Proving
from hdsl.learn.start import Changed, work_of
from hdsl.pool.proving import ALONE, Judged, proven
from hdsl.pool.pulling import fitting_rows, pull_into
from hdsl.run.asked import kernel_for


def pull_for(options: argparse.Namespace) -> int:
    """Pulls what helps; one step, which can be undone whole."""
    file = options.proven_for
    settings = with_sandbox(load_settings(Path(file).parent, kernel=options.kernel))
    checked, module = checked_file(file)
    tables = tables_in_reach(module, settings.project)
    with collector_paused():
        pool, state = state_for(options, settings)
        chosen = {name: fitting_rows(state, table, settings.policy, options.agree) for name, table in tables.items()}
    with asking(options, settings, "pool") as asked:
        work = work_of(checked, module, settings, options.harness, Changed(None, None), asked)
        kernel = kernel_for(work.program, {}, settings, asked)
        with Proving(work, kernel) as proving:
            tell(f"{of(proving.examples, 'validation example')}: loss {sum(proving.losses) / proving.examples:.4f}")
            found = proven(
                proving,
                _by_key(work.program, tables, settings.project),
                {name: each.rows for name, each in chosen.items()},
                work.choices.harness,
                _tell_judged,
                options.trials,
            )
            usage = proving.usage
    pulled = pull_into(tables.values(), found.rows, pool.id, state.hash)
    for name, each in chosen.items():
        reasons: dict[str, int] = dict(found.left_out.get(name, {}))
        for left in each.left_out:
            reasons[left.reason] = reasons.get(left.reason, 0) + 1
        for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
            tell(f"{name}: {of(count, 'row')} left out: {reason}")
    show(f"pool {pool.id[:SHORT]}, state {state.hash}")
    if pulled.step is None:
        show(f"the pool has nothing that makes {file} better on its validation examples")
    else:
        show(f"step {pulled.step}: validation loss {found.before:.4f} → {found.after:.4f}")
        for name, added in pulled.added.items():
            show(f"  {name}: {of(added, 'row')} added of {len(chosen[name].rows)}")
    show(f"  {of(usage.calls, 'model call')}{cost_of(usage)}")
    if options.report and found.reports:
        pool.report(found.reports, own_key(settings))
        show(f"  reported what {of(len(found.reports), 'row')} did")
    return 0


def _by_key(program: Program, tables: Mapping[str, ReachedTable], project: Path) -> Mapping[str, ReachedTable]:
    """The tables that a program uses, by their keys in it."""
    places = {table.place: table for table in tables.values()}
    found = {key: learned_folder(table, project, Path(program.module)) for key, table in program.tables.items()}
    return {key: places[place] for key, place in found.items() if place in places}


def _tell_judged(judged: Judged) -> None:
    if judged.what == ALONE and not judged.is_kept:
        return
    kept = ", kept" if judged.is_kept else ""
    tell(
        f"  {judged.person}, {judged.what}: {of(judged.rows, 'row')}: "
        f"loss {judged.before:.4f} → {judged.after:.4f}{kept}"
    )
