"""Spark starts this script for each task: afterhours_task.py MARK FILTER OPTION...

Reads file names on stdin and passes them to the filter, which is in the folder of this script. Writes
the lines of the filter, then one more line: MARK and a JSON object with the filter's exit status, its
counts and its messages, which the job evaluates. Needs only Python's standard library.
"""

import json
import os
import subprocess
import sys
import tempfile

MOST_WORDS = 100  # lines of stderr that go to the driver; the executor's log has all of them


def main():
    mark, filter, *options = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    command = [os.path.join(here, filter), *options, "--files-from", "-", "--stats=json"]
    with tempfile.TemporaryFile() as words, tempfile.TemporaryDirectory(prefix="afterhours-") as empty:
        # If no input can be read, the filter exits with 2, as for an invalid option, and the job would
        # fail. That is wrong here, because a task has only some of the files. With a folder that can be
        # listed, the filter exits with 1.
        command += ["--", empty]
        # The filter inherits stdin. It runs in this folder, which also has its configuration.
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, cwd=here)
        for line in child.stdout:
            sys.stdout.buffer.write(as_text(line))
        status = child.wait()
        words.seek(0)
        words = words.read().decode("utf-8", "replace").splitlines()
    sys.stderr.write("".join(word + "\n" for word in words))
    counts = [json.loads(word)["afterhours"] for word in words if word.startswith('{"afterhours":')]
    words = [word for word in words if not word.startswith('{"afterhours":')]
    if len(words) > MOST_WORDS:
        words[MOST_WORDS:] = [f"afterhours: {len(words) - MOST_WORDS} more lines are in the log of the executor"]
    print(mark + json.dumps({"status": status, "counts": counts[-1] if counts else {}, "words": words}))


def as_text(line):
    """Spark's lines are UTF-8, and any other line would fail the job. Invalid bytes become U+FFFD, as in
    Spark's own readers."""
    try:
        line.decode("utf-8")
        return line
    except UnicodeDecodeError:
        return line.decode("utf-8", "replace").encode("utf-8")


if __name__ == "__main__":
    main()
