"""An HTTP server that lets its users in by NTLM, with pyspnego's own implementation of it, and tells
each who it takes him for. NTLM_USER_FILE has the users.

Prints its port. To every request that is let in it answers `USER CONNECTION NUMBER`: the user of the
login, which connection it came over, and the number that stands in the request's path.
"""

import base64
import socket
import sys
import threading

import spnego

STOP = 64 * 1024


def login():
    return spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)


def answer(status, fields, body):
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
    for name, value in fields:
        head += f"{name}: {value}\r\n"
    return (head + "\r\n" + body).encode()


def heads(stream):
    """The heads of the requests, which have no bodies."""
    held = b""
    while True:
        while b"\r\n\r\n" not in held:
            more = stream.recv(STOP)
            if not more:
                return
            held += more
        head, held = held.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        yield lines[0].split(" ")[1], fields


def serve(stream, number):
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    user, context = None, None
    for path, fields in heads(stream):
        token = fields.get("Authorization", "")
        if token.startswith("NTLM "):
            token = base64.b64decode(token[5:])
            if context is None:
                user, context = None, login()
            try:
                message = context.step(token)
            except Exception as error:
                print(error, file=sys.stderr)
                context = None
                stream.sendall(answer("401 X", [("WWW-Authenticate", "NTLM")], ""))
                continue
            if not context.complete:
                field = "NTLM " + base64.b64encode(message).decode()
                stream.sendall(answer("401 X", [("WWW-Authenticate", field)], ""))
                continue
            user, context = context.client_principal, None
        if user is None:
            stream.sendall(answer("401 X", [("WWW-Authenticate", "NTLM")], ""))
        else:
            stream.sendall(answer("200 X", [], f"{user} {number} {path.rpartition('/')[2]}"))
    stream.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], flush=True)
    number = 0
    while True:
        stream, _ = listener.accept()
        number += 1
        threading.Thread(target=serve, args=(stream, number), daemon=True).start()


main()
