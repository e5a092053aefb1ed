//! Numbers of interfaces by name, for scope ids in text.

/// The number the system gave to an interface. Without /proc and /sys no name is known.
///
/// The list of IPv6 addresses in /proc is that of the thread's own network namespace, and whatever
/// needs a scope id has an address there. /sys is of the namespace in which it was mounted; it
/// knows interfaces without IPv6 too.
#[cfg(target_os = "linux")]
pub(super) fn interface_index(name: &str) -> Option<u32> {
    /// `IFNAMSIZ` without its closing zero.
    const MAX_NAME: usize = 15;
    let is_name = name.len() <= MAX_NAME && !matches!(name, "" | "." | "..");
    // The kernel refuses these two in names; here they would lead elsewhere.
    if !is_name || name.contains(['/', '\0']) {
        return None;
    }
    if let Ok(list) = std::fs::read_to_string("/proc/thread-self/net/if_inet6")
        && let Some(index) = index_in_list(&list, name)
    {
        return Some(index);
    }
    let text = std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()?;
    text.trim_ascii().parse().ok()
}

/// Lines of address, number in hexadecimal, prefix, scope, flags and name.
#[cfg(target_os = "linux")]
fn index_in_list(list: &str, name: &str) -> Option<u32> {
    let line = list
        .lines()
        .find(|line| line.split_ascii_whitespace().nth(5) == Some(name))?;
    u32::from_str_radix(line.split_ascii_whitespace().nth(1)?, 16).ok()
}

/// Only Linux tells without a system call; see `IpAddress::parse_with`.
#[cfg(not(target_os = "linux"))]
pub(super) fn interface_index(_name: &str) -> Option<u32> {
    None
}
