"""A server in between that passes requests on, keeps them, and may change them or answer them itself."""

import http.server
import json
import socket
import threading
import time
import urllib.error
import urllib.request

# What belongs to one connection is not passed on: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
OWN = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "accept-encoding", "content-encoding"}


class Exchange:
    """What was asked and answered."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.status, self.answer = None, b""

    def json(self):
        """What was sent."""
        return json.loads(self.body) if self.body else None

    def __str__(self):
        return f"{self.method} {self.path} -> {self.status} {self.answer.decode(errors='replace')[:600]}"


class Relay:
    """Passes requests on to `target`; without one, everything has to be answered by `change`.

    `change(exchange)` may alter what is passed on, or answer it: it gives nothing, or a status with a value for JSON, and
    headers if there are any.
    """

    def __init__(self, target, change=lambda exchange: None):
        self.target, self.change, self.log = target, change, []
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def serve(self):
                relay.serve(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, handler):
        """Serves one request."""
        length = int(handler.headers.get("content-length") or 0)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in OWN}
        exchange = Exchange(handler.command, handler.path, headers, handler.rfile.read(length))
        self.log.append(exchange)
        answered = self.change(exchange)
        if answered:
            exchange.status, value, *more = answered
            exchange.answer, fields = json.dumps(value).encode(), {"content-type": "application/json"}
            fields |= more[0] if more else {}
        else:
            exchange.status, exchange.answer, fields = send(self.target, exchange)
        handler.send_response(exchange.status)
        for name, value in fields.items():
            handler.send_header(name, value.replace(self.target, self.address) if self.target else value)
        if exchange.status == 204:
            exchange.answer = b""
        handler.send_header("content-length", str(len(exchange.answer)))
        handler.end_headers()
        handler.wfile.write(exchange.answer)

    def sent(self, method, part):
        """What was asked with a method at paths that hold a text."""
        return [it for it in self.log if it.method == method and part in it.path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Stay(urllib.request.HTTPRedirectHandler):
    """Passes redirects on as they are."""

    def redirect_request(self, *arguments):
        return None


def send(target, exchange):
    """Sends a request; gives status, body and the headers that are passed on."""
    body = exchange.body if exchange.method not in ("GET", "HEAD") else None
    request = urllib.request.Request(target + exchange.path, body or None, exchange.headers, method=exchange.method)
    try:
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        fields = {name: value for name, value in answer.headers.items() if name.lower() not in OWN}
        return answer.status, answer.read(), fields


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, log, seconds=90):
    """Waits until a process listens at a port."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once\n{log.read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"nobody listens after {seconds} s\n{log.read_text()}")
