//! The order in which addresses are tried.

use system_net_primitives::IpAddress;

/// The addresses with their families taking turns, beginning with the family of the first; the
/// order within a family stays, and what comes twice counts once.
///
/// RFC 8305 section 4: "addresses ... SHOULD be interleaved by address family".
pub(super) fn interleave(addresses: &[IpAddress]) -> impl Iterator<Item = IpAddress> {
    let family = addresses.first().map(|address| address.address_family());
    let mut seen = Vec::with_capacity(addresses.len());
    for address in addresses {
        if !seen.contains(address) {
            seen.push(*address);
        }
    }
    let is_first = move |address: &IpAddress| Some(address.address_family()) == family;
    let (first, second): (Vec<_>, Vec<_>) = seen.into_iter().partition(is_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turn = false;
    std::iter::from_fn(move || {
        turn = !turn;
        if turn {
            first.next().or_else(|| second.next())
        } else {
            second.next().or_else(|| first.next())
        }
    })
}

#[cfg(test)]
mod tests {
    use system_net_primitives::AddressFamily;

    use super::*;

    #[track_caller]
    fn check(given: &str, expected: &str) {
        let given: Vec<IpAddress> = given
            .split_whitespace()
            .map(|text| text.parse().unwrap())
            .collect();
        let families: Vec<AddressFamily> = interleave(&given)
            .map(|address| address.address_family())
            .collect();
        let ordered: Vec<String> = interleave(&given)
            .map(|address| address.to_string())
            .collect();
        assert_eq!(ordered.join(" "), expected, "{families:?}");
    }

    #[test]
    fn families_take_turns() {
        check("", "");
        check("10.0.0.1", "10.0.0.1");
        check("::1 ::2 10.0.0.1 10.0.0.2", "::1 10.0.0.1 ::2 10.0.0.2");
        check("10.0.0.1 ::1 ::2 ::3", "10.0.0.1 ::1 ::2 ::3");
        check("::1 ::2 ::3 10.0.0.1", "::1 10.0.0.1 ::2 ::3");
        check("10.0.0.2 10.0.0.1", "10.0.0.2 10.0.0.1");
        check("::1 ::1 10.0.0.1 ::1 10.0.0.1", "::1 10.0.0.1");
    }
}
