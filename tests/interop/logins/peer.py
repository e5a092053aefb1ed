"""The other side of a login, not written by us: python-gssapi (MIT Kerberos) or pyspnego.

Reads a message a line from standard input, in hexadecimal digits, or `-` for none, and answers each
with one line of JSON: the next message, whether it is complete, and then who logged in to what. The
lines `sign:`, `wrap:` and `unwrap:` use the login.

peer.py accept|initiate gssapi|kerberos|ntlm|negotiate OPTIONS(JSON)
"""

import json
import sys
import traceback


def gssapi_side(side, options):
    import gssapi
    from gssapi.raw import ChannelBindings

    kerberos = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
    spnego = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
    mechanism = spnego if options.get("spnego") else kerberos
    binding = options.get("binding")
    binding = ChannelBindings(application_data=bytes.fromhex(binding)) if binding else None
    if side == "accept":
        store = {"keytab": options["keytab"]} if "keytab" in options else None
        credential = gssapi.Credentials(usage="accept", store=store)
        context = gssapi.SecurityContext(
            creds=credential, usage="accept", channel_bindings=binding
        )
    else:
        name = gssapi.Name(options["target"], gssapi.NameType.kerberos_principal)
        flags = 2 | 4 | 8 | 16 | 32 | (1 if options.get("delegate") else 0)
        context = gssapi.SecurityContext(
            name=name, usage="initiate", mech=mechanism, flags=flags, channel_bindings=binding
        )

    class Side:
        def step(self, token):
            answer = context.step(token) if token is not None else context.step()
            facts = {}
            if context.complete:
                facts["user"] = str(context.initiator_name)
                facts["service"] = str(context.target_name)
                facts["flags"] = int(context.actual_flags)
                facts["delegated"] = context.delegated_creds is not None
            return answer, context.complete, facts

        def sign(self, data):
            return context.get_signature(data)

        def wrap(self, data):
            return context.wrap(data, True).message

        def unwrap(self, data):
            return context.unwrap(data).message

    return Side()


def spnego_side(side, protocol, options):
    import spnego
    from spnego.channel_bindings import GssChannelBindings

    binding = options.get("binding")
    binding = GssChannelBindings(application_data=bytes.fromhex(binding)) if binding else None
    more = {"protocol": protocol, "channel_bindings": binding}
    if options.get("python"):
        # Its own negotiation and NTLM, not those of the system's library.
        more["options"] = {
            "negotiate": spnego.NegotiateOptions.use_negotiate,
            "ntlm": spnego.NegotiateOptions.use_ntlm,
        }[protocol]
    if side == "accept":
        context = spnego.server(options.get("host"), options.get("service"), **more)
    else:
        context = spnego.client(
            options.get("user"),
            options.get("password"),
            hostname=options.get("host"),
            service=options.get("service"),
            **more,
        )

    class Side:
        def step(self, token):
            answer = context.step(token)
            facts = {}
            if context.complete:
                facts["user"] = context.client_principal
                facts["mechanism"] = context.negotiated_protocol
            return answer, context.complete, facts

        def sign(self, data):
            return context.sign(data)

        def wrap(self, data):
            return context.wrap(data).data

        def unwrap(self, data):
            return context.unwrap(data).data

    return Side()


def main():
    side, library, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    if library == "gssapi":
        peer = gssapi_side(side, options)
    else:
        peer = spnego_side(side, library, options)
    for line in sys.stdin:
        call, _, digits = line.strip().rpartition(":")
        data = None if digits == "-" else bytes.fromhex(digits)
        try:
            if call:
                answer = {"message": getattr(peer, call)(data).hex()}
            else:
                message, complete, facts = peer.step(data)
                answer = {"message": message.hex() if message else None, "complete": complete}
                answer.update(facts)
        except Exception as error:  # whatever it is, the test wants to see it
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
