"""A server over TLS that lets in whoever logs in through its own channel, and nobody else: by
python-gssapi (MIT Kerberos) or by pyspnego's own NTLM.

bound.py gssapi|ntlm CERTIFICATE KEY [KEYTAB]: prints its port, then a line for each refused login.
"""

import base64
import hashlib
import socket
import ssl
import sys
import threading

CHANNEL_BOUND = 0x800


def binding_of(certificate):
    # RFC 5929 section 4.1; the certificates of these tests are signed with SHA-256.
    with open(certificate) as file:
        der = ssl.PEM_cert_to_DER_cert(file.read().split("-----END CERTIFICATE-----")[0]
                                       + "-----END CERTIFICATE-----\n")
    return b"tls-server-end-point:" + hashlib.sha256(der).digest()


class Kerberos:
    scheme = "Negotiate"

    def __init__(self, binding, keytab):
        import gssapi
        from gssapi.raw import ChannelBindings

        credential = gssapi.Credentials(usage="accept", store={"keytab": keytab})
        self.context = gssapi.SecurityContext(
            creds=credential,
            usage="accept",
            channel_bindings=ChannelBindings(application_data=binding),
        )

    def step(self, token):
        answer = self.context.step(token)
        if not self.context.complete:
            return answer, None
        # The library lets a login without a binding pass: the flag says that there was the right one.
        if not int(self.context.actual_flags) & CHANNEL_BOUND:
            raise PermissionError("no channel binding")
        return answer, str(self.context.initiator_name)


class Ntlm:
    scheme = "NTLM"

    def __init__(self, binding, _):
        import spnego
        from spnego.channel_bindings import GssChannelBindings

        self.context = spnego.server(
            None,
            None,
            protocol="ntlm",
            options=spnego.NegotiateOptions.use_ntlm,
            channel_bindings=GssChannelBindings(application_data=binding),
        )

    def step(self, token):
        if token[8] == 3 and not has_binding(token):
            raise PermissionError("no channel binding")
        answer = self.context.step(token)
        return answer, self.context.client_principal if self.context.complete else None


def has_binding(message):
    """Whether a third message of NTLM has MsvAvChannelBindings, and not that of nothing, which pyspnego
    lets pass."""
    # [MS-NLMP] 2.2.1.3, 2.2.2.1 and 2.2.2.7: the pairs stand 44 bytes into the answer.
    length = int.from_bytes(message[20:22], "little")
    offset = int.from_bytes(message[24:28], "little")
    pairs = message[offset + 44 : offset + length]
    while len(pairs) >= 4:
        kind = int.from_bytes(pairs[:2], "little")
        size = int.from_bytes(pairs[2:4], "little")
        if kind == 10:
            return any(pairs[4 : 4 + size])
        if kind == 0:
            break
        pairs = pairs[4 + size :]
    return False


def heads(connection):
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            more = connection.recv(65536)
            if not more:
                return
            buffer += more
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        yield head.decode("latin-1").split("\r\n")


def serve(connection, side, binding, keytab):
    # A login holds for its connection.
    login, user = None, None
    for head in heads(connection):
        fields = dict(line.split(": ", 1) for line in head[1:])
        scheme, _, token = fields.get("Authorization", "").partition(" ")
        status, field, body = "401 Unauthorized", side.scheme, b""
        if scheme == side.scheme:
            if login is None or user:
                login, user = side(binding, keytab), None
            try:
                answer, user = login.step(base64.b64decode(token))
                if answer:
                    field += " " + base64.b64encode(answer).decode()
            except Exception as error:  # whatever it is, the login is refused
                print(f"{type(error).__name__}: {error}".splitlines()[0], flush=True)
                login = None
        if user:
            status, body = "200 OK", user.encode()
        answer = (
            f"HTTP/1.1 {status}\r\nWWW-Authenticate: {field}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(answer.encode() + body)


def accepted(connection, tls, *rest):
    try:
        serve(tls.wrap_socket(connection, server_side=True), *rest)
    except OSError:
        pass
    finally:
        connection.close()


def main():
    side = {"gssapi": Kerberos, "ntlm": Ntlm}[sys.argv[1]]
    certificate, key = sys.argv[2:4]
    keytab = sys.argv[4] if len(sys.argv) > 4 else None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    binding = binding_of(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        arguments = (connection, tls, side, binding, keytab)
        threading.Thread(target=accepted, args=arguments, daemon=True).start()


main()
