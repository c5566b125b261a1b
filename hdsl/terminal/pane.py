"""One pane of the tmux server: commands that are about it."""

from dataclasses import dataclass

from hdsl.terminal.control import ControlClient, quote


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
        """The commands that type a text as it is: in brackets if whoever reads it has asked for them."""
        buffer = f"pane{self.id[1:]}"
        return (f"set-buffer -b {buffer} -- {quote(text)}", f"paste-buffer -d -p -r -b {buffer} -t {self.id}")

    async def ask(self, format_text: str) -> str:
        """What tmux makes of a format, such as `#{cursor_x}`, for this pane."""
        return await self.client.run(f"display-message -p -t {self.id} {quote(format_text)}")

    async def lines(self, first: str, last: str = "-") -> list[str]:
        """Lines of the screen, without trailing blanks; 0 is the first that is visible, `-` as `last` the very last."""
        text = await self.client.run(f"capture-pane -p -t {self.id} -S {first} -E {last}")
        return [line.rstrip() for line in text.split("\n")]

    async def cursor_line(self) -> str:
        """The line the cursor is in."""
        row = await self.ask("#{cursor_y}")
        return (await self.lines(row, row))[0]

    async def paragraphs(self) -> list[str]:
        """The lines of the visible screen down to the cursor, with those that were wrapped joined again."""
        row = await self.ask("#{cursor_y}")
        return (await self.client.run(f"capture-pane -p -J -t {self.id} -S 0 -E {row}")).split("\n")
