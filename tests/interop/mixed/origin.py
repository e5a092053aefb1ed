# A server with the manners of servers written in Go: names in lower case, chunks of odd sizes,
# trailers, compression without a length, 308. Files come from the current folder.
import gzip, hashlib, os, re, sys
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_):
        pass

    def head(self, status, fields):
        self.send_response_only(status)
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()

    def whole(self, status, body, fields=()):
        self.head(status, [*fields, ("content-length", str(len(body)))])
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunks(self, body, fields=()):
        if self.request_version == "HTTP/1.0":
            self.close_connection = True
            self.head(200, [*fields, ("connection", "close")])
            self.wfile.write(body)
            return
        self.head(200, [*fields, ("transfer-encoding", "chunked"), ("trailer", "x-sum")])
        if self.command == "HEAD":
            return
        at, size = 0, 1
        while at < len(body):
            part = body[at : at + size]
            self.wfile.write(b"%X;x=%d\r\n" % (len(part), size) + part + b"\r\n")
            at, size = at + size, size * 3 % 50021 + 1
        self.wfile.write(b"0\r\nx-sum: " + hashlib.md5(body).hexdigest().encode() + b"\r\n\r\n")

    def do_GET(self):
        path = self.path.lstrip("/")
        redirect = re.fullmatch("(30[1278])/(.*)", path)
        if redirect:
            return self.whole(int(redirect[1]), b"elsewhere", [("location", "/" + redirect[2])])
        if not os.path.isfile(path):
            with open("missing.txt", "rb") as page:
                return self.whole(404, page.read())
        since = self.headers.get("If-Modified-Since")
        if since and parsedate_to_datetime(since).timestamp() >= int(os.path.getmtime(path)):
            return self.head(304, [("etag", '"same"')])
        with open(path, "rb") as file:
            body = file.read()
        part = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if part and body:
            first = int(part[1]) if part[1] else max(0, len(body) - int(part[2]))
            last = min(int(part[2]), len(body) - 1) if part[1] and part[2] else len(body) - 1
            if first >= len(body):
                return self.whole(416, b"", [("content-range", "bytes */%d" % len(body))])
            fields = [("content-range", "bytes %d-%d/%d" % (first, last, len(body)))]
            return self.whole(206, body[first : last + 1], fields)
        if part and not body and part[1]:
            return self.whole(416, b"", [("content-range", "bytes */0")])
        if path.endswith(".txt") and "gzip" in self.headers.get("Accept-Encoding", ""):
            fields = [("content-encoding", "gzip"), ("vary", "Accept-Encoding")]
            return self.chunks(gzip.compress(body, 1), fields)
        if len(body) % 3 == 1:
            return self.chunks(body)
        self.whole(200, body)

    do_HEAD = do_GET

    def do_POST(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if len(body) % 2:
            self.chunks(body)
        else:
            self.whole(200, body)


class Server(ThreadingHTTPServer):
    request_queue_size = 64


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
