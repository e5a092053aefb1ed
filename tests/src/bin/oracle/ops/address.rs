// ip, ipbytes, iplong, ipep, nbo: IPAddress and its end points.

use serde_json::{Map, Value, json};
use system_net_primitives::{AddressFamily, DnsEndPoint, IpAddress, IpEndPoint};

use super::{Op, Run, Settings, exception, hex, misuse, text, unhex};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "ip",
        run: ip,
        not_yet: &[],
    },
    Op {
        name: "ipbytes",
        run: ipbytes,
        not_yet: &[],
    },
    Op {
        name: "iplong",
        run: iplong,
        not_yet: &[],
    },
    Op {
        name: "ipep",
        run: ipep,
        not_yet: &[],
    },
    Op {
        name: "nbo",
        run: nbo,
        not_yet: &[],
    },
];

fn family(address: IpAddress) -> &'static str {
    match address.address_family() {
        AddressFamily::InterNetwork => "InterNetwork",
        AddressFamily::InterNetworkV6 => "InterNetworkV6",
        _ => "Unspecified",
    }
}

/// Every recorded member of an address.
fn members(address: IpAddress) -> Map<String, Value> {
    // A member that the family has not is a SocketException in .NET and `None` here.
    let or_socket =
        |value: Option<u32>| value.map_or_else(|| exception("SocketException"), Value::from);
    let answer = json!({
        "ToString": address.to_string(),
        "Family": family(address),
        "bytes": hex(&address.get_address_bytes()),
        "ScopeId": or_socket(address.scope_id()),
        "Address": or_socket(address.address()),
        "IsIPv6LinkLocal": address.is_ipv6_link_local(),
        "IsIPv6SiteLocal": address.is_ipv6_site_local(),
        "IsIPv6Multicast": address.is_ipv6_multicast(),
        "IsIPv6Teredo": address.is_ipv6_teredo(),
        "IsIPv4MappedToIPv6": address.is_ipv4_mapped_to_ipv6(),
        "IsLoopback": address.is_loopback(),
        "MapToIPv6": address.map_to_ipv6().to_string(),
        "MapToIPv4": address.map_to_ipv4().to_string(),
    });
    match answer {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn ip(input: &[Value], _: Settings) -> Run {
    let Some(text) = text(input, 0) else {
        return Run::NotExpressible;
    };
    Run::Answer(match text.parse::<IpAddress>() {
        Ok(address) => {
            let mut fields = members(address);
            fields.insert("Parse".into(), "ok".into());
            fields.insert("TryParse".into(), true.into());
            fields.into()
        }
        Err(_) => json!({"Parse": exception("FormatException"), "TryParse": false}),
    })
}

fn ipbytes(input: &[Value], _: Settings) -> Run {
    let Some(bytes) = text(input, 0).and_then(unhex) else {
        return Run::NotExpressible;
    };
    let address = match input.get(1).and_then(Value::as_i64) {
        None => IpAddress::from_bytes(&bytes),
        Some(scope_id) => IpAddress::from_bytes_and_scope(&bytes, scope_id),
    };
    Run::Answer(match address {
        Ok(address) => members(address).into(),
        Err(error) => json!({"ctor": misuse(&error)}),
    })
}

fn iplong(input: &[Value], _: Settings) -> Run {
    let Some(number) = input.first().and_then(Value::as_i64) else {
        return Run::NotExpressible;
    };
    Run::Answer(match IpAddress::from_i64(number) {
        Ok(address) => members(address).into(),
        Err(error) => json!({"ctor": misuse(&error)}),
    })
}

fn ipep(input: &[Value], _: Settings) -> Run {
    let port = input
        .get(1)
        .and_then(Value::as_u64)
        .and_then(|port| u16::try_from(port).ok());
    let (Some(host), Some(port)) = (text(input, 0), port) else {
        return Run::NotExpressible;
    };
    let Ok(address) = host.parse::<IpAddress>() else {
        return Run::NotExpressible;
    };
    let dns = match DnsEndPoint::new(host, port) {
        Ok(end_point) => end_point.to_string().into(),
        Err(error) => misuse(&error),
    };
    let end_point = IpEndPoint::new(address, port);
    let socket_address = end_point.serialize();
    let round_trip = IpEndPoint::create(&socket_address);
    Run::Answer(json!({
        "ToString": end_point.to_string(),
        "Family": family(address),
        "SocketAddressSize": socket_address.size(),
        "RoundTrip": round_trip.map_or_else(|error| misuse(&error), |end| end.to_string().into()),
        "DnsEndPoint": dns,
    }))
}

fn nbo(input: &[Value], _: Settings) -> Run {
    let Some(number) = input.first().and_then(Value::as_i64) else {
        return Run::NotExpressible;
    };
    // As the recording did: the number is cut to each width.
    #[allow(clippy::cast_possible_truncation, reason = "the recorded casts")]
    let (short, int) = (number as i16, number as i32);
    Run::Answer(json!({
        "short": IpAddress::host_to_network_order_i16(short),
        "int": IpAddress::host_to_network_order_i32(int),
        "long": IpAddress::host_to_network_order_i64(number),
    }))
}
