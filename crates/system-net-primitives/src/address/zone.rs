//! Numbers of interfaces by name, for scope ids in text.

/// The number the system gave to an interface, from `/sys`, which needs no system call of its
/// own kind. Without `/sys` no name is known.
#[cfg(target_os = "linux")]
pub(super) fn interface_index(name: &str) -> Option<u32> {
    /// `IFNAMSIZ` without its closing zero.
    const MAX_NAME: usize = 15;
    let is_name = name.len() <= MAX_NAME && !matches!(name, "" | "." | "..");
    // The kernel refuses these two in names; here they would lead elsewhere.
    if !is_name || name.contains(['/', '\0']) {
        return None;
    }
    let text = std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()?;
    text.trim_ascii().parse().ok()
}

/// Only Linux tells without a system call; see `IpAddress::parse_with`.
#[cfg(not(target_os = "linux"))]
pub(super) fn interface_index(_name: &str) -> Option<u32> {
    None
}
