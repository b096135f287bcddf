#!/usr/bin/env python3
"""A stand-in for dbt where dbt itself is not the point: records its arguments, folder, environment and number.

FAKE_DBT_EXIT: exit code. FAKE_DBT_STDOUT: text to print. FAKE_DBT_DEPS_EXIT: exit code of `deps`.
FAKE_DBT_WAIT: wait for a signal; each one that comes is recorded, and it ends with 100 + its number.
FAKE_DBT_STUBBORN: like FAKE_DBT_WAIT, but it does not end, and neither does a child that it starts.
FAKE_DBT_NODES: JSON of the project's nodes with the statuses that the run gives them (null: not run);
FAKE_DBT_SCHEMA: where they lie. FAKE_DBT_WRITES: JSON of files that it writes, by path; FAKE_DBT_DIES: it then kills itself.
FAKE_DBT_LOG: what it logs below --log-path.
`deps` makes dbt_packages/; other commands write manifest.json, those that build run_results.json, below --target-path.
"""
import datetime
import json
import os
import signal
import sys

RECORD = "@RECORD@"


def record(entry):
    with open(RECORD, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


# Who it is it says to anybody; that is no run.
if sys.argv[1:] == ["--version"]:
    print("Core:\n  - installed: 1.11.0")
    sys.exit(0)


def value(name):
    for at, word in enumerate(sys.argv):
        if word == name and at + 1 < len(sys.argv):
            return sys.argv[at + 1]
    return None


record({"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "pid": os.getpid()})
command = sys.argv[1] if len(sys.argv) > 1 else ""
if command == "deps":
    code = int(os.environ.get("FAKE_DBT_DEPS_EXIT", "0"))
    if code == 0:
        package = os.path.join(value("--project-dir") or ".", "dbt_packages", "fake")
        os.makedirs(package, exist_ok=True)
        with open(os.path.join(package, "dbt_project.yml"), "w", encoding="utf-8") as file:
            file.write("name: fake\n")
    print("fake deps")
    sys.exit(code)
if "FAKE_DBT_STDOUT" in os.environ:
    print(os.environ["FAKE_DBT_STDOUT"])
target = value("--target-path")
statuses = json.loads(os.environ.get("FAKE_DBT_NODES", "{}"))
schema = os.environ.get("FAKE_DBT_SCHEMA") or "fake" + os.environ.get("DOT_SCHEMA_SUFFIX", "")
nodes = {id: {"resource_type": id.split(".")[0], "schema": schema, "alias": id} for id in statuses}
if target:
    os.makedirs(target, exist_ok=True)
    with open(os.path.join(target, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump({"metadata": {}, "nodes": nodes}, file)
    if command in ("build", "clone", "retry", "run", "seed", "snapshot", "test"):
        results = [{"unique_id": id, "status": status, "relation_name": schema + ".x"} for id, status in statuses.items() if status]
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        with open(os.path.join(target, "run_results.json"), "w", encoding="utf-8") as file:
            json.dump({"metadata": {"generated_at": now}, "results": results}, file)
if "FAKE_DBT_LOG" in os.environ:
    os.makedirs(value("--log-path"), exist_ok=True)
    with open(os.path.join(value("--log-path"), "dbt.log"), "a", encoding="utf-8") as file:
        file.write("=" * 20 + os.environ["FAKE_DBT_LOG"])
if command != "deps":
    for path, text in json.loads(os.environ.get("FAKE_DBT_WRITES", "{}")).items():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
if "FAKE_DBT_DIES" in os.environ:
    os.kill(os.getppid(), signal.SIGKILL)
if "FAKE_DBT_STUBBORN" in os.environ:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: record({"signal": signal.Signals(number).name}))
    pid = os.fork()
    if pid != 0:
        record({"child": pid})
        print("stubborn", flush=True)
    while True:
        signal.pause()
if "FAKE_DBT_WAIT" in os.environ:
    def on_signal(number, _frame):
        record({"signal": signal.Signals(number).name})
        sys.exit(100 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    print("waiting", flush=True)
    while True:
        signal.pause()
sys.exit(int(os.environ.get("FAKE_DBT_EXIT", "0")))
