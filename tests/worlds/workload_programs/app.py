"""A small web application: threads, a database, a template file, a child process."""

import json
import sqlite3
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Notes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        with sqlite3.connect("/tmp/notes.db") as database:
            database.execute("create table if not exists notes (path text)")
            database.execute("insert into notes values (?)", (self.path,))
            count = database.execute("select count(*) from notes").fetchone()[0]
        child = subprocess.run(["/usr/bin/id", "-u"], capture_output=True, check=True, text=True)
        body = json.dumps({"notes": count, "uid": child.stdout.strip()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 8080), Notes).serve_forever()
