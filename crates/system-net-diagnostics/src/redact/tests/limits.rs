//! What docs/tracing.md says of secrets, statement by statement: what is masked, and what is not
//! found. Who masks more takes the row, and the statement, away.

use super::masked;

const SECRET: &str = "S3CRET";

#[test]
fn what_is_documented_as_masked() {
    for input in [
        "X-Api-Key: S3CRET\r\n S3CRET\r\n",
        "GET /?key=S3CRET&sig=S3CRET&sid=S3CRET HTTP/1.1",
        "GET /?code=S3CRET HTTP/1.1",
        "a=b&code=S3CRET",
        "password=S3CRET,S3CRET]S3CRET&a=b",
        "{\"password\": {\"a\": [\"S3CRET\", {\"b\": \"S3CRET\"}]}}",
        "<token a=\"b\">S3CRET<![CDATA[S3CRET]]><b>S3CRET</token>",
        "form-data; name=\"token\"\r\n\r\nS3CRET\r\n- S3CRET\r\n--b",
        "ACCT S3CRET\r\n",
        "ADAT S3CRET\r\n",
        "AUTH S3CRET\r\n",
        "PASS\tS3CRET\r\n",
        "ftp://user:S3CRET@host/",
        "X-Session-Id: S3CRET",
        "UserPass=S3CRET&db_pass=S3CRET&pass1=S3CRET&client_key=S3CRET&device_code=S3CRET",
        "Key: S3CRET\r\nSession: S3CRET\r\n",
        "password='a'S3CRET&x=1",
        "<password value=\"S3CRET\"/>",
        "-----BEGIN EC PRIVATE KEY-----\nS3CRET\n-----END EC PRIVATE KEY-----",
    ] {
        let shown = masked(&[input]);
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn what_is_documented_as_not_found() {
    let utf16: String = "password=S3CRET".chars().flat_map(|c| [c, '\0']).collect();
    for input in [
        // Binary protocols.
        "\u{1}\u{4}user\u{6}S3CRET",
        // Encoded data, and names that are.
        "to=%2F%3Ftoken%3DS3CRET",
        "{\"p\\u0061ssword\": \"S3CRET\"}",
        "<p&#97;ssword>S3CRET</p&#97;ssword>",
        // Names that say nothing.
        "GET /reset/S3CRET HTTP/1.1",
        "the word is S3CRET",
        "X-Me: S3CRET",
        "primary_key=S3CRET",
        "dumppass=S3CRET",
        // Words of any text amid a line.
        "the key: S3CRET",
        // Keys in other forms.
        "PuTTY-User-Key-File-2: ssh-rsa\r\nPrivate-Lines: 1\r\nS3CRET\r\n",
        "a1 LOGIN user S3CRET\r\n",
        // What another line asks for.
        "AUTH LOGIN\r\nS3CRET\r\n",
        // Behind the first word.
        "Password=two S3CRET;a=b",
        // The name is a value too.
        "<add key=\"password\" value=\"S3CRET\"/>",
        // Parts that are of no form, and behind a line that begins with two dashes.
        "Content-Disposition: attachment; name=\"password\"\r\n\r\nS3CRET\r\n--b",
        "form-data; name=\"password\"\r\n\r\n--one\r\nS3CRET\r\n--b",
        // Framing amid a value.
        "5\r\na&pwd=x\r\n6\r\nS3CRET\r\n",
        // Addresses without a scheme.
        "//user:S3CRET@host/",
        "user:S3CRET@host",
    ] {
        let shown = masked(&[input]);
        assert!(shown.contains(SECRET), "{input:?} is {shown:?}");
    }
    let shown = masked(&[&utf16]).replace('\0', "");
    assert!(shown.contains(SECRET), "{shown:?}");
}
