"""What Spark starts for each task: afterhours_task.py MARK FILTER OPTION...

Names of files come in on stdin and go to the filter, which lies beside this file. Its lines go out. Behind them comes one more: MARK
and a JSON object with the filter's exit status, its counts and its words; the job decides what they mean. Needs Python's standard library.
"""

import json
import os
import subprocess
import sys
import tempfile

MOST_WORDS = 100  # lines of stderr that a task hands to the driver; all of them are in the executor's log


def main():
    mark, filter, *options = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    command = [os.path.join(here, filter), *options, "--files-from", "-", "--stats=json"]
    with tempfile.TemporaryFile() as words, tempfile.TemporaryDirectory(prefix="afterhours-") as empty:
        # Where not one of the inputs can be read, the filter ends with 2, as it does for a wrong option, and the job would end with it. Of
        # a task's files that says little: they are some of many. With a folder that can be listed the filter ends with 1.
        command += ["--", empty]
        # stdin is the filter's from here on. It works in this folder, where its configuration lies too.
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
        words[MOST_WORDS:] = [f"afterhours: {len(words) - MOST_WORDS} more lines are in the log of an executor"]
    print(mark + json.dumps({"status": status, "counts": counts[-1] if counts else {}, "words": words}))


def as_text(line):
    """Spark's lines are UTF-8, and one that is not would end the job. What cannot be read becomes U+FFFD, as Spark's own readers do."""
    try:
        line.decode("utf-8")
        return line
    except UnicodeDecodeError:
        return line.decode("utf-8", "replace").encode("utf-8")


if __name__ == "__main__":
    main()
