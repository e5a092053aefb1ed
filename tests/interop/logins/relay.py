"""Somebody in between who has a certificate of his own: passes on what clients send over TLS to a
server, over another TLS connection, and what it answers back. With `-` for the certificate clients
come without TLS.

One thread alone has each connection: OpenSSL loses data of one that is read and written by two at once.

relay.py CERTIFICATE KEY CA HOST PORT: prints its own port.
"""

import asyncio
import ssl
import sys


async def copy(source, target):
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


async def main():
    certificate, key, authority, host, port = sys.argv[1:6]
    near = None
    if certificate != "-":
        near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        near.load_cert_chain(certificate, key)
    far = ssl.create_default_context(cafile=authority)

    async def serve(reader, writer):
        try:
            server = await asyncio.open_connection(
                host, int(port), ssl=far, server_hostname="localhost"
            )
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, server[1]), copy(server[0], writer))

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=near)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


asyncio.run(main())
