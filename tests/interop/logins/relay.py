"""Somebody in between who has a certificate of his own: passes on what clients send over TLS to a
server, over another TLS connection, and what it answers back. With `-` for the certificate clients
come without TLS.

relay.py CERTIFICATE KEY CA HOST PORT: prints its own port.
"""

import socket
import ssl
import sys
import threading


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        try:
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    certificate, key, authority, host, port = sys.argv[1:6]
    near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    plain = certificate == "-"
    if not plain:
        near.load_cert_chain(certificate, key)
    far = ssl.create_default_context(cafile=authority)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        accepted, _ = listener.accept()
        try:
            client = accepted if plain else near.wrap_socket(accepted, server_side=True)
            server = socket.create_connection((host, int(port)))
            server = far.wrap_socket(server, server_hostname="localhost")
        except OSError:
            accepted.close()
            continue
        for pair in ((client, server), (server, client)):
            threading.Thread(target=copy, args=pair, daemon=True).start()


main()
