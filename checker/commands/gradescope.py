"""Results of one submission for Gradescope: `grade SUBMISSION --format gradescope`. The file is written whatever
happens."""

from __future__ import annotations

import argparse
import json
import traceback
from pathlib import Path
from typing import Any

from checker.commands.base import Refused, complain, write_whole
from checker.commands.grade import asked_for, exit_code, judged, overrides_for
from checker.course.gradescope import no_results, results
from checker.course.handins import handin_at
from checker.course.scoring import left_to_a_person
from checker.output import Terminal


def results_for(args: argparse.Namespace, terminal: Terminal) -> int:
    """The results of a submission, a file or a folder, to --out or to standard output."""
    code = 2
    try:
        found, code = _results(args)
    except Refused as refusal:
        complain(f"backproof: {refusal}")
        found = no_results("the assignment cannot be used, see the output of the autograder")
    except Exception:
        complain(traceback.format_exc(limit=-60))
        found, code = no_results("a bug of ours stopped it, see the output of the autograder"), 70
    if args.out is None:
        terminal.json(found)
    else:
        write_whole(args.out, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return code


def _results(args: argparse.Namespace) -> tuple[dict[str, Any], int]:
    if len(args.handins) != 1:
        raise Refused("Gradescope hands in one submission at a time")
    assignment, bank = asked_for(args)
    overrides = overrides_for(args, assignment, bank)
    handin = handin_at(Path(args.handins[0]))
    if handin.document is None:
        view = left_to_a_person(handin.name, assignment, handin.fault)
    else:
        request = {
            "do": "grade",
            "name": handin.name,
            "path": handin.document,
            "assignment": assignment.to_json(),
            "bank": assignment.bank,
            "overrides": [override.to_json() for override in overrides],
            "reveal": assignment.reveal,
        }
        view = judged([request], assignment, args.timeout)[0]["graded"]
    return results(view, assignment.reveal), exit_code(view)
