//! How mail leaves: values of `<mailSettings><smtp>`.

use std::fmt;

/// How mail leaves.
///
/// .NET: `System.Net.Configuration.SmtpSection`
#[doc(alias = "SmtpSection")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// By which way; `Network`.
    ///
    /// .NET: `System.Net.Configuration.SmtpSection.DeliveryMethod`
    #[doc(alias = "SmtpSection.DeliveryMethod")]
    pub delivery_method: SmtpDeliveryMethod,
    /// In which form headers outside of ASCII leave; `SevenBit`.
    ///
    /// .NET: `System.Net.Configuration.SmtpSection.DeliveryFormat`
    #[doc(alias = "SmtpSection.DeliveryFormat")]
    pub delivery_format: SmtpDeliveryFormat,
    /// The sender of messages that name none.
    ///
    /// .NET: `System.Net.Configuration.SmtpSection.From`
    #[doc(alias = "SmtpSection.From")]
    pub from: Option<String>,
    /// The server.
    ///
    /// .NET: `System.Net.Configuration.SmtpSection.Network`
    #[doc(alias = "SmtpSection.Network")]
    pub network: SmtpNetworkSettings,
    /// The folder in which messages are left, for `SpecifiedPickupDirectory`.
    ///
    /// .NET: `System.Net.Configuration.SmtpSection.SpecifiedPickupDirectory`
    #[doc(alias = "SmtpSection.SpecifiedPickupDirectory")]
    pub pickup_directory_location: Option<String>,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            delivery_method: SmtpDeliveryMethod::Network,
            delivery_format: SmtpDeliveryFormat::SevenBit,
            from: None,
            network: SmtpNetworkSettings::default(),
            pickup_directory_location: None,
        }
    }
}

/// The server that takes mail. Printed without the password.
///
/// .NET: `System.Net.Configuration.SmtpNetworkElement`
#[doc(alias = "SmtpNetworkElement")]
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpNetworkSettings {
    /// Its name or address.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.Host`
    #[doc(alias = "SmtpNetworkElement.Host")]
    pub host: Option<String>,
    /// Its port; 25.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.Port`
    #[doc(alias = "SmtpNetworkElement.Port")]
    pub port: u16,
    /// What this host calls itself; `None` for its own name.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.ClientDomain`
    #[doc(alias = "SmtpNetworkElement.ClientDomain")]
    pub client_domain: Option<String>,
    /// Whether the default credentials are used; `false`.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.DefaultCredentials`
    #[doc(alias = "SmtpNetworkElement.DefaultCredentials")]
    pub default_credentials: bool,
    /// Whether TLS is asked for; `false`.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.EnableSsl`
    #[doc(alias = "SmtpNetworkElement.EnableSsl")]
    pub enable_ssl: bool,
    /// Who logs in.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.UserName`
    #[doc(alias = "SmtpNetworkElement.UserName")]
    pub user_name: Option<String>,
    /// With which password. A file is no good place for it.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.Password`
    #[doc(alias = "SmtpNetworkElement.Password")]
    pub password: Option<String>,
    /// The service principal name for extended protection.
    ///
    /// .NET: `System.Net.Configuration.SmtpNetworkElement.TargetName`
    #[doc(alias = "SmtpNetworkElement.TargetName")]
    pub target_name: Option<String>,
}

impl Default for SmtpNetworkSettings {
    fn default() -> Self {
        Self {
            host: None,
            port: 25,
            client_domain: None,
            default_credentials: false,
            enable_ssl: false,
            user_name: None,
            password: None,
            target_name: None,
        }
    }
}

impl fmt::Debug for SmtpNetworkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpNetworkSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("client_domain", &self.client_domain)
            .field("default_credentials", &self.default_credentials)
            .field("enable_ssl", &self.enable_ssl)
            .field("user_name", &self.user_name)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("target_name", &self.target_name)
            .finish()
    }
}

/// By which way mail leaves.
///
/// .NET: `System.Net.Mail.SmtpDeliveryMethod`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SmtpDeliveryMethod {
    /// To a server.
    ///
    /// .NET: `System.Net.Mail.SmtpDeliveryMethod.Network`
    #[doc(alias = "SmtpDeliveryMethod.Network")]
    #[default]
    Network,
    /// As files in a folder that somebody else empties.
    ///
    /// .NET: `System.Net.Mail.SmtpDeliveryMethod.SpecifiedPickupDirectory`
    #[doc(alias = "SmtpDeliveryMethod.SpecifiedPickupDirectory")]
    SpecifiedPickupDirectory,
    /// As files in the folder of the IIS of this host.
    ///
    /// .NET: `System.Net.Mail.SmtpDeliveryMethod.PickupDirectoryFromIis`
    #[doc(alias = "SmtpDeliveryMethod.PickupDirectoryFromIis")]
    PickupDirectoryFromIis,
}

/// In which form headers outside of ASCII leave.
///
/// .NET: `System.Net.Mail.SmtpDeliveryFormat`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SmtpDeliveryFormat {
    /// Encoded as ASCII.
    ///
    /// .NET: `System.Net.Mail.SmtpDeliveryFormat.SevenBit`
    #[doc(alias = "SmtpDeliveryFormat.SevenBit")]
    #[default]
    SevenBit,
    /// As UTF-8, if the server takes it.
    ///
    /// .NET: `System.Net.Mail.SmtpDeliveryFormat.International`
    #[doc(alias = "SmtpDeliveryFormat.International")]
    International,
}
