#!/usr/bin/env python3
"""Runs the filter over CloudTrail files on Apache Spark, with `pipe()`.

    spark-submit afterhours_job.py --filter ./afterhours --out OUT IN... [-- OPTIONS OF THE FILTER]

Spark hands out names of files. The filter opens, unpacks and searches them itself, so that of all the records only the sign-ins that
go out pass through Python and the JVM. OUT gets one part a task, in the order of the input: `cat OUT/part-*` is what one machine prints.

IN are files and folders that every executor sees under the same path (NFS, EFS, FSx, Mountpoint for S3); or, with --copy, whatever Spark
reads (s3a://, hdfs://, gs://, with wildcards): a task then first copies its own files, gzipped as they are, to its disk.

Exit status, as the filter's: 0 all was read; 1 some of it could not be, and is named; 2 none of it could be, or the job did not come to
its end.
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
    # For --copy: how many files a task gets, and that folders in folders are looked into.
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

    mark = uuid.uuid4().hex  # nobody who wrote a record can have known it
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
    parser.add_argument("--filter", required=True, metavar="FILE", help="the program, built for the executors")
    parser.add_argument("--config", metavar="FILE", help="its file of schedules and rules; sent along")
    parser.add_argument("--out", required=True, help="a folder that does not exist yet")
    parser.add_argument("--split", type=int, default=64, metavar="MB", help="bytes of files, as they are, for one task (64)")
    parser.add_argument("--copy", action="store_true", help="have Spark read the files; IN may be anything that Spark knows")
    parser.add_argument("paths", nargs="+", metavar="IN")
    args = parser.parse_args(own)
    args.options = [*(["--config", os.path.basename(args.config)] if args.config else []), *filters]
    return args


def refuse_early(args):
    """The filter over nothing, here: a wrong option is said once, and not by every task four times. And no channels: every executor would
    keep an outbox of its own, and nobody wants to be woken by last year."""
    if args.config and re.search(r"^\s*\[+\s*notify\b", open(args.config, encoding="utf-8").read(), re.MULTILINE):
        sys.exit(complain(f"{args.config}: [notify] tells people, which is no job for an archive; leave the channels out", 2))
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
    """All that a task sees of any environment; pipe() would pass on nothing."""
    return {"PATH": os.environ.get("PATH", "") + ":/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def command(sc, args, mark):
    # Executors work in the folder that Spark sends files to. A local master works where it was started, and they lie elsewhere.
    local = sc.master == "local" or sc.master.startswith("local[")
    folder = SparkFiles.getRootDirectory() if local else "."
    cores = sc.getConf().get("spark.task.cpus", "1")
    task = [sc.pythonExec, os.path.join(folder, TASK), mark, os.path.basename(args.filter)]
    return shlex.join([*task, "--threads", cores, *args.options])


def listed(sc, args, listing):
    """Names, cut where the files before amount to a split: parts stay in order, and weigh alike."""
    # pipe() hands on lines of UTF-8. It would lose anything else in a thread of its own, and the task would wait for ever.
    unsayable = [name for name, _ in listing.files if not sayable(name)]
    listing.missed += [f"{name!r}: neither a line break nor anything but UTF-8 can be handed on" for name in unsayable]
    files = [(name, length) for name, length in listing.files if sayable(name)]
    # Small archives are cut finer, so that every core has something to do, and the last one not much longer than the others.
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
    """The files of IN, as the filter itself takes folders apart (src/program/archive/): in the order of their paths' bytes, the same
    links followed, and the same things passed over. Dates are left to the filter, which looks at them in the names that it gets."""

    def __init__(self, paths):
        self.files = []  # and how long each is
        self.missed = []
        self.folders = 0  # that could be listed
        self.passed_over = 0
        # No abspath: behind a link, `..` leads elsewhere.
        paths = [os.path.join(os.getcwd(), path) for path in paths]
        self.read = [os.path.realpath(path) for path in paths]
        for path in paths:
            if os.path.isdir(path):
                self.walk(path)
            else:
                self.files.append((path, size(path)))  # whatever it is, or is not, is the filter's to say

    def walk(self, root):
        top, ahead = os.path.realpath(root), [(root, place_of(root), False, None)]  # the next one last
        while ahead:
            path, place, link, length = ahead.pop()
            if length is not None:
                self.files.append((path, length))
            elif place == "aside" or link and not self.follow(path, top):
                self.passed_over += 1
            else:
                ahead += self.inside(path, place)

    def inside(self, folder, place):
        """What a folder holds, as far as it can be listed, the last first."""
        found = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        about, link = os.stat(entry.path), entry.is_symlink()
                    except OSError:
                        # The filter cannot open it either, and will say why.
                        found.append((os.fsencode(entry.name), (entry.path, place, False, 0)))
                        continue
                    if stat.S_ISDIR(about.st_mode):
                        inner = (entry.path, enter(place, entry.name), link, None)
                        found.append((os.fsencode(entry.name) + b"/", inner))
                    elif stat.S_ISREG(about.st_mode):
                        found.append((os.fsencode(entry.name), (entry.path, place, link, about.st_size)))
                    else:
                        # A pipe or a device might never end, and nobody named it.
                        self.passed_over += 1
            self.folders += 1
        except OSError as error:
            self.missed.append(f"{folder}: {error.strerror}")
        return [entry for _, entry in sorted(found, reverse=True)]

    def follow(self, link, top):
        """Whether to walk the folder that a link leads to. Never one that is read at its own place, or was by another link, or that
        holds the folder which is walked."""
        end = os.path.realpath(link)
        if within(top, end) or within(end, top) or any(within(end, read) for read in self.read):
            return False
        self.read.append(end)
        return True


def within(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


# Of a region, also of one that does not exist yet.
REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def place_of(path):
    """Where in a bucket a folder is. One that somebody named is never aside."""
    place = "elsewhere"
    # What is above a folder depends on where links lead.
    names = path.split("/")
    for name in os.path.realpath(path).split("/") if ".." in names else names:
        if name not in ("", "."):
            place = enter(place, name)
    return "elsewhere" if place == "aside" else place


def enter(place, name):
    """The place of what has this name here, as between.rs has it: a word, or the numbers of a date below a region. Aside is what holds no
    sign-ins: digests and Insights."""
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
    """Whether a year, a month or a day is one."""
    year, month, day = (*date, 1, 1)[:3]
    # Any year goes; the calendar of 2000 + year % 400 is the same, and Python's begins with 1.
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000 + year % 400, month)[1]


def size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def copied(sc, args, mark):
    """The names of copies. All of a task's files are there before the filter starts: what fails while pipe() already reads would be
    lost in its thread, and the task would wait for ever."""

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
    """Where this attempt at this task has its copies."""
    return os.path.join(tempfile.gettempdir(), f"afterhours-{mark}-{TaskContext.get().taskAttemptId()}")


def sort_out(mark, said):
    """Lines go on; what the filter said is for the driver, once for each part that counts."""

    def sort(lines):
        folder, report = copies(mark), None
        try:
            for line in lines:
                if line.startswith(mark):
                    report = json.loads(line[len(mark) :])
                else:
                    yield line
            # Where somebody stopped the filter alone, it ended with 0 and had not read all.
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
    # What the driver found out while it listed is a part of the whole, too.
    inputs = {"read": 0, "failed": len(listing.missed), "passed_over": listing.passed_over}
    counts, words = {"inputs": inputs}, {}
    for part in said:
        add(counts, part["counts"])
        words.update(dict.fromkeys(part["words"]))  # what every task says is said once
    for word in words:
        print(word, file=sys.stderr)
    for path in listing.missed:
        complain(path, 1)
    status = int(bool(listing.missed) or any(part["status"] for part in said))
    # Of a task that would be nothing to speak of. Of the whole it is most likely a slip in IN.
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
    """One line of many: Spark's own are in its log."""
    text = str(error)  # with the causes of causes
    found = re.search(r"RuntimeError: (.*)", text) or re.search(r"Exception: (.*)", text)
    return complain(found.group(1) if found else text, 2)


def complain(words, status):
    print(f"afterhours_job: {words}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()
