"""How `ates` and its groups show their help, and what they suggest for a mistyped command."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer.core import TyperCommand, TyperGroup

# Commands that a mistyped one may mean. None of them changes or deletes anything by itself.
SUGGESTED = frozenset(
    (
        *("accounts", "backup", "demo", "dlq", "env", "import", "list", "logs", "mail", "open", "operations"),
        *("reports", "show", "status", "token", "up", "verify", "web"),
    )
)
NEAR = 0.7


class Command(TyperCommand):
    """Its help shows arguments as `NAME`, `[NAME]` or `[NAME...]`, without Python's types."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces = (
            [_argument(each)] if each.param_type_name == "argument" else each.get_usage_pieces(ctx)
            for each in self.get_params(ctx)
        )
        return ["[OPTIONS]", *(piece for of_one in pieces for piece in of_one)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        arguments, options = list[tuple[str, str]](), list[tuple[str, str]]()
        parameters: list[Any] = self.get_params(ctx)
        for each in parameters:
            name, text = each.get_help_record(ctx) or ("", "")
            if each.param_type_name == "argument":
                arguments.append((each.display_name_raw, text.partition("  [required]")[0]))
            elif name:
                options.append((name, text))
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _argument(argument: Any) -> str:
    name = argument.display_name_raw + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


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
