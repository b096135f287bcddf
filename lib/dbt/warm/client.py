"""Runs dbt through a warm server, or starts it cold: client.py SOCKET SECONDS DBT [ARGUMENT …].

Started with `python -I -S`, it imports only what is built in, because each module costs a millisecond. SECONDS is how
long it waits for a server that is starting; with 0 it takes only one that is ready. Whatever goes wrong before the
server has taken the request ends in a cold start.
"""
import _signal as signal
import _socket as socket
import posix
import struct
import sys

# How long a server that is ready may take to answer: one that is stopped or swapped out never does.
PATIENCE = 5
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
NOBODY_LISTENS = (111, 61)
COERCED = (b"C.UTF-8", b"C.utf8", b"UTF-8")


def main():
    path, seconds, words = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    connection = None

    def forward(number, _):
        if connection is None:
            return die(number)
        try:
            connection.send(bytes([number]))
        except OSError:
            pass

    def suspend(_, frame):
        forward(signal.SIGSTOP, frame)
        posix.kill(posix.getpid(), signal.SIGSTOP)

    handle(FORWARDED, forward)
    connection = ask(path, seconds, words)
    if connection is None:
        return cold(words)
    handle((signal.SIGCONT, signal.SIGWINCH), forward)
    handle((signal.SIGTSTP,), suspend)
    worker = None
    while True:
        kind, number = receive(connection)
        if kind == b"W":
            worker = number
        elif kind == b"N":
            return cold(words)
        elif kind == b"E":
            return finish(number)
        else:
            return lost(worker)


def cold(words):
    if sys.flags.utf8_mode and posix.environ.get(b"LC_CTYPE") in COERCED:
        # Python has set it at our start, for want of a locale; dbt's own does so again.
        posix.unsetenv(b"LC_CTYPE")
    posix.execv(words[0], words)


def handle(numbers, handler):
    for number in numbers:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def ask(path, seconds, words):
    """The connection to a server that has taken the request, or None."""
    connection = connect(path) or (seconds > 0 and connect(path + ".new")) or None
    if connection is None:
        return None
    answer = b""
    try:
        connection.settimeout(max(seconds, PATIENCE))
        # Files that lie in the queue of a server that never takes them would stay open.
        if connection.recv(1) == b"R":
            head, body = request(words)
            files = struct.pack("3i", 0, 1, 2)
            connection.sendmsg([head], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
            connection.sendall(body)
            answer = connection.recv(1)
    except OSError:
        pass
    try:
        if not answer:
            # From here on the server cannot take it; it may have, just before.
            connection.shutdown(socket.SHUT_RD)
            answer = connection.recv(1)
    except OSError:
        pass
    if answer == b"A":
        connection.settimeout(None)
        return connection
    connection.close()
    return None


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
        return connection
    except OSError as error:
        connection.close()
        if error.errno in NOBODY_LISTENS and not path.endswith(".new"):
            # A server that was killed left it.
            try:
                posix.unlink(path)
            except OSError:
                pass
        return None


def request(words):
    umask = posix.umask(0)
    posix.umask(umask)
    encoding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    parts = [posix.getcwdb(), str(umask).encode()]
    parts += [word.encode(encoding, errors) for word in words]
    parts += [name + b"=" + value for name, value in posix.environ.items()]
    body = b"".join(part + b"\0" for part in parts)
    return struct.pack("!8sII", b"dotwarm3", len(body), len(words)), body


def receive(connection):
    message = b""
    while len(message) < 5:
        try:
            piece = connection.recv(5 - len(message))
        except OSError:
            piece = b""
        if not piece:
            return None, 0
        message += piece
    return struct.unpack("!ci", message)


def finish(status):
    if posix.WIFSIGNALED(status):
        die(posix.WTERMSIG(status))
    posix._exit(posix.WEXITSTATUS(status))


def lost(worker):
    """The supervisor was killed: nobody can tell how dbt ends, so it must not go on."""
    if worker is not None:
        try:
            posix.killpg(worker, signal.SIGKILL)
        except OSError:
            pass
    sys.stderr.write("dot: the warm dbt was lost; set DOT_WARM=0 to run without it\n")
    sys.stderr.flush()
    die(signal.SIGKILL)


def die(number):
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    posix.kill(posix.getpid(), number)


main()
