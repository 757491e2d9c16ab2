#!/usr/bin/env python3
"""What an answer that streams costs: 20,000 tokens at 2,000 a second from a server of its own on
loopback, told by the real binary in a pty of 120 x 36. Prints the figures beside what they may be at
most, and ends with 1 where one is missed. Needs nothing but Python.

    python3 scripts/stream-load.py target/release/hotwash
"""
import fcntl, http.server, json, os, pty, re, select, signal, struct, sys, tempfile, termios, threading, time

TOKENS, RATE, FIRST, LAST = 20_000, 2_000, "ZEROTH", "UTMOST"
LIMITS = {"cpu": 10.0, "frames": 40.0, "bytes": 4.0, "first": 20.0}
CASE = """2026-03-14T08:59:58Z INFO search-api GET /v1/items/7 200 in 5 ms
2026-03-14T09:00:12Z ERROR search-api could not connect to catalog-db:5432: connection refused
2026-03-14T09:00:14Z ERROR search-api POST /v1/items 500: no connection to catalog-db
"""
told = {"asked": threading.Event(), "first": None, "begun": None, "ended": None, "text": 0}


class Provider(http.server.BaseHTTPRequestHandler):
    """The OpenAI protocol's stream: the first token, a pause, then the others at the rate."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def event(self, content, finish=None):
        delta = {"content": content} if content else {}
        body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        return b"data: " + json.dumps(body).encode() + b"\n\n"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if told["asked"].is_set():
            # The next turn of the same investigation: nothing more is said.
            self.chunk(self.event("", "stop") + b"data: [DONE]\n\n")
            return self.chunk(b"")
        told["asked"].set()
        time.sleep(1)
        told["first"] = time.monotonic()
        self.chunk(self.event(FIRST + " "))
        time.sleep(1)
        told["begun"] = time.monotonic()
        sent = 0
        while sent < TOKENS:
            due = min(TOKENS, int((time.monotonic() - told["begun"]) * RATE) + 1)
            words = ["word%d%s" % (n % 97, "\n" if n % 19 == 0 else " ") for n in range(sent, due)]
            if words:
                # An event a token, as providers send them; what is due goes out together.
                self.chunk(b"".join(map(self.event, words)))
                told["text"] += sum(map(len, words))
            sent = due
            time.sleep(0.002)
        self.chunk(self.event(LAST))
        told["ended"] = time.monotonic()
        time.sleep(0.5)
        self.chunk(self.event("", "stop") + b"data: [DONE]\n\n")
        self.chunk(b"")


class Console:
    """The binary in a pty, and what it wrote with the time of each read."""

    def __init__(self, binary, home, arguments):
        self.written, self.reads = b"", []
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", HOTWASH_HOME=home, LANG="C.UTF-8")
            os.execv(binary, [binary, *arguments])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))

    def read(self, seconds):
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                sys.exit("the console ended:\n" + self.written[-2000:].decode(errors="replace"))
            self.written += data
            self.reads.append((time.monotonic(), data))

    def wait(self, word, seconds=60):
        until = time.monotonic() + seconds
        while word not in self.written:
            if time.monotonic() > until:
                sys.exit("never came: %r\n%s" % (word, self.written[-3000:].decode(errors="replace")))
            self.read(0.02)

    def type(self, keys, settle=1.0):
        os.write(self.fd, keys)
        self.read(settle)

    def cpu(self):
        """Seconds of all threads so far."""
        stat = open("/proc/%d/stat" % self.pid).read().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


class Server(http.server.ThreadingHTTPServer):
    """A provider; a console that has ended is no fault of its."""

    def handle_error(self, *_):
        pass


def figures(console):
    while told["begun"] is None:
        console.read(0.005)
    cpu = console.cpu()
    while told["ended"] is None:
        console.read(0.01)
    # Everything that was said was told: nothing was left out on the way.
    console.wait(LAST.encode(), 5)
    took = told["ended"] - told["begun"]
    busy = console.cpu() - cpu
    within = [(at, data) for at, data in console.reads if at >= told["begun"]]
    frames = sum(data.count(b"\x1b[?2026h") for _, data in within)
    written = sum(len(data) for _, data in within)
    so_far = b""
    seen = None
    for at, data in console.reads:
        so_far += data
        if FIRST.encode() in so_far:
            seen = at
            break
    first = (seen - told["first"]) * 1000 if seen else float("inf")
    return [
        ("one core's time while it streams", 100 * busy / took, LIMITS["cpu"], "%"),
        ("frames a second", frames / took, LIMITS["frames"], "/s"),
        ("bytes to the terminal, of the text's", written / told["text"], LIMITS["bytes"], "x"),
        ("first token to the screen", first, LIMITS["first"], "ms"),
    ]


def main():
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/hotwash")
    server = Server(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, "config.toml"), "w") as f:
            f.write("model = 'local'\n[models.local]\nprovider = 'openai'\nmodel = 'm'\nkey_command = 'echo none'\n"
                    "base_url = 'http://127.0.0.1:%d/v1/'\nmax_tokens = 40000\n" % server.server_port)
        case = os.path.join(home, "case.log")
        with open(case, "w") as f:
            f.write(CASE)
        console = Console(binary, home, ["new", case])
        console.wait(b"finished")
        console.read(1)
        console.type(b"V", 2)
        console.type(b"\x19", 0.1)
        if not told["asked"].wait(10):
            sys.exit("the model was not asked:\n" + console.written[-3000:].decode(errors="replace"))
        missed = 0
        for what, is_, most, unit in figures(console):
            missed += is_ > most
            print("%-5s %-40s %8.1f %-3s (at most %g)" % ("ok" if is_ <= most else "MISS", what, is_, unit, most))
        os.kill(console.pid, signal.SIGTERM)
        time.sleep(0.5)
        try:
            os.kill(console.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
