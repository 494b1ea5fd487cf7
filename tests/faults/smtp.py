"""A mail server that takes every letter, and one of them without ever saying so."""

import re
import socketserver
import threading
from collections import Counter


class Conversation(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.say("354 go on")
                if not self.take():
                    return
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def take(self) -> bool:
        text = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            text += line
        letter = re.search(rb"Message-ID: (<[^>]+>)", text)[1].decode()
        with self.server.lock:
            self.server.arrived[letter] += 1
            hangs = self.server.arrived.total() == self.server.hang_at
        if hangs:
            self.server.hung = letter
            self.server.hanging.set()
            self.server.over.wait()
            return False
        self.say("250 taken")
        return True


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, hang_at: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.hang_at, self.hung = hang_at, ""
        self.arrived: Counter[str] = Counter()
        self.lock, self.hanging, self.over = threading.Lock(), threading.Event(), threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()
