"""Keeps dbt imported, and forks a child for each run that a client asks for.

Usage: server.py SOCKET LAUNCHER IDLE. Standard library only; run by dbt's own interpreter; it ends after IDLE seconds
without work. The parent opens no connection and starts no thread, and reads nothing of a request: the child that it
forks does. See adr/0011.

Long because it is one program: dot writes it out as one file, which must need nothing beside it.
"""
import atexit
import fcntl
import gc
import importlib
import inspect
import io
import os
import pkgutil
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import types

POLL = 5
LONGEST = 8 * 1024 * 1024
PATIENCE = 5
# Given to the server for what looks for programs when it is imported; a change of it changes no import.
IGNORED = "PATH"
# What dbt checks in (nearly) every run.
CHECKED = (
    ("dbt.contracts.project", "Configuration"),
    ("dbt.contracts.project", "PackageConfig"),
    ("dbt.contracts.project", "ProfileConfig"),
    ("dbt.contracts.project", "Project"),
    ("dbt.contracts.project", "ProjectFlags"),
    ("dbt.contracts.selection", "SelectorFile"),
    ("dbt.contracts.graph.nodes", "ModelNode"),
)
TO_ONE = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


def main():
    path, launcher, idle = sys.argv[1], sys.argv[2], float(sys.argv[3])
    os.umask(0o077)
    # A lock or a pipe of whoever started us must not be held for as long as we live.
    os.closerange(3, 65536)
    lock = os.open(path + ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    # Whoever waits for us connects before the import; if we fail, the system ends the connection.
    listener = listen(path + ".new")
    threads = count_threads()
    detach()
    server = os.getpid()
    with open(path + ".pid", "w", encoding="utf-8") as file:
        file.write("%d\n%s\n" % (server, launcher))
    try:
        begun = time.time()
        try:
            variables = import_dbt(launcher)
            if max(threads, count_threads()) > 1:
                raise RuntimeError("importing it starts threads, which a fork would lose")
        except Exception:
            # Until something else is installed, the next one would fail as well.
            with open(path + ".not", "w", encoding="utf-8") as file:
                traceback.print_exc(file=file)
            return None
        modules = module_files()
        if any(changed > begun for _, _, changed in modules.values()):
            return None
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.rename(path + ".new", path)
        return serve(path, listener, lock, launcher, idle, modules, variables)
    finally:
        if os.getpid() == server:
            for ending in ("", ".new", ".pid"):
                remove(path + ending)


def serve(path, listener, lock, launcher, idle, modules, variables):
    """Fork for each client, until nobody comes, something is installed, or the socket is no longer ours."""
    own = inode(path)
    end = time.monotonic() + idle
    while time.monotonic() < end and inode(path) == own:
        wait = min(POLL, max(0, end - time.monotonic()))
        if not select.select([listener], [], [], wait)[0]:
            continue
        try:
            connection = listener.accept()[0]
        except OSError:
            continue
        if not is_own(connection):
            connection.close()
            continue
        end = time.monotonic() + idle
        if module_files() != modules:
            # The end of the connection makes the client start dbt itself.
            return None
        try:
            child = os.fork()
        except OSError:
            # A full process table: the client sees the end of the connection as well.
            child = None
        if child == 0:
            listener.close()
            os.close(lock)
            return supervise(connection, launcher, variables)
        connection.close()
    return None


def detach():
    """Leave the terminal and the process group of whoever started us."""
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)


def import_dbt(launcher):
    """Import what every command of dbt imports, and the adapters; gives the environment that was looked at."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(launcher))
    # OpenBLAS, below numpy, starts its threads when it is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    names = set()
    kind = type(os.environ)
    look = kind.__getitem__

    def noting(environ, name):
        names.add(name)
        return look(environ, name)

    kind.__getitem__ = noting
    try:
        importlib.import_module("dbt.cli.main")
        for package in ("dbt.task", "dbt.adapters"):
            folder = importlib.import_module(package).__path__
            for module in pkgutil.iter_modules(folder):
                try:
                    importlib.import_module(package + "." + module.name)
                except Exception:
                    # An adapter that cannot be imported is dbt's to complain of, when it is asked for.
                    pass
        prepare()
    finally:
        kind.__getitem__ = look
    names -= {IGNORED, "OPENBLAS_NUM_THREADS"}
    names = [name.encode() if isinstance(name, str) else name for name in names]
    return {name: os.environb.get(name) for name in names}


def prepare():
    """Make what each run of dbt makes and keeps: the schemas of its files, and which module a file belongs to."""
    try:
        inspect.stack()
        kinds = [getattr(sys.modules[module], name) for module, name in CHECKED]
        for kind in kinds + sys.modules["dbt.adapters.contracts.connection"].Credentials.__subclasses__():
            kind.json_schema()
    except Exception:
        # Another release of dbt: it makes what it needs by itself.
        pass


def module_files():
    """The files of all modules, so that a change of any of them shows: installed, edited, removed."""
    files = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            try:
                state = os.stat(file)
                files[file] = state.st_ino, state.st_mtime_ns, state.st_ctime
            except OSError:
                files[file] = 0, 0, 0
    return files


def count_threads():
    """Python's threads, and where the system tells, those of libraries as well."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def inode(path):
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


def listen(path):
    remove(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    return listener


def remove(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def is_own(connection):
    """Whether the other end is a process of the same user, where the system tells."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[1] == os.getuid()


def supervise(connection, launcher, variables):
    """In the first child: read the request, fork the one that becomes dbt, pass signals to it and its end back.

    Until the client has the A, nothing was started, and it may start dbt itself.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    connection.settimeout(PATIENCE)
    try:
        connection.sendall(b"R")
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        folder, umask, words, environment, files = receive(connection)
        os.chdir(folder)
        if any(environment.get(name) != value for name, value in variables.items()):
            raise ValueError("what was imported depends on another environment")
        connection.sendall(b"A")
    except Exception:
        os._exit(0)
    connection.settimeout(None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        worker = os.fork()
    except OSError:
        tell(connection, b"N", 0)
        os._exit(0)
    if worker == 0:
        signal.set_wakeup_fd(-1)
        connection.close()
        os.close(wake)
        os.close(woken)
        become(umask, words, environment, files)
        return lambda: run(launcher)
    for file in files:
        os.close(file)
    tell(connection, b"W", worker)
    tell(connection, b"E", watch(connection, wake, worker))
    os._exit(0)


def tell(connection, kind, number):
    try:
        connection.sendall(struct.pack("!ci", kind, number))
    except OSError:
        # The client is gone: watch() sees that too.
        pass


def watch(connection, wake, worker):
    """Wait for the worker's end; pass on the signals that the client sends; end it when the client is gone."""
    listening = [connection, wake]
    while True:
        ready = select.select(listening, [], [])[0]
        if wake in ready:
            try:
                os.read(wake, 4096)
            except OSError:
                pass
        pid, status = os.waitpid(worker, os.WNOHANG)
        if pid == worker:
            return status
        if connection in ready:
            try:
                numbers = connection.recv(64)
            except OSError:
                numbers = b""
            if not numbers:
                # What a killed dbt leaves to the system, a killed client leaves to us.
                listening.remove(connection)
                pass_on(worker, signal.SIGKILL)
            for number in numbers:
                pass_on(worker, number)


def pass_on(worker, number):
    """Signal what a terminal would signal: the group; or the process alone, as a kill does."""
    try:
        if number in TO_ONE:
            os.kill(worker, number)
        else:
            os.killpg(worker, number)
    except OSError:
        try:
            # It has no group of its own yet.
            os.kill(worker, number)
        except OSError:
            pass


def receive(connection):
    """The request's parts and its open files: sizes first, then parts that end with a zero byte each."""
    head, files, _, _ = socket.recv_fds(connection, 16, 3)
    head = bytearray(head)
    fill(connection, head, 16)
    magic, size, count = struct.unpack("!8sII", head)
    if magic != b"dotwarm3" or size > LONGEST or len(files) != 3:
        raise ValueError("no request")
    body = bytearray()
    fill(connection, body, size)
    parts = bytes(body).split(b"\0")[:-1]
    folder, umask = parts[0], int(parts[1])
    pairs = [part.partition(b"=") for part in parts[2 + count :]]
    environment = {name: value for name, equals, value in pairs if name and equals}
    return folder, umask, parts[2 : 2 + count], environment, files


def fill(connection, buffer, size):
    while len(buffer) < size:
        piece = connection.recv(min(65536, size - len(buffer)))
        if not piece:
            raise ValueError("cut off")
        buffer += piece


def become(umask, words, environment, files):
    """Take over the caller's umask, environment, arguments and streams; the folder is taken over already."""
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.environb.clear()
    os.environb.update(environment)
    os.umask(umask)
    time.tzset()
    sys.argv = [os.fsdecode(word) for word in words]
    open_streams()
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Its numbers would be the same in every run; Python's own generator sees to that by itself.
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()
    # Frozen objects would count as leaks when the interpreter ends.
    atexit.register(gc.unfreeze)


def open_streams():
    """Make stdin, stdout and stderr as Python makes them at its start (Python/pylifecycle.c, create_stdio)."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        bare = unbuffered and mode == "w"
        buffer = open(number, mode + "b", buffering=0 if bare else -1, closefd=False)
        raw = buffer if bare else buffer.raw
        raw.name = "<" + name + ">"
        stream = io.TextIOWrapper(
            buffer,
            encoding=old.encoding,
            errors=old.errors,
            newline="\n",
            line_buffering=not unbuffered and (raw.isatty() or number == 2),
            write_through=unbuffered,
        )
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, "__" + name + "__", stream)


def run(launcher):
    """Run dbt's launcher, as its interpreter would."""
    module = types.ModuleType("__main__")
    module.__file__ = launcher
    sys.modules["__main__"] = module
    with open(launcher, "rb") as file:
        code = compile(file.read(), launcher, "exec")
    try:
        exec(code, module.__dict__)
    except SystemExit as end:
        # Any other end is the interpreter's own: it prints, or raises a signal.
        if end.code is None or type(end.code) is int:
            leave(end.code or 0)
        raise


def leave(code):
    """End as Py_FinalizeEx ends, but for taking apart what was imported: that touches, and so copies, every page."""
    main = threading.main_thread()
    if any(thread is not main and not thread.daemon for thread in threading.enumerate()):
        return
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:
        # The interpreter says so, in its own way.
        return
    os._exit(code & 0xFF)


if __name__ == "__main__":
    # The child that becomes dbt comes back up to here, so that it ends as an interpreter ends.
    action = main()
    if action is not None:
        action()
