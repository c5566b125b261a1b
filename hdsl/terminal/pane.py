"""One pane of the tmux server: commands that are about it."""

from dataclasses import dataclass
from typing import NamedTuple

from hdsl.terminal.control import ControlClient, quote
from hdsl.terminal.errors import SessionGone


class Cursor(NamedTuple):
    """Where the cursor is on the screen, how many columns that has, and how many lines have scrolled off it."""

    column: int
    row: int
    columns: int
    scrolled: int


@dataclass(frozen=True, slots=True)
class Pane:
    """A pane by its tmux id, with the process and the terminal device of its shell."""

    id: str
    window: str
    shell: int
    terminal: str
    client: ControlClient

    def keys(self, key: str) -> str:
        """The command that presses a key, which must be one that tmux knows."""
        return f"send-keys -t {self.id} -- {quote(key)}"

    def bytes(self, data: bytes) -> str:
        """The command that sends bytes as they are."""
        return f"send-keys -t {self.id} -H {data.hex(' ')}"

    def paste(self, text: str) -> tuple[str, str]:
        """The commands that type a text as it is.

        What a line editor would act on is in brackets if whoever reads has asked for them. Nothing else is: brackets
        that come a moment too late are read by the next command.
        """
        buffer = f"pane{self.id[1:]}"
        brackets = " -p" if "\n" in text or "\t" in text else ""
        return (f"set-buffer -b {buffer} -- {quote(text)}", f"paste-buffer -d{brackets} -r -b {buffer} -t {self.id}")

    async def ask(self, format_text: str) -> str:
        """What tmux makes of a format, such as `#{cursor_x}`, for this pane. SessionGone where the pane is gone."""
        answer = await self.client.run(f"display-message -p -t {self.id} {quote(f'#{{pane_id}} {format_text}')}")
        # Of a pane that is gone tmux does not complain here: all that is asked of it is empty.
        pane, _, found = answer.partition(" ")
        if pane != self.id:
            raise SessionGone("the shell of this terminal session has ended")
        return found

    async def lines(self, first: int, last: int | None = None) -> list[str]:
        """Lines of the screen, those that were wrapped joined again, without trailing blanks; 0 is the first that is
        visible, None as `last` the very last."""
        end = "-" if last is None else last
        text = await self.client.run(f"capture-pane -p -J -t {self.id} -S {first} -E {end}")
        return [line.rstrip() for line in text.split("\n")]

    async def cursor(self) -> Cursor:
        """Where the cursor is."""
        numbers = await self.ask("#{cursor_x} #{cursor_y} #{pane_width} #{history_size}")
        return Cursor(*map(int, numbers.split(" ")))

    async def cursor_line(self) -> tuple[str, int]:
        """The line the cursor is in, down to the cursor's row, and the cursor's column."""
        cursor = await self.cursor()
        return (await self.lines(0, cursor.row))[-1], cursor.column
