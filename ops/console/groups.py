"""How `ates` and its groups show their help, and what they suggest for a mistyped command."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer.core import TyperGroup

# Commands that a mistyped one may mean. None of them changes or deletes anything by itself.
SUGGESTED = frozenset(
    (
        *("accounts", "backup", "demo", "dlq", "env", "import", "list", "logs", "mail", "open", "operations"),
        *("reports", "show", "status", "token", "up", "verify", "web"),
    )
)
NEAR = 0.7


class Group(TyperGroup):
    """Without arguments it shows its help; in its list of commands no sentence is cut."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        try:
            return self._click_resolve_command(ctx, args)
        except Exception as error:
            if near := suggestions(args[:1], list(self.commands)):
                error.message = f"{error.message.rstrip('.')}; did you mean {near[0]}?"  # type: ignore[attr-defined]
            raise

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [
            (name, str(command.help).partition("\n\n")[0].replace("\n", " "))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def suggestions(typed: Sequence[str], names: Sequence[str]) -> list[str]:
    """Names that a mistyped command may mean, without those that change something."""
    return [
        near
        for word in typed
        for near in get_close_matches(word, names, n=1, cutoff=NEAR)
        if near in SUGGESTED
    ]
