"""A launcher that tells what a process can know of itself, as dbt would find it.

`facts`; `wait`: print its own, its parent's and a child's number, then wait for a signal; `exit N`; `leave N`: at once;
`kill N`: itself; `line`: print stdin; `pipe`: print until the reader is gone; `random`; `raise`; `words`: end with them;
`late`, `later`: leave much to the end of Python, and a thread besides.
"""
import gc, io, json, locale, os, random, resource, signal, subprocess, sys, threading, time

def stream(one):
    raw = getattr(one.buffer, "raw", one.buffer)
    return [one.name, one.mode, one.encoding, one.errors, one.line_buffering, one.write_through,
            one.newlines, one.isatty(), type(one.buffer).__name__, raw.name, raw.closefd,
            one is getattr(sys, "__" + one.name[1:-1] + "__")]

def facts():
    mask = os.umask(0)
    os.umask(mask)
    def size():
        try:
            return list(os.get_terminal_size(1))
        except OSError:
            return None
    # The first process of a chain that only starts another tells what that one inherits.
    inside = ("import os; print(sorted(os.listdir('/proc/self/fd')))")
    names = [n for n in dir(signal) if n.startswith("SIG") and not n.startswith("SIG_")]
    children = subprocess.run([sys.executable, "-I", "-c", inside], capture_output=True, text=True)
    return {
        "argv": [os.fsencode(word).hex() for word in sys.argv],
        "env": sorted((k.hex(), v.hex()) for k, v in os.environb.items()),
        "getenv": subprocess.run(["env", "-0"], capture_output=True).stdout.hex(),
        "cwd": os.getcwd(), "umask": mask, "path": sys.path, "flags": str(sys.flags),
        "executable": [sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix],
        "main": [__name__, __file__, __spec__, sys.modules["__main__"].__file__],
        "streams": [stream(one) for one in (sys.stdin, sys.stdout, sys.stderr)],
        "fds": sorted(os.listdir("/proc/self/fd")), "inherited": children.stdout,
        "signals": {n: str(signal.getsignal(getattr(signal, n))) for n in names},
        "mask": sorted(map(str, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "wakeup": signal.set_wakeup_fd(-1),
        "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT")},
        "nice": os.nice(0), "cpus": sorted(os.sched_getaffinity(0)), "size": size(),
        "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
        "zone": [time.tzname, time.strftime("%H:%M", time.localtime(86400 * 180))],
        "locale": [locale.setlocale(c) for c in (locale.LC_CTYPE, locale.LC_TIME, locale.LC_NUMERIC)],
        "encoding": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), locale.getpreferredencoding()],
        "threads": threading.active_count(), "gc": [gc.isenabled(), gc.get_threshold()],
        "modules": "dbt.cli.main" in sys.modules, "recursion": sys.getrecursionlimit(),
        "hooks": [sys.excepthook is sys.__excepthook__],
    }

what = sys.argv[1] if len(sys.argv) > 1 else "facts"
if what == "facts":
    print(json.dumps(facts()))
elif what == "wait":
    helper = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        print("waiting", os.getpid(), os.getppid(), helper.pid, flush=True)
        helper.wait()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(41)
elif what == "exit":
    sys.exit(int(sys.argv[2]))
elif what == "kill":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(int(sys.argv[2]), signal.SIG_DFL) if int(sys.argv[2]) != 9 else None
    os.kill(os.getpid(), int(sys.argv[2]))
elif what == "line":
    print("got", sys.stdin.readline().strip(), sys.stdin.read(), flush=True)
    print("to stderr", file=sys.stderr)
elif what == "pipe":
    while True:
        print("x" * 1000)
elif what == "random":
    import uuid
    print(random.random(), uuid.uuid4())
elif what in ("late", "later"):
    # What Python does between the last line of a program and its end.
    import atexit, concurrent.futures, tempfile, weakref
    class Held:
        cycle = None
    held = Held()
    held.cycle = held
    weakref.finalize(held, print, "finalized")
    atexit.register(print, "at exit")
    atexit.register(lambda: print("at exit", file=sys.stderr))
    kept = tempfile.TemporaryDirectory(prefix="probe-")
    executor = concurrent.futures.ThreadPoolExecutor(1)
    executor.submit(lambda: (time.sleep(0.2), print("from the pool")))
    if what == "later":
        threading.Thread(target=lambda: (time.sleep(0.6), print("from a thread"))).start()
    sys.stdout.write("no newline")
    sys.exit(3)
elif what == "words":
    sys.exit("words")
elif what == "leave":
    os._exit(int(sys.argv[2]))
elif what == "raise":
    raise ValueError("as it is")
