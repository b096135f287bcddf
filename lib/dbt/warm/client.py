"""Runs dbt through a warm server, or starts it cold: client.py SOCKET SECONDS DBT [ARGUMENT …].

Started with `python -I -S`, it imports only what is built in, because each module costs a millisecond. SECONDS is how long
it waits for a server that is starting. Whatever goes wrong before the server has taken the request ends in a cold start.
"""
import _signal as signal
import _socket as socket
import posix
import struct
import sys
import time

FORWARDED = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]


def cold(words):
    posix.execv(words[0], words)


def connect(path, seconds):
    """A connection to the server, or None."""
    deadline = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            return connection
        except OSError as error:
            connection.close()
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            if error.errno == 111 or error.errno == 61:
                # Nobody listens: a server that was killed left it.
                try:
                    posix.unlink(path)
                except OSError:
                    pass
            return None


def request(words):
    umask = posix.umask(0)
    posix.umask(umask)
    parts = [posix.getcwdb(), str(umask).encode()]
    parts += [word.encode("utf-8", "surrogateescape") for word in words]
    parts += [name + b"=" + value for name, value in posix.environ.items()]
    body = b"".join(part + b"\0" for part in parts)
    return struct.pack("!8sII", b"dotwarm1", len(body), len(words)), body


def main():
    path, seconds, words = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    connection = connect(path, seconds)
    if connection is None:
        return cold(words)
    waiting = []
    taken = False

    def forward(number, _):
        if not taken:
            waiting.append(number)
            return
        try:
            connection.send(bytes([number]))
        except OSError:
            pass

    def suspend(number, _):
        forward(signal.SIGSTOP, None)
        posix.kill(posix.getpid(), signal.SIGSTOP)

    for number in FORWARDED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, forward)
    try:
        head, body = request(words)
        files = struct.pack("3i", 0, 1, 2)
        connection.sendmsg([head], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        connection.sendall(body)
        answer = connection.recv(1)
    except OSError:
        answer = b""
    if answer != b"A":
        connection.close()
        for number in FORWARDED:
            if signal.getsignal(number) == forward:
                signal.signal(number, signal.SIG_DFL)
        if waiting:
            posix.kill(posix.getpid(), waiting[0])
        return cold(words)
    taken = True
    signal.signal(signal.SIGTSTP, suspend)
    signal.signal(signal.SIGCONT, forward)
    for number in waiting:
        forward(number, None)
    answer = b""
    while len(answer) < 5:
        try:
            piece = connection.recv(5 - len(answer))
        except OSError:
            piece = b""
        if not piece:
            # The supervisor was killed: what became of dbt, nobody can tell.
            sys.stderr.write("dot: the warm dbt was lost; set DOT_WARM=0 to run without it\n")
            posix._exit(1)
        answer += piece
    status = struct.unpack("!ci", answer)[1]
    if posix.WIFSIGNALED(status):
        number = posix.WTERMSIG(status)
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        posix.kill(posix.getpid(), number)
    posix._exit(posix.WEXITSTATUS(status))


main()
