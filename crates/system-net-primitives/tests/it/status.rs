// HttpStatusCode and HttpVersion against the recorded API list.

use system_net_primitives::{HttpStatusCode, HttpVersion};

/// Names and numbers of `System.Net.HttpStatusCode`, of the .NET Framework and .NET 9.
const MEMBERS: &str = "\
Continue 100
SwitchingProtocols 101
Processing 102
EarlyHints 103
OK 200
Created 201
Accepted 202
NonAuthoritativeInformation 203
NoContent 204
ResetContent 205
PartialContent 206
MultiStatus 207
AlreadyReported 208
IMUsed 226
MultipleChoices 300
Ambiguous 300
MovedPermanently 301
Moved 301
Found 302
Redirect 302
SeeOther 303
RedirectMethod 303
NotModified 304
UseProxy 305
Unused 306
TemporaryRedirect 307
RedirectKeepVerb 307
PermanentRedirect 308
BadRequest 400
Unauthorized 401
PaymentRequired 402
Forbidden 403
NotFound 404
MethodNotAllowed 405
NotAcceptable 406
ProxyAuthenticationRequired 407
RequestTimeout 408
Conflict 409
Gone 410
LengthRequired 411
PreconditionFailed 412
RequestEntityTooLarge 413
RequestUriTooLong 414
UnsupportedMediaType 415
RequestedRangeNotSatisfiable 416
ExpectationFailed 417
MisdirectedRequest 421
UnprocessableEntity 422
Locked 423
FailedDependency 424
UpgradeRequired 426
PreconditionRequired 428
TooManyRequests 429
RequestHeaderFieldsTooLarge 431
UnavailableForLegalReasons 451
InternalServerError 500
NotImplemented 501
BadGateway 502
ServiceUnavailable 503
GatewayTimeout 504
HttpVersionNotSupported 505
VariantAlsoNegotiates 506
InsufficientStorage 507
LoopDetected 508
NotExtended 510
NetworkAuthenticationRequired 511
UnprocessableContent 422
";

#[test]
fn http_status_code_table() {
    // The second names of a number; `name` gives the first.
    let aliases = [
        "Ambiguous",
        "Moved",
        "Redirect",
        "RedirectMethod",
        "RedirectKeepVerb",
        "UnprocessableContent",
    ];
    let mut numbers = Vec::new();
    for line in MEMBERS.lines() {
        let (name, number) = line.split_once(' ').unwrap();
        let number: u16 = number.parse().unwrap();
        let code = HttpStatusCode::from(number);
        numbers.push(number);
        if aliases.contains(&name) {
            assert_ne!(code.name(), name);
        } else {
            assert_eq!(code.name(), name, "{number}");
        }
        assert_eq!(code.description().is_empty(), number == 306, "{number}");
    }
    for number in (0..1000).filter(|number| !numbers.contains(number)) {
        assert_eq!(HttpStatusCode::new(number).name(), number.to_string());
        assert_eq!(HttpStatusCode::new(number).description(), "");
    }
    assert_eq!(HttpStatusCode::REDIRECT, HttpStatusCode::FOUND);
    assert_eq!(HttpStatusCode::OK.as_u16(), 200);
    assert_eq!(HttpStatusCode::IM_USED.description(), "IM Used");
    assert_eq!(
        format!("{:?} {}", HttpStatusCode::GONE, HttpStatusCode::new(299)),
        "410 Gone 299"
    );
}

#[test]
fn classes_of_status_codes() {
    let class = |code: u16| {
        let code = HttpStatusCode::new(code);
        [
            code.is_informational(),
            code.is_success(),
            code.is_redirection(),
            code.is_client_error(),
            code.is_server_error(),
        ]
        .iter()
        .position(|&is| is)
    };
    for (code, expected) in [
        (99, None),
        (100, Some(0)),
        (199, Some(0)),
        (200, Some(1)),
        (299, Some(1)),
        (300, Some(2)),
        (399, Some(2)),
        (400, Some(3)),
        (499, Some(3)),
        (500, Some(4)),
        (599, Some(4)),
        (600, None),
    ] {
        assert_eq!(class(code), expected, "{code}");
    }
}

#[test]
fn versions_read_and_write() {
    for version in [
        HttpVersion::VERSION10,
        HttpVersion::VERSION11,
        HttpVersion::VERSION20,
    ] {
        assert_eq!(version.to_string().parse(), Ok(version));
    }
    assert_eq!(HttpVersion::VERSION11.to_string(), "1.1");
    assert!(HttpVersion::VERSION10 < HttpVersion::VERSION11);
    for bad in ["", "1", "1.", ".1", "1.1.1", "+1.1", "1.256", "1. 1"] {
        assert!(bad.parse::<HttpVersion>().is_err(), "{bad}");
    }
}
