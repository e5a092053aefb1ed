//! What traces are told apart by: where they come from and how grave they are.

/// A source of traces. Its name is also the target of what goes to `tracing`.
///
/// .NET: `System.Diagnostics.TraceSource`, of which `System.Net` has these six.
#[doc(alias = "TraceSource")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Requests and responses of HTTP and FTP, problems of certificates.
    Net,
    /// Sockets, TCP clients and listeners, name resolution.
    Sockets,
    /// The HTTP server.
    HttpListener,
    /// The cache.
    Cache,
    /// `HttpClient` and its handlers.
    Http,
    /// Web sockets.
    WebSockets,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Net,
        Self::Sockets,
        Self::HttpListener,
        Self::Cache,
        Self::Http,
        Self::WebSockets,
    ];

    /// The name in configuration files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Net => "System.Net",
            Self::Sockets => "System.Net.Sockets",
            Self::HttpListener => "System.Net.HttpListener",
            Self::Cache => "System.Net.Cache",
            Self::Http => "System.Net.Http",
            Self::WebSockets => "System.Net.WebSockets",
        }
    }

    /// The source of that name; the guide has two names for that of web sockets.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "System.Net.WebSockets.WebSocket" {
            return Some(Self::WebSockets);
        }
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// How grave what is told is.
///
/// .NET: `System.Diagnostics.TraceEventType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TraceEventType {
    /// The program cannot go on.
    Critical,
    /// A call failed.
    Error,
    /// Something is not as it should be.
    Warning,
    /// What goes with what, and other news.
    Information,
    /// Calls entered and exited, and data.
    Verbose,
}

impl TraceEventType {
    /// All of them, the gravest first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Information,
        Self::Verbose,
    ];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Information => "Information",
            Self::Verbose => "Verbose",
        }
    }

    /// The number in .NET, a bit of what a switch lets pass.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}
