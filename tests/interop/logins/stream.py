"""The other side of a NegotiateStream: the frames of [MS-NNS] written here, the logins by pyspnego.

stream.py accept|connect OPTIONS(JSON)

`accept` prints its port. Both say a line to each other: it answers what it reads turned around, and
prints at last what it knows of the login.
"""

import json
import socket
import struct
import sys
import traceback

import spnego
from spnego.channel_bindings import GssChannelBindings

DONE, ERROR, GOES_ON = 0x14, 0x15, 0x16


def exactly(stream, size):
    data = b""
    while len(data) < size:
        more = stream.recv(size - len(data))
        if not more:
            raise EOFError(f"{len(data)} bytes of {size}")
        data += more
    return data


def read_frame(stream):
    kind, major, minor, size = struct.unpack(">BBBH", exactly(stream, 5))
    assert (major, minor) == (1, 0), (major, minor)
    payload = exactly(stream, size)
    if kind == ERROR:
        raise PermissionError(f"code {payload.hex()}")
    return kind, payload


def write_frame(stream, kind, payload):
    stream.sendall(struct.pack(">BBBH", kind, 1, 0, len(payload)) + payload)


def log_in(stream, context):
    """The client's side."""
    token = context.step()
    while True:
        write_frame(stream, DONE if context.complete else GOES_ON, token or b"")
        kind, payload = read_frame(stream)
        if payload or not context.complete:
            token = context.step(payload)
        if kind == DONE:
            assert context.complete
            if token:
                write_frame(stream, DONE, token)
            return


def let_in(stream, context):
    """The server's side."""
    while True:
        _, payload = read_frame(stream)
        try:
            token = context.step(payload) if payload else None
        except Exception as error:
            write_frame(stream, ERROR, bytes.fromhex("000000008009030c"))
            raise PermissionError(str(error)) from error
        if context.complete:
            write_frame(stream, DONE, token or b"")
            return
        write_frame(stream, GOES_ON, token)


def read_data(stream, context, level):
    if level == "None":
        return stream.recv(65536)
    (size,) = struct.unpack("<I", exactly(stream, 4))
    message = exactly(stream, size)
    if level == "Sign" and context.negotiated_protocol == "ntlm":
        # It has no wrapping without hiding.
        context.verify(message[16:], message[:16])
        return message[16:]
    return context.unwrap(message).data


def write_data(stream, context, level, data):
    if level == "None":
        stream.sendall(data)
        return
    if level == "Sign" and context.negotiated_protocol == "ntlm":
        wrapped = context.sign(data) + data
    else:
        wrapped = context.wrap(data, encrypt=level == "EncryptAndSign").data
    stream.sendall(struct.pack("<I", len(wrapped)) + wrapped)


def context_of(side, options):
    binding = options.get("binding")
    if binding:
        binding = GssChannelBindings(application_data=bytes.fromhex(binding))
    flags = spnego.ContextReq.replay_detect | spnego.ContextReq.sequence_detect
    if options["level"] != "None":
        flags |= spnego.ContextReq.integrity
    if options["level"] == "EncryptAndSign":
        flags |= spnego.ContextReq.confidentiality
    if options["protocol"] == "kerberos":
        flags |= spnego.ContextReq.mutual_auth
    more = {
        "protocol": "negotiate",
        "channel_bindings": binding or None,
        "context_req": flags,
        "options": spnego.NegotiateOptions.use_negotiate,
    }
    if side == "accept":
        return spnego.server(options["host"], "HTTP", **more)
    return spnego.client(
        options.get("user"), options.get("password"), hostname=options["host"], service="HTTP", **more
    )


def main():
    side, options = sys.argv[1], json.loads(sys.argv[2])
    if side == "accept":
        listener = socket.create_server(("127.0.0.1", 0))
        print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
        stream, _ = listener.accept()
    else:
        stream = socket.create_connection(("127.0.0.1", options["port"]))
    context, level = context_of(side, options), options["level"]
    try:
        if side == "accept":
            let_in(stream, context)
            for _ in range(3):
                data = read_data(stream, context, level)
                write_data(stream, context, level, data[::-1])
        else:
            log_in(stream, context)
            for size in (1, 100, 60000):
                data = bytes(at % 251 for at in range(size))
                write_data(stream, context, level, data)
                answer = b""
                while len(answer) < size:
                    answer += read_data(stream, context, level)
                assert answer == data[::-1], size
        facts = {"mechanism": context.negotiated_protocol}
        if side == "accept":
            facts["user"] = context.client_principal
    except Exception as error:  # whatever it is, the test wants to see it
        traceback.print_exc()
        facts = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(facts), flush=True)


main()
