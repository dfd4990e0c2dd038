"""A coverage-guided fuzz target for the reader: development only, not collected by pytest.

    pip install atheris
    python tests/fuzz_reading.py -max_total_time=600 tests/corpus

Every input is answered: read or refused. What crashed once is kept in tests/corpus and read by `test_hostile_reading`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

NAMES = (
    "x: real[d]; a: real; b: real; y: real; A: real[d,d]; X: real[n,d]; P: real[n,K]; i: index[d]; e_1: real; f: "
    "function; w_1': real; yhat: probability"
)
SECONDS = 2.0


def answer(data: bytes) -> None:
    """Read bytes in every way. Raises what is a bug: any exception but a refusal, or no answer in time."""
    from derivations.domains import parse_names
    from derivations.notation import ReadError, read, read_condition, read_statement, readings

    text = data.decode("utf-8", "surrogatepass" if len(data) % 2 else "ignore") if data else ""
    names = parse_names(NAMES)
    for reader in (read, readings, read_statement, read_condition):
        start = time.perf_counter()
        try:
            found = reader(text, names)
            hash(found) if reader in (read, read_condition) else None
        except ReadError as error:
            error.show()
        if time.perf_counter() - start > SECONDS:
            raise TimeoutError(f"{reader.__name__}: {text[:100]!r}")


def target(data: bytes) -> None:
    try:
        answer(data)
    except UnicodeDecodeError:
        return


if __name__ == "__main__":
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["derivations.notation"]):
        import derivations.notation  # noqa: F401
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
