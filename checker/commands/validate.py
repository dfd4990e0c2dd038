"""`backproof validate`: problem files, all faults at once."""

from __future__ import annotations

import argparse
from pathlib import Path

from checker.commands.base import Refused, add_json
from checker.output import Terminal

ABOUT = (
    "Checks problem files or folders of them: keys and types, every derivation, every expect, every known "
    "mistake (must be judged wrong),"
    " every example (must be judged as it says), and that the derived answer itself is judged correct however "
    "it is written."
)
EXAMPLES = (
    "backproof validate my_problems/softmax.toml",
    "backproof validate problems/bank --workers 2",
    "backproof validate my_problems --format-only --json",
)

SECONDS = 30.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="FILE|FOLDER", help="problem files, or folders of them")
    parser.add_argument("--format-only", action="store_true", help="check keys and types only; derive nothing")
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes (default: one a core, at most 8)"
    )
    add_json(parser)


def files(paths: list[str]) -> list[Path]:
    """The problem files of files and folders; raises `Refused`."""
    found: list[Path] = []
    for given in map(Path, paths):
        if given.is_dir():
            inside = sorted(given.rglob("*.toml"))
            if not inside:
                raise Refused(f"{given}: no .toml file in this folder")
            found += inside
        elif given.is_file():
            found.append(given)
        else:
            raise Refused(f"{given}: no such file or folder")
    return list(dict.fromkeys(found))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.asking import tell_bug
    from checker.process import MEGABYTES
    from checker.stream import Pool, cores
    from problems.loader import read_file
    from problems.tables import Fault

    faults: list[Fault] = []
    bugs = 0
    seen: dict[str, str] = {}
    count = 0
    pool = Pool(args.workers or cores(), SECONDS, MEGABYTES)
    try:
        waiting = []
        for path in files(args.paths):
            problem, found = read_file(path)
            faults += found
            for part in problem.parts if problem else ():
                count += 1
                if part.id in seen and seen[part.id] != str(path):
                    faults.append(
                        Fault(
                            f"two parts have the id {part.id}; the other is in {seen[part.id]}",
                            str(path),
                            f"part[{part.id}]",
                        )
                    )
                seen.setdefault(part.id, str(path))
                if not args.format_only:
                    waiting.append((path, part.id, pool.submit({"do": "validate", "file": str(path), "part": part.id})))
        for path, part_id, future in waiting:
            outcome = future.result()
            where = f"part[{part_id}]"
            if outcome.limit:
                faults.append(Fault(f"not derived within the limit of {outcome.limit}", str(path), where))
            elif outcome.answer is None:
                bugs += 1
                tell_bug(outcome.bug)
                faults.append(Fault("a bug of ours stopped this part", str(path), where))
            else:
                faults += [
                    Fault(f["what"], str(path), where + f["path"], f["warning"]) for f in outcome.answer["faults"]
                ]
    finally:
        pool.close()
    real = [f for f in faults if not f.warning]
    if args.json:
        terminal.json({
            "format": 1,
            "status": "faults" if real else "valid",
            "parts": count,
            "faults": [{"what": f.what, "file": f.file, "path": f.path, "warning": f.warning} for f in faults],
        })  # fmt: skip
    else:
        for fault in faults:
            terminal.line(terminal.fit(str(fault)))
        warnings = len(faults) - len(real)
        terminal.line(
            f"{count} part{'s' * (count != 1)}: {len(real)} fault{'s' * (len(real) != 1)}"
            + (f", {warnings} warning{'s' * (warnings != 1)}" if warnings else "")
        )
    return 70 if bugs else 1 if real else 0
