"""The page under load: students of a class who read, type and send at once, over loopback.

    python benchmarks/page_load.py                          200 students for 60 s, SQLite
    python benchmarks/page_load.py --postgres               the same over a PostgreSQL of its own
    python benchmarks/page_load.py --kill                   a worker, then the server, are killed with -9 in the middle
    python benchmarks/page_load.py --preview                one student alone: how an answer is read at each key

Prints p50 and p95 of each kind of request, how many answers were judged a second, and how many requests failed. At the
end every answer that was acknowledged has to be in the database, and to have its verdict. Needs the extra web and
httpx2.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import httpx2 as httpx
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from postgres import running  # noqa: E402

from checker.web import schema  # noqa: E402
from checker.web.store import Store, engine_of, file_url  # noqa: E402

PORT = 8317
ANSWERS = [
    ("001/3.2", "-y_i y_j + {k} - {k}"), ("001/3.2", "{k} y_i y_j"), ("001/3.1", "y_i (1 - y_i) {k}/{k}"),
    ("001/3.1", "y_i - {k} y_i^2"), ("beyond/huber.gradient", "{k} r"), ("001/5.4a", "{k} + 24080 - {k}"),
    ("004/Q1.2", "(2w)^T x + {k} - {k}\n= 2 w^T x"), ("001/3.2", "-y_i y_j + ({k}"), ("001/3.1", "y_i^{k}"),
]  # fmt: skip


class Load:
    """What the students have seen: seconds of each kind of request, what failed, and which answers are acknowledged."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.failed: dict[str, int] = defaultdict(int)
        self.acknowledged: set[str] = set()
        self.judged = self.busy = 0
        self.down = False

    async def timed(self, what: str, client: httpx.AsyncClient, method: str, path: str, **more: object) -> str:
        """The text of a response, and where it came from, on its last line; `` where there is none."""
        begun = time.perf_counter()
        try:
            got = await client.request(method, path, **more)  # type: ignore[arg-type]
        except httpx.HTTPError:
            self.failed["down" if self.down else f"{what}: no connection"] += 1
            await asyncio.sleep(0.5)
            return ""
        if got.status_code >= 400:
            self.failed[f"{what}: {got.status_code}"] += 1
            return ""
        self.seconds[what].append(time.perf_counter() - begun)
        return f"{got.text}\n{got.headers.get('location', '')}"


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


async def student(number: int, link: str, load: Load, until: float) -> None:
    """Joins, then opens a part, types, sends, looks at the verdict, over and over."""
    rng = random.Random(number)
    await asyncio.sleep(rng.uniform(0, 10))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=60, verify=False) as client:
        page = ""
        while not page:
            page = await load.timed("join", client, "GET", f"/join/{link}")
        await load.timed(
            "join", client, "POST", f"/join/{link}", data={"token": field(page, "token"), "name": f"S{number}"}
        )
        while time.monotonic() < until:
            part, text = rng.choice(ANSWERS)
            answer = text.replace("{k}", str(rng.randrange(2, 1000)))
            page = await load.timed("question", client, "GET", f"/part/{part}")
            token, once = field(page, "token"), field(page, "once")
            if not token:
                continue
            await asyncio.sleep(rng.uniform(1, 4))
            for end in (len(answer) // 2, len(answer)):
                sent = {"token": token, "part": part, "answer": answer[:end]}
                read = await load.timed("read as", client, "POST", "/read", data=sent)
                load.busy += '"busy"' in read
                await asyncio.sleep(rng.uniform(0.5, 2))
            location = ""
            begun = time.perf_counter()
            while once and not location:  # a browser that is told of no connection sends the form again
                form = {"token": token, "part": part, "answer": answer, "once": once}
                reply = await load.timed("answer is kept", client, "POST", "/answer", data=form)
                location = reply.rpartition("\n")[2]
                if not load.down and not location:
                    break
            if not location:
                continue
            load.acknowledged.add(location.rpartition("/")[2])
            while time.perf_counter() - begun < 60:
                page = await load.timed("outcome", client, "GET", location)
                if page and "data-again" not in page:
                    load.seconds["verdict, from sending"].append(time.perf_counter() - begun)
                    load.judged += 1
                    break
            await asyncio.sleep(rng.uniform(1, 4))


TYPED = [
    ("001/3.2", r"-\frac{e^{x_i} e^{x_j}}{(\sum_k e^{x_k})^2}"), ("001/3.1", "y_i (1 - y_i)"),
    ("002/6d", "dL/dxhat_i/sqrt(v) + 2 (x_i - mu)/m ⊙ dL/dv + 1/m dL/dmu"),
    ("002/6b", "-1/2 sum_i dL/dxhat_ij (x_ij - mu_j) (v_j)^(-3/2)"),
    ("beyond/huber.gradient", "clip(r, -delta, delta)"),
    ("004/Q1.2", "(2w)^T x\n= 2 (w^T x)\n= 2 w^T x"), ("002/4c", r"(X^T X + \lambda I)^{-1} X^T y"),
    ("000/8e.value", r"X^\top\left(\hat{Y} - Y\right)"), ("001/7.4", r"\hat{y}_i - \mathbb{1}[i = k]"),
    ("beyond/vae.mu", "dL/dz + mu"), ("001/7.4.vector", r"\operatorname{softmax}(z_2) - y"),
    ("000/6b", "sum_i (p_i - y_i) x_i"), ("001/3.1", "np.exp(x) / np.exp(x).sum() * (1 - np.exp(x) / np.exp(x).sum())"),
]  # fmt: skip
"""Parts, and what is typed there, in every way of writing."""


async def typist(load: Load) -> None:
    """One student types answers key by key, and waits at each for how it is read. The first of a part, for which a
    worker derives it, is counted apart."""
    known = set()
    for part, text in TYPED:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=60, verify=False) as client:
            page = await load.timed("question", client, "GET", f"/part/{part}")
            for end in range(1, len(text) + 1):
                sent = {"token": field(page, "token"), "part": part, "answer": text[:end]}
                what = "read as" if part in known else "read as, a part's first"
                read = await load.timed(what, client, "POST", "/read", data=sent)
                load.busy += '"busy"' in read
                known.add(part)
                await asyncio.sleep(0.06)


async def preview(url: str) -> int:
    server = serve(url, {**os.environ, "PYTHONPATH": str(ROOT)})
    await ready()
    await asyncio.sleep(5)  # the workers load what they read with
    load, busy = Load(), os.getloadavg()[0]
    await typist(load)
    server.send_signal(signal.SIGINT)
    server.wait(30)
    print(f"one student, load average {busy:.1f} before and {os.getloadavg()[0]:.1f} after")
    table(load)
    print(f"  left out {load.busy};  errors {dict(load.failed) or 0}")
    return 1 if load.failed or load.busy else 0


def table(load: Load) -> None:
    """Each kind of request, how often, and how long it took."""
    for what, rows in load.seconds.items():
        rows.sort()
        p50, p95 = (1000 * rows[int(len(rows) * q)] for q in (0.5, 0.95))
        print(f"  {what:<24} {len(rows):>6}   p50 {p50:7.0f} ms   p95 {p95:7.0f} ms")


def serve(url: str, environment: dict[str, str], *more: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "checker", "serve", "--port", str(PORT), "--database", url, *more]
    return subprocess.Popen(argv, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def ready() -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}") as client:
        for _ in range(300):
            with contextlib.suppress(httpx.HTTPError):
                await client.get("/me")
                return
            await asyncio.sleep(0.1)
    raise SystemExit("the server does not answer")


async def run(url: str, count: int, seconds: float, kill: bool) -> int:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    made = serve(url, environment, "--new-class", "Load")
    said, _ = made.communicate(timeout=60)
    link = re.search(r"/join/(\S+)", said)
    assert link is not None, said
    server = serve(url, environment)
    await ready()
    load, begun = Load(), time.monotonic()
    students = [asyncio.create_task(student(k, link[1], load, begun + seconds)) for k in range(count)]
    if kill:
        await asyncio.sleep(seconds / 3)
        threads = Path(f"/proc/{server.pid}/task").iterdir()
        workers = [pid for thread in threads for pid in (thread / "children").read_text().split()]
        os.kill(int(workers[0]), signal.SIGKILL)
        await asyncio.sleep(seconds / 6)
        load.down = True
        server.kill()
        server.wait()
        server = serve(url, environment)
        await ready()
        await asyncio.sleep(2)
        load.down = False
    await asyncio.gather(*students)
    took = time.monotonic() - begun
    store = Store(engine_of(url))
    for _ in range(60):
        if not store.waiting():
            break
        await asyncio.sleep(0.5)
    with store.reading() as base:
        kept = set(base.scalars(select(schema.submission.c.id)))
        judged = base.scalar(select(func.count()).select_from(schema.verdict)) or 0
    server.send_signal(signal.SIGINT)
    server.wait(30)
    print(f"{count} students, {took:.0f} s, {store.engine.dialect.name}{', killed in the middle' if kill else ''}")
    table(load)
    every = sum(map(len, load.seconds.values()))
    print(f"  answers judged a second   {load.judged / took:.1f};  requests a second {every / took:.0f}")
    lost = load.acknowledged - kept
    print(
        f"  acknowledged {len(load.acknowledged)}, of them lost {len(lost)}; kept {len(kept)}, with a verdict {judged}"
    )
    print(f"  left out of what is read while typing: {load.busy}")
    failed = {what: n for what, n in load.failed.items() if what != "down"}
    print(f"  errors {failed or 0}" + (f"; while the server was down {load.failed['down']}" if kill else ""))
    return 0 if not lost and judged == len(kept) and not failed else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--preview", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        url = stack.enter_context(running()) if args.postgres else file_url(Path(folder))
        if url is None:
            raise SystemExit("there is no PostgreSQL with psycopg here")
        if args.preview:
            return asyncio.run(preview(url))
        return asyncio.run(run(url, args.students, args.seconds, args.kill))


if __name__ == "__main__":
    sys.exit(main())
