//! The table of attributes.

use super::ConfigurationEffect as Effect;

pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) type_name: &'static str,
    /// Empty for none.
    pub(super) default: &'static str,
    pub(super) example: &'static str,
    pub(super) effect: Effect,
    pub(super) description: &'static str,
}

/// An attribute by name, type, default and example, something acts on.
const fn acts(of: [&'static str; 4], description: &'static str) -> Row {
    row(of, Effect::Acts, description)
}

/// One nothing acts on.
const fn reported(of: [&'static str; 4], description: &'static str) -> Row {
    row(of, Effect::Reported, description)
}

/// One that says which entry is meant.
const fn key(of: [&'static str; 4], description: &'static str) -> Row {
    row(of, Effect::Key, description)
}

const fn row(of: [&'static str; 4], effect: Effect, description: &'static str) -> Row {
    let [name, type_name, default, example] = of;
    Row {
        name,
        type_name,
        default,
        example,
        effect,
        description,
    }
}

const BOOLEAN: &str = "true or false";
const TRISTATE: &str = "True, False or Unspecified";
const TIME: &str = "time";
const TEXT: &str = "text";
const FROM_0: &str = "number from 0";
const FROM_MINUS_1: &str = "number from -1";
const TYPE: &str = "name of a type";

/// The elements that have attributes, by their paths, in order.
#[rustfmt::skip]
pub(super) const ELEMENTS: &[(&str, &[Row])] = &[
    ("runtime/AppContextSwitchOverrides", &[
        acts(["value", "`Name=true;Other=false`", "", "Switch.System.Net.DontEnableSchUseStrongCrypto=true"],
            "Switches by name. `Switch.System.Net.DontEnableSchUseStrongCrypto` and `Switch.System.Net.DontEnableSystemDefaultTlsVersions` decide about TLS (`docs/tls.md`), `System.Net.DisableIPv6=true` is `ipv6` off; each other one is reported, and kept for the program to look at."),
    ]),
    ("startup/supportedRuntime", &[
        acts(["sku", "version of the .NET Framework", "", ".NETFramework,Version=v4.6.2"],
            "The version that the program was written for, on which the defaults of TLS depend (`docs/tls.md`). Of several elements the first counts."),
        acts(["version", "version of the runtime", "", "v2.0.50727"],
            "The same, where there is no `sku`: `v2.0.50727` stands for 3.5, `v4.0` for 4.0."),
    ]),
    ("system.diagnostics/sharedListeners/add", &[
        acts(["initializeData", TEXT, "", "network.log"],
            "What the constructor gets, for a text writer the name of a file."),
        acts(["name", "name of a listener", "", "System.Net"],
            "The name that sources refer to. `listeners` of `source` and of `trace` have the same attributes."),
        acts(["traceOutputOptions", "words with commas between", "", "DateTime, ThreadId"],
            "What is written beside the text."),
        acts(["type", TYPE, "", "System.Diagnostics.TextWriterTraceListener"],
            "What the listener is; without it the shared one of that name."),
    ]),
    ("system.diagnostics/sharedListeners/remove", &[
        acts(["name", "name of a listener", "", "Default"],
            "The listener to take out."),
    ]),
    ("system.diagnostics/sources/remove", &[
        key(["name", "name of a source", "", "System.Net"],
            "The source whose entry is taken out."),
    ]),
    ("system.diagnostics/sources/source", &[
        acts(["dangerouslyShowSecrets", BOOLEAN, "false", "true"],
            "Shows passwords, tokens and cookies, which are masked otherwise. Not of .NET."),
        acts(["maxdatasize", FROM_0, "1024", "64"],
            "How many bytes of data are shown."),
        key(["name", "name of a source", "", "System.Net"],
            "The source. `System.Net.WebSockets.WebSocket` is the same as `System.Net.WebSockets`. By `System.Net.Cache`, `System.Net.Http` and `System.Net.WebSockets` nothing is traced yet: a warning says so."),
        acts(["switchName", TEXT, "", "mySwitch"],
            "The name of its switch; without it that of the source."),
        acts(["switchValue", "level", "", "Verbose"],
            "The level if no switch says otherwise."),
        acts(["tracemode", "includehex or protocolonly", "includehex", "protocolonly"],
            "Whether data are shown as numbers too. It belongs here, and not on the switches as a table of the guide has it."),
    ]),
    ("system.diagnostics/switches/add", &[
        key(["name", "name of a source", "", "System.Net"],
            "The source the switch is for."),
        acts(["value", "level, for `System.Net` one of Off, Critical, Error, Warning, Information, Verbose, ActivityTracing, All or a number", "", "Verbose"],
            "How much is traced."),
    ]),
    ("system.diagnostics/switches/remove", &[
        key(["name", "name of a source", "", "System.Net"],
            "The switch to take out."),
    ]),
    ("system.diagnostics/trace", &[
        acts(["autoflush", BOOLEAN, "false", "true"],
            "Whether each line is flushed."),
        acts(["indentsize", FROM_0, "4", "2"],
            "How many blanks a level is indented by."),
        acts(["useGlobalLock", BOOLEAN, "true", "false"],
            "Whether listeners are locked by one lock."),
    ]),
    ("system.net/authenticationModules/add", &[
        acts(["type", TYPE, "", "MyAuthModule, MyAuthModule.dll"],
            "Asks a module that the program registered under this name."),
    ]),
    ("system.net/authenticationModules/remove", &[
        acts(["type", TYPE, "", "System.Net.BasicClient"],
            "Asks the module of this name no more."),
    ]),
    ("system.net/connectionManagement/add", &[
        acts(["address", "host, IP address, URI or *", "", "*"],
            "The server the limit is for; `*` for all that are not listed."),
        acts(["maxconnection", "number from 1", "", "4"],
            "The greatest number of connections to it."),
    ]),
    ("system.net/connectionManagement/remove", &[
        key(["address", "host, IP address, URI or *", "", "192.168.1.2"],
            "The entry to take out."),
    ]),
    ("system.net/defaultProxy", &[
        acts(["enabled", BOOLEAN, "true", "false"],
            "Whether there is a default proxy."),
        acts(["useDefaultCredentials", BOOLEAN, "false", "true"],
            "Whether the proxy gets the default credentials."),
    ]),
    ("system.net/defaultProxy/bypasslist/add", &[
        acts(["address", "regular expression", "", "[a-z]+\\.contoso\\.com$"],
            "Addresses that are reached without the proxy; compared is `http://host` or `http://host:port`, in any letter case and without a slash at the end."),
    ]),
    ("system.net/defaultProxy/bypasslist/remove", &[
        key(["address", "regular expression", "", "[a-z]+\\.contoso\\.com$"],
            "The expression to take out."),
    ]),
    ("system.net/defaultProxy/module", &[
        acts(["type", TYPE, "", "MyProxy, MyAssembly"],
            "A proxy that the program registered under this name."),
    ]),
    ("system.net/defaultProxy/proxy", &[
        reported(["autoDetect", TRISTATE, "Unspecified", "True"],
            "Whether a script is looked for in the network."),
        acts(["bypassonlocal", TRISTATE, "Unspecified", "true"],
            "Whether names without a dot are reached without the proxy."),
        acts(["proxyaddress", "absolute URI", "", "http://proxyserver:80"],
            "The address of the proxy."),
        reported(["scriptLocation", "absolute URI", "", "http://wpad/wpad.dat"],
            "Where the script is that chooses a proxy."),
        acts(["usesystemdefault", TRISTATE, "Unspecified", "false"],
            "Whether the proxy of the system is used: `true`: it alone, whatever else is set; `false`: not at all; else what is set here goes over it, one by one. In programs for 1.1 `true` is as if nothing was said."),
    ]),
    ("system.net/mailSettings/smtp", &[
        reported(["deliveryFormat", "SevenBit or International", "SevenBit", "International"],
            "In which form headers outside of ASCII leave."),
        reported(["deliveryMethod", "Network, SpecifiedPickupDirectory or PickupDirectoryFromIis", "Network", "SpecifiedPickupDirectory"],
            "By which way mail leaves."),
        reported(["from", TEXT, "", "ben@contoso.com"],
            "The sender of messages that name none."),
    ]),
    ("system.net/mailSettings/smtp/network", &[
        reported(["clientDomain", TEXT, "", "contoso.com"],
            "What this host calls itself."),
        reported(["defaultCredentials", BOOLEAN, "false", "true"],
            "Whether the default credentials are used."),
        reported(["enableSsl", BOOLEAN, "false", "true"],
            "Whether TLS is asked for."),
        reported(["host", "host", "", "mail.contoso.com"],
            "The server."),
        reported(["password", TEXT, "", "secret"],
            "With which password it is logged in to. A file is no good place for one."),
        reported(["port", "number from 1 to 65535", "25", "587"],
            "Its port."),
        reported(["targetName", TEXT, "", "SMTPSVC/mail.contoso.com"],
            "The service principal name for extended protection."),
        reported(["userName", TEXT, "", "ben"],
            "Who logs in."),
    ]),
    ("system.net/mailSettings/smtp/specifiedPickupDirectory", &[
        reported(["pickupDirectoryLocation", "path of a folder", "", "/var/spool/pickup"],
            "Where messages are left."),
    ]),
    ("system.net/requestCaching", &[
        reported(["defaultPolicyLevel", "Default, BypassCache, CacheOnly, CacheIfAvailable, Revalidate, Reload or NoCacheNoStore", "BypassCache", "CacheIfAvailable"],
            "The policy of requests without one."),
        reported(["disableAllCaching", BOOLEAN, "false", "true"],
            "Whether no request may use the cache."),
        reported(["isPrivateCache", BOOLEAN, "true", "false"],
            "Whether the cache serves one user alone."),
        reported(["unspecifiedMaximumAge", TIME, "1.00:00:00", "02:00:00"],
            "How long an entry is good for of which the server did not say."),
    ]),
    ("system.net/requestCaching/defaultFtpCachePolicy", &[
        reported(["policyLevel", "Default, BypassCache, CacheOnly, CacheIfAvailable, Revalidate, Reload or NoCacheNoStore", "Default", "Revalidate"],
            "The policy of requests by FTP without one."),
    ]),
    ("system.net/requestCaching/defaultHttpCachePolicy", &[
        reported(["maximumAge", TIME, "", "3.00:00:00"],
            "How old an entry may be."),
        reported(["maximumStale", TIME, "", "00:10:00"],
            "How long an entry may have been stale."),
        reported(["minimumFresh", TIME, "", "00:01:00"],
            "How long an entry must stay fresh."),
        reported(["policyLevel", "Default, BypassCache, CacheOnly, CacheIfAvailable, Revalidate, Reload, NoCacheNoStore, CacheOrNextCacheOnly or Refresh", "Default", "Refresh"],
            "The policy of requests by HTTP without one."),
    ]),
    ("system.net/settings/httpListener", &[
        acts(["unescapeRequestUrl", BOOLEAN, "true", "false"],
            "Whether escapes in the path of a request are resolved."),
    ]),
    ("system.net/settings/httpListener/extendedProtectionPolicy", &[
        acts(["policyEnforcement", "Never, WhenSupported or Always", "Never", "Always"],
            "Whether logins by Negotiate and NTLM must be tied to their channel or service, unless the program sets a policy. Without the element such a login over TLS is `WhenSupported`. The element is not one of .NET's listener."),
        acts(["protectionScenario", "TransportSelected or TrustedProxy", "TransportSelected", "TrustedProxy"],
            "Where the TLS of clients ends: at the listener, or at a proxy in front of it."),
    ]),
    ("system.net/settings/httpListener/extendedProtectionPolicy/customServiceNames/add", &[
        acts(["name", "name of a service", "", "HTTP/www.contoso.com"],
            "A name that logins may be meant for; with any, the names of the prefixes do not count."),
    ]),
    ("system.net/settings/httpListener/extendedProtectionPolicy/customServiceNames/remove", &[
        key(["name", "name of a service", "", "HTTP/www.contoso.com"],
            "The name to take out."),
    ]),
    ("system.net/settings/httpListener/timeouts", &[
        acts(["drainEntityBody", TIME, "00:00:00", "00:02:00"],
            "How long the rest of a body is waited for that nobody reads; zero for what is usual."),
        acts(["entityBody", TIME, "00:00:00", "00:02:00"],
            "How long the body of a request is waited for; zero for what is usual."),
        acts(["headerWait", TIME, "00:00:00", "00:02:00"],
            "How long the head of a request is waited for; zero for what is usual."),
        acts(["idleConnection", TIME, "00:00:00", "00:02:00"],
            "How long the next request of a connection is waited for; zero for what is usual."),
        acts(["minSendBytesPerSecond", "number from 0 to 4294967295", "0", "150"],
            "How fast a client must take its response; zero for what is usual."),
        acts(["requestQueue", TIME, "00:00:00", "00:02:00"],
            "How long a request waits for the program; zero for what is usual."),
    ]),
    ("system.net/settings/httpWebRequest", &[
        acts(["maximumErrorResponseLength", FROM_MINUS_1, "64", "128"],
            "How much of an error's body can be read, in KiB; -1 for all."),
        acts(["maximumResponseHeadersLength", FROM_MINUS_1, "64", "128"],
            "The greatest head of a response, in KiB; -1 for 4 GiB."),
        acts(["maximumUnauthorizedUploadLength", FROM_MINUS_1, "-1", "4096"],
            "More bytes than this in a POST or PUT without a login that is answered with an error, and its connection is not kept; -1 for any number."),
        acts(["useUnsafeHeaderParsing", BOOLEAN, "false", "true"],
            "Bears folded lines and blanks before the colon of a header."),
    ]),
    ("system.net/settings/ipv6", &[
        acts(["enabled", BOOLEAN, "true", "false"],
            "Whether the obsolete members of `Dns` give IPv6 addresses, and `HttpListener` binds them unasked."),
    ]),
    ("system.net/settings/ntlm", &[
        acts(["backConnectionHostNames", "names with semicolons between them", "", "contoso;www.contoso.com"],
            "Names under which this very process may be logged in to by NTLM."),
        acts(["disableLoopbackCheck", BOOLEAN, "false", "true"],
            "Whether it may be under any name; each such login is traced as a warning."),
    ]),
    ("system.net/settings/performanceCounters", &[
        reported(["enabled", BOOLEAN, "false", "true"],
            "Whether counters of the network are kept."),
    ]),
    ("system.net/settings/servicePointManager", &[
        acts(["checkCertificateName", BOOLEAN, "true", "false"],
            "Whether a certificate must name the host."),
        acts(["checkCertificateRevocationList", BOOLEAN, "false", "true"],
            "Whether a server is refused of which neither a revocation list that the program gives (`TlsSettings::revocation_lists`) nor the OCSP response that it staples proves that its certificate is not revoked. No authority is asked."),
        acts(["dnsRefreshTimeout", FROM_MINUS_1, "120000", "-1"],
            "For how many milliseconds a resolved name is good; -1 for ever."),
        acts(["enableDnsRoundRobin", BOOLEAN, "false", "true"],
            "Whether the addresses of a name take turns."),
        reported(["encryptionPolicy", "RequireEncryption, AllowNoEncryption or NoEncryption", "RequireEncryption", "NoEncryption"],
            "TLS without encryption does not exist here."),
        acts(["expect100Continue", BOOLEAN, "true", "false"],
            "Whether requests with a body ask by `Expect: 100-continue` first."),
        acts(["useNagleAlgorithm", BOOLEAN, "true", "false"],
            "Whether small packets are gathered."),
    ]),
    ("system.net/settings/socket", &[
        reported(["alwaysUseCompletionPortsForAccept", BOOLEAN, "false", "true"],
            "Completion ports are a thing of Windows."),
        reported(["alwaysUseCompletionPortsForConnect", BOOLEAN, "false", "true"],
            "Completion ports are a thing of Windows."),
        reported(["ipProtectionLevel", "Unspecified, Unrestricted, EdgeRestricted or Restricted", "Unspecified", "Restricted"],
            "Which peers sockets take; set it by code."),
    ]),
    ("system.net/settings/webProxyScript", &[
        reported(["autoConfigUrlRetryInterval", FROM_0, "600", "60"],
            "After how many seconds a script that failed is tried again."),
        reported(["downloadTimeout", TIME, "00:02:00", "00:00:30"],
            "How long a script is waited for."),
    ]),
    ("system.net/settings/webUtility", &[
        reported(["unicodeDecodingConformance", "Auto, Strict, Compat or Loose", "Auto", "Strict"],
            "Which numbers of characters are resolved."),
        reported(["unicodeEncodingConformance", "Auto, Strict or Compat", "Auto", "Compat"],
            "What surrogates are escaped as."),
    ]),
    ("system.net/settings/windowsAuthentication", &[
        reported(["defaultCredentialsHandleCacheSize", FROM_0, "0", "8"],
            "How many handles of default credentials are kept."),
    ]),
    ("system.net/webRequestModules/add", &[
        acts(["prefix", "start of addresses", "", "ftp:"],
            "The addresses, in any letter case."),
        acts(["type", TYPE, "", "FtpCreator"],
            "A creator that the program registered under this name."),
    ]),
    ("system.net/webRequestModules/remove", &[
        acts(["prefix", "start of addresses", "", "file:"],
            "The addresses that are served no more."),
    ]),
    ("system.serviceModel/bindings/customBinding/binding/sslStreamSecurity", &[
        reported(["sslProtocols", "names of versions", "", "Tls"],
            "The versions of TLS that WCF speaks."),
    ]),
    ("system.serviceModel/bindings/netTcpBinding/binding/security/transport", &[
        reported(["sslProtocols", "names of versions", "", "Tls11"],
            "The versions of TLS that WCF speaks."),
    ]),
    ("system.web/httpRuntime", &[
        acts(["targetFramework", "version of the .NET Framework", "", "4.6.1"],
            "The version that the web application was written for, on which the defaults of TLS depend (`docs/tls.md`). It counts over `supportedRuntime`."),
    ]),
    ("uri/idn", &[
        acts(["enabled", "None, AllExceptIntranet or All", "None", "All"],
            "Which host names are converted between Unicode and Punycode."),
    ]),
    ("uri/iriParsing", &[
        acts(["enabled", BOOLEAN, "true", "false"],
            "Whether text outside ASCII is read by the rules of RFC 3987."),
    ]),
    ("uri/schemeSettings/add", &[
        acts(["genericUriParserOptions", "options with commas between", "", "DontUnescapePathDotsAndSlashes"],
            "The options; those but `DontUnescapePathDotsAndSlashes` are reported."),
        acts(["name", "name of a scheme", "", "http"],
            "The scheme."),
    ]),
    ("uri/schemeSettings/remove", &[
        key(["name", "name of a scheme", "", "http"],
            "The scheme whose options are taken out."),
    ]),
];
