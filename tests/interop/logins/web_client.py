"""Clients of HTTP not written by us, that log in: requests, httpx, and pyspnego by hand.

web_client.py LIBRARY URL OPTIONS(JSON): prints the status and the body of each answer as JSON.

Options: user, password; ca (a file); body; count (requests in one session); binding (by hand: "own" for
that of the connection, "none", or hexadecimal digits).
"""

import base64
import hashlib
import http.client
import json
import ssl
import sys
import urllib.parse


def by_requests(scheme, url, options):
    import requests
    from requests.auth import HTTPBasicAuth, HTTPDigestAuth

    login = (options.get("user"), options.get("password"))
    if scheme == "basic":
        auth = HTTPBasicAuth(*login)
    elif scheme == "digest":
        auth = HTTPDigestAuth(*login)
    elif scheme == "ntlm":
        from requests_ntlm import HttpNtlmAuth

        auth = HttpNtlmAuth(*login)
    else:
        from requests_gssapi import HTTPSPNEGOAuth, REQUIRED

        binding = "tls-server-end-point" if options.get("binding") == "own" else None
        auth = HTTPSPNEGOAuth(mutual_authentication=REQUIRED, channel_bindings=binding)
    session = requests.Session()
    session.auth = auth
    session.verify = options.get("ca", True)
    session.trust_env = False
    for _ in range(options.get("count", 1)):
        body = options.get("body")
        method = "POST" if body else "GET"
        answer = session.request(method, url, data=body, timeout=60)
        yield answer.status_code, answer.text


def by_httpx(scheme, url, options):
    import httpx

    login = (options.get("user"), options.get("password"))
    if scheme == "basic":
        auth = httpx.BasicAuth(*login)
    elif scheme == "digest":
        auth = httpx.DigestAuth(*login)
    elif scheme == "ntlm":
        from httpx_ntlm import HttpNtlmAuth

        auth = HttpNtlmAuth(*login)
    else:
        from httpx_gssapi import HTTPSPNEGOAuth

        auth = HTTPSPNEGOAuth()
    context = ssl.create_default_context(cafile=options.get("ca"))
    with httpx.Client(auth=auth, verify=context, trust_env=False, timeout=60) as client:
        for _ in range(options.get("count", 1)):
            body = options.get("body")
            answer = client.request("POST" if body else "GET", url, content=body)
            yield answer.status_code, answer.text


def binding_of(connection, wanted):
    from spnego.channel_bindings import GssChannelBindings

    if wanted in (None, "none"):
        return None
    if wanted == "own":
        certificate = connection.sock.getpeercert(binary_form=True)
        data = b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    else:
        data = bytes.fromhex(wanted)
    return GssChannelBindings(application_data=data)


def by_hand(scheme, url, options):
    import spnego

    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=options["ca"])
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.timeout = 60
    connection.connect()
    field = {"ntlm": "NTLM", "negotiate": "Negotiate", "kerberos": "Negotiate"}[scheme]
    more = {}
    if scheme == "ntlm":
        more["options"] = spnego.NegotiateOptions.use_ntlm
    client = spnego.client(
        options.get("user"),
        options.get("password"),
        hostname=options.get("host", parts.hostname),
        service="HTTP",
        protocol=scheme,
        channel_bindings=binding_of(connection, options.get("binding")),
        **more,
    )
    token = client.step()
    while True:
        headers = {}
        if token:
            headers["Authorization"] = f"{field} {base64.b64encode(token).decode()}"
        connection.request("GET", parts.path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        challenge = answer.headers.get("WWW-Authenticate", "")
        offered, _, reply = challenge.partition(" ")
        if answer.status == 401 and reply and offered == field and not client.complete:
            token = client.step(base64.b64decode(reply))
            continue
        if answer.status == 200 and reply and not client.complete:
            client.step(base64.b64decode(reply))
        if answer.status == 200:
            assert client.complete, "the server let us in before the login was complete"
        yield answer.status, text
        return


def main():
    library, url, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    name, _, scheme = library.partition("-")
    ways = {"requests": by_requests, "httpx": by_httpx, "spnego": by_hand}
    answers = [{"status": status, "text": text} for status, text in ways[name](scheme, url, options)]
    print(json.dumps(answers))


main()
