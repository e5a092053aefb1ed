//! Headers, addresses and credentials: the values a program hands to the rest of `system-net`.
#![allow(clippy::print_stdout, reason = "the output of the example")]

use std::error::Error;

use system_net_primitives::{
    CredentialCache, Credentials, HttpRequestHeader, IpAddress, IpEndPoint, NetworkCredential,
    WebHeaderCollection,
};
use system_net_uri::Uri;

fn main() -> Result<(), Box<dyn Error>> {
    let mut headers = WebHeaderCollection::for_request();
    headers.set_request_header(HttpRequestHeader::AcceptLanguage, "de, en;q=0.5")?;
    headers.add("X-Trace", "17")?;
    print!("{headers}");
    if let Err(refused) = headers.add("Host", "example.org") {
        println!("{refused}");
    }

    for text in ["0x7f.1", "fe80::1%3", "::ffff:192.0.2.1"] {
        let address: IpAddress = text.parse()?;
        println!(
            "{text} is {}, on this machine: {}",
            address,
            address.is_loopback()
        );
    }
    println!("{}", "[2001:db8::1]:443".parse::<IpEndPoint>()?);

    let mut cache = CredentialCache::new();
    let prefix = Uri::parse("https://example.org/private/")?;
    cache.add(
        &prefix,
        "Digest",
        NetworkCredential::new("ann", "not shown"),
    )?;
    let wanted = Uri::parse("https://example.org/private/report")?;
    println!("{:?}", cache.get_credential(&wanted, "Digest"));
    Ok(())
}
