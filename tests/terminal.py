"""Runs a program on a pseudo-terminal and types answers when their questions appear.

Reads {"argv": [...], "answers": [{"on": text, "type": text}, ...]} from stdin, prints what the terminal showed, and
ends with the program's exit code, or with 124 when a question did not appear within 60 seconds or before the program ended.
"""
import json
import os
import pty
import select
import sys
import time

plan = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.execvp(plan["argv"][0], plan["argv"])

shown = b""
seen = 0
answers = plan["answers"]
deadline = time.monotonic() + 60
while True:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        shown += piece
    if answers:
        at = shown.find(answers[0]["on"].encode(), seen)
        if at >= 0:
            seen = at + len(answers[0]["on"].encode())
            os.write(terminal, answers.pop(0)["type"].encode())
            deadline = time.monotonic() + 60
    if time.monotonic() > deadline:
        os.kill(child, 9)
        break
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
if answers:
    print("\nnever shown: " + answers[0]["on"], file=sys.stderr)
    sys.exit(124)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
