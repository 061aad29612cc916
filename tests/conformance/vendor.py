"""A code host on the loopback that remembers what it is told: what a pipeline publishes, and with which token."""

import http.server
import json
import threading
from collections import Counter


class Vendor:
    """Takes statuses and comments, in the paths of GitHub and of GitLab, as long as the `with` block lasts."""

    def __init__(self):
        self.asked, self.comments, self.lock = [], {}, threading.Lock()

    def __enter__(self):
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token = self.headers.get("Authorization", "").removeprefix("Bearer ") or self.headers.get("PRIVATE-TOKEN", "")
                answer = json.dumps(vendor.answer(self.command, self.path.partition("?")[0], body, token)).encode()
                self.send_response(200 if self.command == "GET" else 201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, method, path, body, token):
        """What is answered; comments are given back where they are listed."""
        with self.lock:
            self.asked.append((method, path, token))
            listed = self.comments.setdefault(path, [])
            if method == "GET" and path.endswith("/pulls"):
                return [{"number": 7, "state": "open", "head": {"sha": path.split("/")[-2]}}]
            if method == "GET" and path.endswith("/merge_requests"):
                return [{"iid": 7, "state": "opened", "sha": path.split("/")[-2]}]
            if method == "GET":
                return listed
            made = {**(json.loads(body) if body else {}), "id": len(listed) + 1}
            if path.endswith(("/comments", "/notes")):
                listed.append(made)
            return made

    def told(self):
        """What was created, by the last word but the id, and the token: `("statuses", TOKEN)`, `("comments", TOKEN)`."""
        with self.lock:
            words = [([it for it in path.split("/") if it], token) for method, path, token in self.asked if method == "POST"]
        return Counter((next(it for it in reversed(path) if it.isalpha() and it.endswith("s")), token) for path, token in words)
