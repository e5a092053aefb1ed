//! The enumerations of System.Net.Sockets, with the numbers .NET gives them. Lists in which several
//! names share a number, or which admit numbers of the caller, are types with constants.

mod io_control_code;
mod ip_protection_level;
mod listed;
mod protocol_type;
mod select_mode;
mod socket_async_operation;
mod socket_flags;
mod socket_information_options;
mod socket_option_level;
mod socket_option_name;
mod socket_shutdown;
mod socket_type;
mod transmit_file_options;

pub use io_control_code::IoControlCode;
pub use ip_protection_level::IpProtectionLevel;
pub use protocol_type::ProtocolType;
pub use select_mode::SelectMode;
pub use socket_async_operation::SocketAsyncOperation;
pub use socket_flags::SocketFlags;
pub use socket_information_options::SocketInformationOptions;
pub use socket_option_level::SocketOptionLevel;
pub use socket_option_name::SocketOptionName;
pub use socket_shutdown::SocketShutdown;
pub use socket_type::SocketType;
pub use transmit_file_options::TransmitFileOptions;
