"""The shell scripts at the two ends of a route: what a hook runs, and what a routed command becomes."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

_LOOKED_UP = "#!/usr/bin/env bash"
_IN_FIRST_LINE = re.compile(r"/[\w./+-]{1,100}")
"""A path that can stand in the first line of a script, where it saves the start of `env`."""
ANSWER_WITHIN = 10
"""Seconds within which a recorder must answer."""
PLACES = 32
"""How many can ask at a time."""

# These scripts are what capture adds to a command, so they start next to nothing. The pipes through which they ask have
# been made for them: whoever can make the file `busy` of a place has it. They are opened for reading and writing, which
# waits for nobody. What is longer than a line is read by its size in bytes, in one go: up to a mark, bash would read
# byte by byte. For that a character must be a byte, as in the locale C, in which patterns are quicker as well.
_HOOK = r"""#!/usr/bin/env bash
# Hands one event of Claude Code to the recorder of its session. Made by `hdsl capture claude`.
live=@LIVE@
event=$1
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
[[ -n ${given+x} ]] || given=${LC_ALL-}
export -n given
LC_ALL=C

give_up() {
  printf 'hdsl capture: %s\n' "$1" >&2
  [[ $event == pre ]] && exit 2
  exit 1
}

start() {
  if [[ -n $given ]]; then LC_ALL=$given; else unset LC_ALL; fi
  @START@
}

IFS= read -r -N 67108864 input
# A limit in the pattern itself would take longer than all of the rest.
[[ $input =~ [{,][[:space:]]*\"session_id\"[[:space:]]*:[[:space:]]*\"([A-Za-z0-9_-]+)\" ]] &&
  ((${#BASH_REMATCH[1]} <= 80)) || give_up 'the event names no session'
here=$live/${BASH_REMATCH[1]}

@SERVES@
if ! serves; then
  [[ $event == pre || $event == prompt ]] || exit 0
  printf '%s' "$input" | start > /dev/null || give_up 'the recorder is gone and cannot be started again'
fi

@PLACE@
exec 3<> "$here/$place.in" 4<> "$here/$place.out" 5<> "$here/requests"
printf 'hook %s\n' "$place" >&5
printf '%s\0' "$input" >&3
read -r -t @WITHIN@ -u 4 status size && IFS= read -r -N "$size" -t @WITHIN@ -u 4 reply ||
  give_up 'the recorder does not answer'
[[ $status == 0 ]] || give_up "$reply"
printf '%s' "$reply"
"""

# The number of a process that is gone may be another's by now: it counts only with when it started. Of a process that
# has ended and that nobody has waited for, the state says so.
_SERVES = r"""serves() {
  local owner began stat
  [[ -e $here/owner ]] && read -r owner began < "$here/owner" || return
  if [[ ! -d /proc/self ]]; then
    kill -0 "$owner" 2> /dev/null
    return
  fi
  [[ -e /proc/$owner/stat ]] && read -r stat < "/proc/$owner/stat" || return
  stat=(${stat##*) })
  [[ ${stat[0]} != [ZX] && ${stat[19]} == "$began" ]]
}"""

# A command that has soon ended and printed little is told in one go, its size behind its status: `cat` is spared.
# Where the second is over in the middle of the line, `read` takes its beginning: that is kept, and the rest read next.
_STATUS = r"""line=
until IFS= read -r -t 1 -u @END@ part; do
  line+=$part
  serves || give_up 'the recorder ended before the command did'
done
line+=$part
status=${line%% *}
size=${line#"$status"}"""

_PLACE = r"""take() {
  for place in {1..@PLACES@}; do
    { : > "$here/$place.busy"; } 2> /dev/null && return
  done
  return 1
}
set -o noclobber
take || { sleep 1; take; } || give_up 'the recorder is too busy'
set +o noclobber"""

_ROUTE = r"""#!/usr/bin/env bash
# Runs an announced command in the recorded shell: route SESSION CALL. Made by `hdsl capture`.
here=@LIVE@/$1
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
LC_ALL=C

give_up() {
  printf 'hdsl capture: %s\n' "$1" >&2
  exit 125
}

@SERVES@
serves || give_up 'the recorder is gone'
@PLACE@
exec 3<> "$here/$place.in" 4<> "$here/$place.out" 5<> "$here/$place.end" 6<> "$here/requests"
exec 7< "$here/$place.out"
printf 'run %s %s %s\n' "$place" "$PPID" "$2" >&6
read -r -t @WITHIN@ -u 5 || give_up 'the recorder does not answer'
exec 4>&- 6>&-
@STATUS5@
if [[ $status == more ]]; then
  cat <&7 3>&- 5>&-
  @STATUS5@
elif ((size)); then
  IFS= read -r -N "$size" -t @WITHIN@ -u 7 output || give_up 'the recorder does not answer'
  trap '' PIPE
  printf '%s' "$output" 2> /dev/null
fi
exit "$status"
"""


_SHELL = r"""#!/usr/bin/env bash
# A shell for agents without hooks: hdsl-shell -c COMMAND. Made by `hdsl capture shell`.
live=@LIVE@
PATH=$PATH:/usr/local/bin:/usr/bin:/bin

give_up() {
  printf 'hdsl capture: %s\n' "$1" >&2
  exit 125
}

@SERVES@
given=("$@") is_command=
while (($#)); do
  case $1 in
    --) shift; break ;;
    --rcfile | --init-file | -o | -O | +o | +O) shift 2 ;;
    --* | +*) shift ;;
    -*) [[ $1 == *c* ]] && is_command=1; shift ;;
    *) break ;;
  esac
done
if [[ -n $is_command ]]; then
  (($#)) || give_up 'after -c stands a command'
  command=$1
  (($# > 2)) && command="set -- $(printf '%q ' "${@:3}")"$'\n'"$command"
elif (($# == 0)) && [[ -t 0 ]]; then
  exec @PERSON@
else
  command="bash $(printf '%q ' "${given[@]}")"
fi

session=$HDSL_CAPTURE_SESSION
if [[ -z $session ]]; then
  read -r stat < "/proc/$PPID/stat" 2> /dev/null && stat=(${stat##*) })
  session=shell-$PPID-${stat[19]:-0}
fi
[[ $session =~ ^[A-Za-z0-9_-]{1,80}$ ]] || give_up 'HDSL_CAPTURE_SESSION: letters, digits, - and _ alone'
here=$live/$session
serves || @START@ "$session" "$PPID" < /dev/null > /dev/null || give_up 'the recorder cannot be started'

has_input=0
[[ -p /dev/stdin || -f /dev/stdin ]] && has_input=1
@PLACE@
exec 10<&0 3<> "$here/$place.in" 4<> "$here/$place.out" 5<> "$here/$place.err" 6<> "$here/$place.end"
exec 8<> "$here/requests" 7< "$here/$place.out" 9< "$here/$place.err"
# What is given waits in the pipe until the command reads it, and ends when all of it is written.
exec 11<> "$here/$place.given" 12> "$here/$place.given" 13< "$here/$place.given" 11>&-
printf 'wrap %s %s %s\n' "$place" "$PPID" "$has_input" >&8
printf '%s\0' "$PWD" "$command" "$(export -p)" >&3
read -r -t @WITHIN@ -u 6 || give_up 'the recorder does not answer'
exec 4>&- 5>&- 8>&-
((has_input)) && cat <&10 >&12 3>&- 6>&- 7>&- 9>&- 13<&- &
exec 12>&-
cat <&9 >&2 3>&- 6>&- 7>&- &
errors=$!
cat <&7 3>&- 6>&- 9>&-
wait "$errors"
@STATUS6@
for job in $(jobs -p); do kill "$job" 2> /dev/null; done
exit "$status"
"""


def shell_script(live: Path, start: Sequence[str], person: Sequence[str], within: int = ANSWER_WITHIN) -> str:
    """The script that stands where an agent expects a shell. `start` starts its recorder, `person` a person's shell."""
    script = _made(_SHELL, live, within)
    return script.replace("@START@", shlex.join(start)).replace("@PERSON@", shlex.join(person))


def hook_script(live: Path, start: Sequence[str], within: int = ANSWER_WITHIN) -> str:
    """The script of the hooks. `start` is the command that starts the recorder of the session whose event it reads."""
    return _made(_HOOK, live, within).replace("@START@", shlex.join(start))


def route_script(live: Path, within: int = ANSWER_WITHIN) -> str:
    """The script that a routed command runs."""
    return _made(_ROUTE, live, within)


def _made(script: str, live: Path, within: int) -> str:
    bash = shutil.which("bash") or ""
    if _IN_FIRST_LINE.fullmatch(bash):
        script = script.replace(_LOOKED_UP, f"#!{bash}", 1)
    for end in (5, 6):
        script = script.replace(f"@STATUS{end}@", _STATUS.replace("@END@", str(end)))
    script = script.replace("@SERVES@", _SERVES).replace("@PLACE@", _PLACE).replace("@PLACES@", str(PLACES))
    return script.replace("@LIVE@", shlex.quote(str(live))).replace("@WITHIN@", str(within))
