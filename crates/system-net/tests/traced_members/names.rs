//! `Dns`.

use system_net::runtime::block_on;
use system_net::{AddressFamily, Dns, IpAddress};

use crate::Table;

pub(crate) fn names() {
    let mut table = Table::default();
    let (name, address) = ("127.0.0.1", IpAddress::LOOPBACK);
    let v4 = AddressFamily::InterNetwork;
    let _ = table.row("DNS::GetHostEntry", || Dns::get_host_entry(name));
    let _ = table.row("DNS::GetHostEntry", || {
        Dns::get_host_entry_by_address(address)
    });
    let _ = table.row("DNS::GetHostEntry", || {
        Dns::get_host_entry_of_family(name, v4)
    });
    let _ = table.row("DNS::GetHostAddresses", || Dns::get_host_addresses(name));
    let _ = table.row("DNS::GetHostAddresses", || {
        Dns::get_host_addresses_of_family(name, v4)
    });
    let _ = table.row("DNS::Resolve", || Dns::resolve(name));
    let _ = table.row("DNS::GetHostByName", || Dns::get_host_by_name(name));
    let _ = table.row("DNS::GetHostByAddress", || {
        Dns::get_host_by_address(address)
    });
    let _ = table.row("DNS::GetHostByAddress", || {
        Dns::get_host_by_address_from_str(name)
    });
    let _ = table.row("DNS::GetHostEntryAsync", || {
        block_on(Dns::get_host_entry_async(name))
    });
    let _ = table.row("DNS::GetHostEntryAsync", || {
        block_on(Dns::get_host_entry_by_address_async(address))
    });
    let _ = table.row("DNS::GetHostAddressesAsync", || {
        block_on(Dns::get_host_addresses_async(name))
    });
    let begun = table.row("DNS::BeginGetHostAddresses", || {
        Dns::begin_get_host_addresses(name, None, None)
    });
    let _ = table.row("DNS::EndGetHostAddresses", || {
        Dns::end_get_host_addresses(&begun)
    });
    let begun = table.row("DNS::BeginGetHostEntry", || {
        Dns::begin_get_host_entry(name, None, None)
    });
    let _ = table.row("DNS::EndGetHostEntry", || Dns::end_get_host_entry(&begun));
    let begun = table.row("DNS::BeginGetHostEntry", || {
        Dns::begin_get_host_entry_by_address(address, None, None)
    });
    let _ = Dns::end_get_host_entry(&begun);
    let begun = table.row("DNS::BeginGetHostByName", || {
        Dns::begin_get_host_by_name(name, None, None)
    });
    let _ = table.row("DNS::EndGetHostByName", || {
        Dns::end_get_host_by_name(&begun)
    });
    let begun = table.row("DNS::BeginResolve", || Dns::begin_resolve(name, None, None));
    let _ = table.row("DNS::EndResolve", || Dns::end_resolve(&begun));
    table.end(21);
}
