"""Makes one report of parts of one sample, and has it judged again: `python -m reports merge DIR... -o OUT`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from backends.evidence import SUBJECT_METADATA
from backends.installation import ROOT, command, home, suite_arguments
from backends.secrets import redact
from reports.changes import NoReportError, read_report
from reports.changes.parts import Merged, NoPartsError, merge_parts
from reports.changes.report import mapping
from reports.report_folder import RESULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The status after a sentence: the reports are no parts of one sample.
_REFUSED = 2

#: What the suite would take from the environment before what it is given here.
_USERS_SETTINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")

_EPILOG = """\
exit status: that of the run (0 conforms, 1 differs, 6 no verdict), or 2 where the reports are no parts of one sample.
Options behind -- go to the judge, such as -- --policy my-policy.yaml.

Where two parts hold an example, the first answer counts, unless it never came. Wire checks, noise and token evidence
are measured on a whole run: the merged report holds the examples alone.
"""


def main(given: Sequence[str] | None = None) -> int:
    """Writes the report of all parts together; returns the status of the run that judged it, or 2 after a sentence."""
    words = list(sys.argv[1:] if given is None else given)
    own = words.index("--") if "--" in words else len(words)
    asked, options = _parser().parse_args(words[:own]), words[own + 1 :]
    try:
        reports = [read_report(path) for path in asked.parts]
        merged = merge_parts(reports, asked.subject)
    except (NoReportError, NoPartsError) as error:
        sys.stderr.write(f"{redact(str(error))}\n")
        return _REFUSED
    with tempfile.TemporaryDirectory(prefix="conformance-merge-") as folder:
        file = Path(folder) / "merged.parquet"
        _write(merged, asked.parts, file)
        count = sum(map(len, merged.taken))
        sys.stdout.write(f"{count} examples of {len(reports)} parts, {merged.overlapping} of them in more than one\n")
        sys.stdout.flush()
        return _judge(merged, file, asked.output, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command("merge", "reports merge"),
        description="Makes one report of parts of one sample: one subject, one policy, the same settings.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", type=Path, metavar="DIR", nargs="+", help="folders of reports")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="folder of the merged report")
    parser.add_argument("--subject", metavar="ID", help="which, where the reports tell of more than one")
    return parser


def _write(merged: Merged, folders: Sequence[Path], file: Path) -> None:
    """Writes the rows that count, and whose they are, as one parquet file."""
    import pyarrow as pa  # noqa: PLC0415 - a refusal need not wait for it
    import pyarrow.compute as pc  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    tables = []
    for folder, places in zip(folders, merged.taken, strict=True):
        table = pq.read_table((folder if folder.is_dir() else folder.parent) / RESULTS)
        own = table.filter(pc.equal(table["subject"], merged.subject.id))
        tables.append(own.take(pa.array(places, pa.int64())))
    whose = json.dumps({name: merged.subject.told[name] for name in ("id", "model", "api", "local", "sample")})
    whole = pa.concat_tables(tables, promote_options="default")
    pq.write_table(whole.replace_schema_metadata({SUBJECT_METADATA: whose}), file)


def _judge(merged: Merged, file: Path, output: Path, options: Sequence[str]) -> int:
    """Has the suite judge the merged answers; returns its exit status."""
    told = merged.subject.told.get("policy")
    policy = str(mapping(told).get("name") if isinstance(told, dict) else told)
    named = [] if any(option.partition("=")[0] == "--policy" for option in options) else ["--policy", policy]
    given = ["--replay", str(file), *named, "--report-dir", str(output.absolute()), "-q", "--no-header", *options]
    variables = {name: value for name, value in os.environ.items() if name not in _USERS_SETTINGS}
    done = subprocess.run(  # noqa: S603 - this suite itself
        [sys.executable, *suite_arguments(), *given], cwd=home(ROOT), env=variables, check=False
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
