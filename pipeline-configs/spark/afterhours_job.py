#!/usr/bin/env python3
"""Runs the filter over CloudTrail files on Apache Spark, with `pipe()`.

    spark-submit afterhours_job.py --filter ./afterhours --out OUT IN... [-- OPTIONS OF THE FILTER]

Spark hands out file names. The filter opens, decompresses and searches the files itself, so only the
after-hours sign-ins pass through Python and the JVM. OUT gets one part for each task, in the order of
the input: `cat OUT/part-*` is what one machine prints.

IN are files and folders that every executor sees under the same path (NFS, EFS, FSx, Mountpoint for
S3); or, with --copy, anything that Spark reads (s3a://, hdfs://, gs://, with wildcards): each task
then first copies its own files, compressed as they are, to its disk.

Exit status, like that of the filter: 0 everything was read; 1 some inputs could not be read, and are
named; 2 no input could be read, or the job failed.
"""

import argparse
import calendar
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import uuid

from py4j.protocol import Py4JJavaError
from pyspark import SparkFiles, TaskContext
from pyspark.accumulators import AccumulatorParam
from pyspark.sql import SparkSession

TASK = "afterhours_task.py"


def main():
    args = arguments()
    refuse_early(args)
    # For --copy: the size of a task, and that folders are read recursively.
    settings = {
        "spark.files.maxPartitionBytes": args.split * 1_000_000,
        "spark.files.openCostInBytes": 0,
        "spark.hadoop.mapreduce.input.fileinputformat.input.dir.recursive": "true",
    }
    sc = SparkSession.builder.appName("afterhours").config(map=settings).getOrCreate().sparkContext
    here = os.path.dirname(os.path.abspath(__file__))
    for path in (args.filter, os.path.join(here, TASK), args.config):
        if path:
            sc.addFile(path)

    mark = uuid.uuid4().hex  # unpredictable, so that no record can contain it
    listing = Listing([] if args.copy else args.paths)
    names = copied(sc, args, mark) if args.copy else listed(sc, args, listing)
    said = sc.accumulator([], Lists())
    lines = names.pipe(command(sc, args, mark), environment(), checkCode=True).mapPartitions(sort_out(mark, said))
    try:
        lines.saveAsTextFile(args.out)
    except Py4JJavaError as error:
        sys.exit(fatal(error))
    sys.exit(report(listing, said.value))


def arguments():
    own, filters = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, filters = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filter", required=True, metavar="FILE", help="the filter, built for the executors")
    parser.add_argument("--config", metavar="FILE", help="its configuration file; sent to the executors")
    parser.add_argument("--out", required=True, help="output folder; it must not exist")
    parser.add_argument("--split", type=int, default=64, metavar="MB", help="size of the files for one task, as stored (default 64)")
    parser.add_argument("--copy", action="store_true", help="let Spark read the files; IN may be anything that Spark reads")
    parser.add_argument("paths", nargs="+", metavar="IN")
    args = parser.parse_args(own)
    args.options = [*(["--config", os.path.basename(args.config)] if args.config else []), *filters]
    return args


def refuse_early(args):
    """Runs the filter over nothing on the driver, so that an invalid option is reported once, and not by
    every task four times. Rejects channels: every executor would have its own outbox, and people would
    be notified of last year's sign-ins."""
    if args.config and re.search(r"^\s*\[+\s*notify\b", open(args.config, encoding="utf-8").read(), re.MULTILINE):
        sys.exit(complain(f"{args.config}: [notify]: archives are searched without notifications; remove the channels", 2))
    folder = os.path.dirname(os.path.abspath(args.config or args.filter))
    filter = os.path.abspath(args.filter)
    try:
        command = [filter, *args.options, "--files-from", os.devnull]
        ended = subprocess.run(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True)
    except OSError as error:
        sys.exit(complain(f"{args.filter}: {error.strerror}", 2))
    if ended.returncode:
        sys.stderr.write(ended.stderr)
        sys.exit(2)


def environment():
    """The whole environment of a task. Without it, pipe() passes an empty one."""
    return {"PATH": os.environ.get("PATH", "") + ":/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def command(sc, args, mark):
    # Executors run in the folder to which Spark sends files. A local master runs where it was started,
    # and the files are elsewhere.
    local = sc.master == "local" or sc.master.startswith("local[")
    folder = SparkFiles.getRootDirectory() if local else "."
    cores = sc.getConf().get("spark.task.cpus", "1")
    task = [sc.pythonExec, os.path.join(folder, TASK), mark, os.path.basename(args.filter)]
    return shlex.join([*task, "--threads", cores, *args.options])


def listed(sc, args, listing):
    """File names, cut into parts of one split each: the parts stay in order and have equal weight."""
    # pipe() writes lines of UTF-8. Any other name would raise in its thread, and the task would hang.
    unsayable = [name for name, _ in listing.files if not sayable(name)]
    listing.missed += [f"{name!r}: a name with a line break, or not in UTF-8, cannot be passed to a task" for name in unsayable]
    files = [(name, length) for name, length in listing.files if sayable(name)]
    # Small archives are cut into smaller parts, so that every core has work, and the last one finishes
    # soon after the others.
    most = min(args.split * 1_000_000, sum(length for _, length in files) // (2 * sc.defaultParallelism))
    parts, room = [[]], most
    for name, length in files:
        if room <= 0:
            parts.append([])
            room = most
        parts[-1].append(name)
        room -= length
    return sc.parallelize(parts, len(parts)).flatMap(lambda part: part)


def sayable(name):
    try:
        return "\n" not in name and bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


class Listing:
    """The files of IN, listed as the filter itself walks folders (src/bin/afterhours/input/files/): in
    the order of the bytes of their paths, with the same links followed and the same files skipped. The
    filter checks the dates, in the names that it gets."""

    def __init__(self, paths):
        self.files = []  # (path, size)
        self.missed = []
        self.folders = 0  # those that could be listed
        self.passed_over = 0
        # Not abspath(): after a link, `..` leads elsewhere.
        paths = [os.path.join(os.getcwd(), path) for path in paths]
        self.read = [os.path.realpath(path) for path in paths]
        for path in paths:
            if os.path.isdir(path):
                self.walk(path)
            else:
                self.files.append((path, size(path)))  # the filter reports it if it cannot be read

    def walk(self, root):
        top, ahead = os.path.realpath(root), [(root, place_of(root), False, None)]  # a stack: the next one is last
        while ahead:
            path, place, link, length = ahead.pop()
            if length is not None:
                self.files.append((path, length))
            elif place == "aside" or link and not self.follow(path, top):
                self.passed_over += 1
            else:
                ahead += self.inside(path, place)

    def inside(self, folder, place):
        """The entries of a folder, as far as it can be listed, in reverse order."""
        found = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        about, link = os.stat(entry.path), entry.is_symlink()
                    except OSError:
                        # The filter cannot open it either, and reports why.
                        found.append((os.fsencode(entry.name), (entry.path, place, False, 0)))
                        continue
                    if stat.S_ISDIR(about.st_mode):
                        inner = (entry.path, enter(place, entry.name), link, None)
                        found.append((os.fsencode(entry.name) + b"/", inner))
                    elif stat.S_ISREG(about.st_mode):
                        found.append((os.fsencode(entry.name), (entry.path, place, link, about.st_size)))
                    else:
                        # A pipe or a device may never end, and was not named.
                        self.passed_over += 1
            self.folders += 1
        except OSError as error:
            self.missed.append(f"{folder}: {error.strerror}")
        return [entry for _, entry in sorted(found, reverse=True)]

    def follow(self, link, top):
        """Whether to walk the folder to which a link leads. Never one that is read by its own path, was
        reached by another link, or contains the folder that is walked."""
        end = os.path.realpath(link)
        if within(top, end) or within(end, top) or any(within(end, read) for read in self.read):
            return False
        self.read.append(end)
        return True


def within(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


# The name of a region, also of one that does not exist yet.
REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def place_of(path):
    """The position of a folder in a bucket. A folder named in IN is never "aside"."""
    place = "elsewhere"
    # With `..`, the parent of a folder depends on the links in its path.
    names = path.split("/")
    for name in os.path.realpath(path).split("/") if ".." in names else names:
        if name not in ("", "."):
            place = enter(place, name)
    return "elsewhere" if place == "aside" else place


def enter(place, name):
    """The position of the entry `name` in `place`, as in date_partitions.rs: a word, or the numbers of
    a date below a region. "aside" is what contains no sign-ins: digests and Insights."""
    is_date = isinstance(place, tuple)
    if place == "aside" or is_date and len(place) == 3 and name not in ("AWSLogs", "CloudTrail"):
        return place
    if place == "account" and name in ("CloudTrail-Digest", "CloudTrail-Insight"):
        return "aside"
    if place == "trail" and REGION.fullmatch(name):
        return ()
    if is_date and len(place) < 3 and re.fullmatch("[0-9]{4}" if place == () else "[0-9]{2}", name):
        date = (*place, int(name))
        if in_calendar(date):
            return date
    if name == "CloudTrail":
        return "trail"
    return "account" if re.fullmatch("[0-9]{12}", name) else "elsewhere"


def in_calendar(date):
    """Whether this year, month or day exists."""
    year, month, day = (*date, 1, 1)[:3]
    # Any year is valid. The calendar of 2000 + year % 400 is the same, and Python starts at year 1.
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000 + year % 400, month)[1]


def size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def copied(sc, args, mark):
    """The file names of the copies. All files of a task are copied before the filter starts: an error
    while pipe() is already reading would be lost in its thread, and the task would hang."""

    def copy(files):
        folder, names = copies(mark), []
        for name, content in files:
            path = os.path.join(folder, name.split(":", 1)[-1].lstrip("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(content)
            names.append(path)
        return names

    return sc.binaryFiles(",".join(args.paths), 2 * sc.defaultParallelism).mapPartitions(copy)


def copies(mark):
    """The folder with the copies of this attempt of this task."""
    return os.path.join(tempfile.gettempdir(), f"afterhours-{mark}-{TaskContext.get().taskAttemptId()}")


def sort_out(mark, said):
    """Passes lines on, and the report of the filter to the driver, once for each committed part."""

    def sort(lines):
        folder, report = copies(mark), None
        try:
            for line in lines:
                if line.startswith(mark):
                    report = json.loads(line[len(mark) :])
                else:
                    yield line
            # A filter that was stopped by a signal exits with 0 and has not read everything.
            complete = report is not None and report["counts"].get("inputs", {}).get("complete", False)
            if not complete or report["status"] not in (0, 1):
                raise RuntimeError(f"the filter ended early: {json.dumps(report)}")
            report["words"] = [word.replace(folder + "/", "") for word in report["words"]]
            said.add([report])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return sort


class Lists(AccumulatorParam):
    def zero(self, value):
        return []

    def addInPlace(self, value1, value2):
        value1.extend(value2)
        return value1


def report(listing, said):
    # Include what the driver found while it listed the files.
    inputs = {"read": 0, "failed": len(listing.missed), "passed_over": listing.passed_over}
    counts, words = {"inputs": inputs}, {}
    for part in said:
        add(counts, part["counts"])
        words.update(dict.fromkeys(part["words"]))  # print a message of several tasks once
    for word in words:
        print(word, file=sys.stderr)
    for path in listing.missed:
        complain(path, 1)
    status = int(bool(listing.missed) or any(part["status"] for part in said))
    # For one task this is not unusual. For the whole job it is most likely a mistake in IN.
    if inputs["failed"] and not inputs["read"] and not counts.get("bytes") and not listing.folders:
        status = complain("none of the inputs could be read", 2)
    print(json.dumps({"afterhours": counts, "tasks": len(said)}), file=sys.stderr)
    return status


def add(sums, counts):
    for name, count in counts.items():
        if isinstance(count, dict):
            add(sums.setdefault(name, {}), count)
        elif isinstance(count, bool):
            sums[name] = sums.get(name, True) and count
        else:
            sums[name] = sums.get(name, 0) + count


def fatal(error):
    """Prints the one line that matters; Spark's own lines are in its log."""
    text = str(error)  # includes nested causes
    found = re.search(r"RuntimeError: (.*)", text) or re.search(r"Exception: (.*)", text)
    return complain(found.group(1) if found else text, 2)


def complain(words, status):
    print(f"afterhours_job: {words}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()
