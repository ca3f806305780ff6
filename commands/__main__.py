"""`python -m commands`: the commands behind `./erp`."""

from __future__ import annotations

import sys

import click

from commands.cli import cli
from commands.config import UsageProblem


def main() -> int:
    """Run a command; wrong use ends with one line and exit code 2."""
    try:
        return cli(prog_name="./erp", standalone_mode=False) or 0
    except UsageProblem as problem:
        return _refuse(str(problem))
    except click.UsageError as error:
        hint = f" See {error.ctx.command_path} --help." if error.ctx else ""
        return _refuse(f"{error.format_message().rstrip('.')}.{hint}")
    except (click.Abort, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        return 130


def _refuse(line: str) -> int:
    print(f"erp: {' '.join(line.split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
