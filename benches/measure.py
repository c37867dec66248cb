#!/usr/bin/env python3
"""Times commands side by side, and checks answers. Knows clocks, pipes and the kernel's accounts of a finished
child. Which commands are worth comparing is the caller's affair (`benches/compare`).

    measure.py race --bytes N --runs N --budget SECONDS [--json FILE] NAME COMMAND [NAME COMMAND]...
    measure.py memory FILE NAME COMMAND [NAME COMMAND]...
    measure.py peak NAME COMMAND [NAME COMMAND]...
    measure.py latency FILE LINES NAME COMMAND [NAME COMMAND]...
    measure.py judge RECORDS ALL OUTSIDE

Only Python's standard library, so that it runs where the program does.
"""

import argparse
import datetime
import json
import os
import select
import shlex
import statistics
import subprocess
import sys
import time


def pairs(words):
    return list(zip(words[::2], words[1::2]))


def row(name, *cells):
    print(f"  {name:<48}" + "".join(f"{cell:>{width}}" for cell, width in cells))


def spell(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size or unit == "us":
            return f"{seconds / size:.3g} {unit}" if seconds / size < 1000 else f"{seconds / size:.0f} {unit}"


def run_once(command):
    """Wall-clock seconds of one shell command line. Its own redirections say where the output goes."""
    begin = time.perf_counter()
    child = subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL)
    code = child.wait()
    seconds = time.perf_counter() - begin
    # 1 is "nothing found" for the searchers; a missing program or a crash is no measurement.
    if code not in (0, 1):
        sys.exit(f"measure: exit status {code}: {command}")
    return seconds


def race(args):
    """Everyone runs once unmeasured (the page cache, the CPU's clock), then in turns: A B C A B C. Drift of the machine
    then falls on all alike. Who has used up its time budget sits out the rest, and its row says how often it ran."""
    contenders = pairs(args.words)
    times = {name: [] for name, _ in contenders}
    spent = {name: run_once(command) for name, command in contenders}
    for _ in range(args.runs):
        for name, command in contenders:
            if times[name] and spent[name] > args.budget:
                continue
            seconds = run_once(command)
            times[name].append(seconds)
            spent[name] += seconds
    row("", ("median", 10), ("min", 10), ("max", 10), ("MB/s", 9), ("x time", 9), ("runs", 6))
    base = statistics.median(times[contenders[0][0]])
    for name, command in contenders:
        runs = times[name]
        middle = statistics.median(runs)
        rate = f"{args.bytes / middle / 1e6:.0f}" if args.bytes else "-"
        row(
            name,
            (spell(middle), 10),
            (spell(min(runs)), 10),
            (spell(max(runs)), 10),
            (rate, 9),
            (f"{middle / base:.2f}", 9),
            (len(runs), 6),
        )
        if args.json:
            with open(args.json, "a", encoding="utf-8") as out:
                found = {"case": args.case, "name": name, "seconds": runs, "median": middle, "bytes": args.bytes}
                out.write(json.dumps(found) + "\n")


def memory(args):
    """Peak resident set of the command alone while the file comes through a pipe. Read from the kernel while the pipe is still
    open: the figure of wait4(2) would have this script's own size as its floor, since a child begins as a copy of it."""
    row("", ("peak RSS", 12))
    for name, command in pairs(args.words):
        quiet = subprocess.DEVNULL
        child = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, bufsize=0)
        with open(args.file, "rb") as source:
            while piece := source.read(1 << 20):
                child.stdin.write(piece)
        time.sleep(0.3)  # what is still in the pipe
        try:
            with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
            row(name, (f"{peak / 1024:.1f} MiB", 12))
        except (OSError, StopIteration):
            row(name, ("unknown", 12))
        child.stdin.close()
        child.wait()


def peak(args):
    """Peak resident set of commands that read files by themselves, by the kernel's account of a finished child (wait4(2)). A child
    begins as a copy of this script, whose own size is thus the least that can be seen."""
    with open("/proc/self/status", encoding="ascii") as status:
        floor = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    row("", ("peak RSS", 12))
    for name, command in pairs(args.words):
        quiet = subprocess.DEVNULL
        child = subprocess.Popen(shlex.split(command), stdin=quiet, stdout=quiet, stderr=quiet)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            sys.exit(f"measure: exit status {child.returncode}: {command}")
        least = "under " if usage.ru_maxrss <= floor * 1.05 else ""
        row(name, (f"{least}{usage.ru_maxrss / 1024:.1f} MiB", 18))


def latency(args):
    """A line goes in, the pipe stays open, the answer comes out: how long between. Both ends are this script's, so its own
    cost is in every figure; `cat` in the table is that cost."""
    with open(args.file, "rb") as lines:
        lines = [line for line, _ in zip(lines, range(args.lines))]
    row("", ("p50", 10), ("p99", 10), ("max", 10), ("lines", 7))
    for name, command in pairs(args.words):
        child = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        into, out, took = child.stdin.fileno(), child.stdout.fileno(), []
        for line in lines:
            begin = time.perf_counter()
            os.write(into, line)
            answer = b""
            while not answer.endswith(b"\n"):
                if not select.select([out], [], [], 5)[0]:
                    break
                piece = os.read(out, 1 << 20)
                if not piece:
                    break
                answer += piece
            if not answer.endswith(b"\n"):
                break
            took.append(time.perf_counter() - begin)
        child.stdin.close()
        child.stdout.close()
        child.wait()
        if len(took) < len(lines):
            row(name, (f"held line {len(took) + 1} back for 5 s, or ended", 37))
            continue
        # The first lines pay for what is paid once.
        took = sorted(took[len(took) // 20 :])
        at = lambda part: spell(took[min(len(took) - 1, int(len(took) * part))])
        row(name, (at(0.5), 10), (at(0.99), 10), (spell(took[-1]), 10), (len(took), 7))


def judge(args):
    """Holds the filter to a second opinion: `records` are the IAM users' sign-ins another program found, `all` and `outside`
    what the filter forwarded with no hours and with its default ones (Monday to Friday, 09:00-17:00, UTC)."""

    def read(path):
        with open(path, "rb") as lines:
            return [line.rstrip(b"\n") for line in lines]

    def outside(line):
        moment = datetime.datetime.strptime(json.loads(line)["eventTime"], "%Y-%m-%dT%H:%M:%SZ")
        return moment.weekday() >= 5 or not 9 <= moment.hour < 17

    records = read(args.records)
    wrong = 0
    for what, expected, found in (
        ("with no hours", records, read(args.all)),
        ("outside Mon-Fri 09:00-17:00 UTC", [line for line in records if outside(line)], read(args.outside)),
    ):
        # The tag goes before the last brace: all bytes up to there are the record's, and what follows is JSON.
        same = len(expected) == len(found) and all(
            out.startswith(line[:-1]) and json.loads(out) for line, out in zip(expected, found)
        )
        wrong += not same
        verdict = "agree, byte for byte" if same else f"DISAGREE: expected {len(expected)}, found {len(found)}"
        print(f"  {what}: {len(found)} forwarded, {verdict}")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("race")
    verb.add_argument("--bytes", type=int, default=0)
    verb.add_argument("--runs", type=int, default=7)
    verb.add_argument("--budget", type=float, default=30)
    verb.add_argument("--json")
    verb.add_argument("--case", default="")
    verb.add_argument("words", nargs="+")
    verb.set_defaults(run=race)
    verb = verbs.add_parser("memory")
    verb.add_argument("file")
    verb.add_argument("words", nargs="+")
    verb.set_defaults(run=memory)
    verb = verbs.add_parser("peak")
    verb.add_argument("words", nargs="+")
    verb.set_defaults(run=peak)
    verb = verbs.add_parser("latency")
    verb.add_argument("file")
    verb.add_argument("lines", type=int)
    verb.add_argument("words", nargs="+")
    verb.set_defaults(run=latency)
    verb = verbs.add_parser("judge")
    verb.add_argument("records")
    verb.add_argument("all")
    verb.add_argument("outside")
    verb.set_defaults(run=judge)
    args = parser.parse_args()
    sys.exit(args.run(args))


if __name__ == "__main__":
    main()
