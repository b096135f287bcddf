"""Keeps dbt imported, and forks a child for each run that a client asks for.

Usage: server.py SOCKET LAUNCHER. Standard library only; run by dbt's own interpreter. The parent opens no connection and
starts no thread, and reads nothing of a request: the child that it forks does. See adr/0011.
"""
import atexit
import fcntl
import gc
import importlib
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

IDLE = 15 * 60
POLL = 30
LONGEST = 8 * 1024 * 1024
PATIENCE = 5


def main():
    path, launcher = sys.argv[1:3]
    detach()
    lock = open(path + ".lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    packages = import_dbt()
    if threading.active_count() > 1 or native_threads() > 1:
        # A fork would lose the others.
        return None
    gc.collect()
    gc.freeze()
    listener = listen(path)
    with open(path + ".pid", "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state = installed(packages)
    used = time.monotonic()
    try:
        while time.monotonic() - used < IDLE and installed(packages) == state:
            if not select.select([listener], [], [], POLL)[0]:
                continue
            connection = listener.accept()[0]
            used = time.monotonic()
            if not is_own(connection):
                connection.close()
                continue
            try:
                child = os.fork()
            except OSError:
                # A full process table: the client sees the end of the connection, and starts dbt itself.
                connection.close()
                continue
            if child == 0:
                listener.close()
                lock.close()
                return supervise(connection, launcher)
            connection.close()
    finally:
        if os.getpid() == int(open(path + ".pid", encoding="utf-8").read()):
            remove(path)
            remove(path + ".pid")
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
    os.umask(0o077)


def import_dbt():
    """Import what every command of dbt imports, and the adapters; gives the folder they are installed in."""
    main_module = importlib.import_module("dbt.cli.main")
    for package in ("dbt.task", "dbt.adapters"):
        folder = importlib.import_module(package).__path__
        for module in pkgutil.iter_modules(folder):
            try:
                importlib.import_module(package + "." + module.name)
            except Exception:
                # An adapter that cannot be imported is dbt's to complain of, when it is asked for.
                pass
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(main_module.__file__))))


def installed(packages):
    """What changes when anything is installed or removed."""
    try:
        return os.stat(packages).st_mtime_ns
    except OSError:
        return None


def native_threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def listen(path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    fresh = path + ".new"
    remove(fresh)
    listener.bind(fresh)
    os.chmod(fresh, 0o600)
    listener.listen(64)
    os.rename(fresh, path)
    return listener


def remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def is_own(connection):
    """Whether the other end is a process of the same user, where the system tells."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[1] == os.getuid()


def supervise(connection, launcher):
    """In the first child: read the request, fork the one that becomes dbt, pass signals to it and its end back."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    connection.settimeout(PATIENCE)
    try:
        request, files = receive(connection)
    except (OSError, ValueError, struct.error):
        os._exit(0)
    connection.settimeout(None)
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        worker = os.fork()
    except OSError:
        os._exit(0)
    if worker == 0:
        signal.set_wakeup_fd(-1)
        connection.close()
        os.close(wake)
        os.close(woken)
        become(request, files, launcher)
        return run_dbt
    for file in files:
        os.close(file)
    status = watch(connection, wake, worker)
    try:
        connection.sendall(struct.pack("!ci", b"E", status))
    except OSError:
        pass
    os._exit(0)


def watch(connection, wake, worker):
    """Wait for the worker's end; pass on the signals that the client sends; end it when the client is gone."""
    try:
        connection.sendall(b"A")
    except OSError:
        end(worker)
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
                listening.remove(connection)
                end(worker)
            for number in numbers:
                to_group(worker, number)


def end(worker):
    """What a killed dbt leaves to the system, a killed client leaves to us."""
    to_group(worker, signal.SIGKILL)


def to_group(worker, number):
    try:
        os.killpg(worker, number)
    except OSError:
        try:
            os.kill(worker, number)
        except OSError:
            pass


def receive(connection):
    """The request's parts and its open files: sizes first, then parts that end with a zero byte each."""
    head, files, _, _ = socket.recv_fds(connection, 16, 3)
    while head and len(head) < 16:
        head += connection.recv(16 - len(head))
    magic, size, words = struct.unpack("!8sII", head)
    if magic != b"dotwarm1" or size > LONGEST or len(files) != 3:
        raise ValueError("no request")
    body = bytearray()
    while len(body) < size:
        piece = connection.recv(min(65536, size - len(body)))
        if not piece:
            raise ValueError("cut off")
        body += piece
    parts = bytes(body).split(b"\0")[:-1]
    return (parts[0], int(parts[1]), parts[2 : 2 + words], parts[2 + words :]), files


def become(request, files, launcher):
    """Take over the caller's folder, umask, environment, arguments and streams."""
    folder, umask, words, variables = request
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in files:
        if file > 2:
            os.close(file)
    os.environb.clear()
    for variable in variables:
        name, _, value = variable.partition(b"=")
        os.environb[name] = value
    os.chdir(folder)
    os.umask(umask)
    time.tzset()
    sys.argv = [os.fsdecode(word) for word in words]
    sys.path[0] = os.path.dirname(launcher)
    sys.modules["__main__"].__file__ = launcher
    open_streams()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Frozen objects would count as leaks when the interpreter ends.
    atexit.register(gc.unfreeze)


def open_streams():
    """Make stdin, stdout and stderr as Python makes them at its start (Python/pylifecycle.c, create_stdio)."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        terminal = os.isatty(number)
        raw = open(number, mode + "b", buffering=0 if unbuffered and mode == "w" else -1, closefd=False)
        stream = io.TextIOWrapper(
            raw,
            encoding=old.encoding,
            errors=old.errors,
            line_buffering=terminal or number == 2,
            write_through=unbuffered and mode == "w",
        )
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, "__" + name + "__", stream)


def run_dbt():
    """dbt's own entry point, as its launcher calls it."""
    from dbt.cli.main import cli

    sys.exit(cli())


if __name__ == "__main__":
    # The child that becomes dbt comes back up to here, so that it ends as an interpreter ends.
    action = main()
    if action is not None:
        action()
