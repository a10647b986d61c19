"""The generator's command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from smsreg._codegen.news import NEWEST, models, news
from smsreg._codegen.output import differences, render, write
from smsreg._codegen.plan import make_plan
from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.service import load
from smsreg._codegen.tables import SERVICES, Tables


def main(arguments: list[str] | None = None) -> int:
    """Write the service packages, or check what is written; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m smsreg._codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument(
        "--news",
        nargs="?",
        const=NEWEST,
        metavar="WHEEL",
        help="write nothing, say what the newest botocore has, or one in a wheel or folder, that "
        "the packages have not; exit with 1 where there is something",
    )
    parser.add_argument(
        "--tables", type=Path, default=SERVICES, help="a folder with a folder for each service"
    )
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent.parent, help="where the packages go"
    )
    options = parser.parse_args(arguments)
    folders = sorted(path.parent for path in options.tables.glob("*/table.toml"))
    if not folders:
        parser.error(f"{options.tables} has no folder with a table.toml")
    found: list[str] = []
    try:
        if options.news is not None:
            return _report_news(options.news, folders, options.output)
        for folder in folders:
            tables = Tables(folder)
            files = render(make_plan(load(tables.service), tables))
            package: Path = options.output / tables.package
            if options.check:
                found += differences(files, package)
            else:
                write(files, package)
                print(f"{tables.package}: {len(files)} files")
    except GeneratorError as error:
        print(error, file=sys.stderr)
        return 2
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


def _report_news(where: str, folders: list[Path], output: Path) -> int:
    tables = [Tables(folder) for folder in folders]
    any_news = False
    with models(where, [each.service for each in tables]) as (folder, name):
        for each in tables:
            found = news(each.service, output / each.package, folder)
            count = "1 difference" if len(found) == 1 else f"{len(found) or 'no'} differences"
            print(f"{each.service}: {count} to {name}")
            print("".join(f"  {line}\n" for line in found), end="")
            any_news = any_news or bool(found)
    return 1 if any_news else 0


if __name__ == "__main__":
    sys.exit(main())
