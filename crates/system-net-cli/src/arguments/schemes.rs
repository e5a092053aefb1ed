//! `--basic`, `--digest`, … and the same for a proxy: by which schemes a login may be answered.

use clap::Args;

/// The schemes for the server.
#[derive(Debug, Default, Args)]
pub(crate) struct Schemes {
    /// Log in by Basic. Of this option and the next three several may be given; without any, the
    /// strongest scheme is taken that the server offers
    #[arg(long)]
    basic: bool,
    /// Log in by Digest
    #[arg(long)]
    digest: bool,
    /// Log in by NTLM; -u : stands for the user who runs this
    #[arg(long)]
    ntlm: bool,
    /// Log in by Negotiate; -u : stands for the user who runs this
    #[arg(long)]
    negotiate: bool,
    /// Log in by the strongest scheme that the server offers, whatever was given before
    #[arg(long)]
    anyauth: bool,
}

/// The schemes for the proxy.
#[derive(Debug, Default, Args)]
pub(crate) struct ProxySchemes {
    /// Log in to the proxy by Basic. Of this option and the next three several may be given; without
    /// any, the strongest scheme is taken that the proxy offers
    #[arg(long)]
    proxy_basic: bool,
    /// Log in to the proxy by Digest
    #[arg(long)]
    proxy_digest: bool,
    /// Log in to the proxy by NTLM; -U : stands for the user who runs this
    #[arg(long)]
    proxy_ntlm: bool,
    /// Log in to the proxy by Negotiate; -U : stands for the user who runs this
    #[arg(long)]
    proxy_negotiate: bool,
    /// Log in to the proxy by the strongest scheme that it offers, whatever was given before
    #[arg(long)]
    proxy_anyauth: bool,
}

impl Schemes {
    /// The names of those that were given; `None` for all.
    pub(crate) fn allowed(&self) -> Option<Vec<&'static str>> {
        let Self {
            basic,
            digest,
            ntlm,
            negotiate,
            anyauth,
        } = *self;
        given([basic, digest, ntlm, negotiate], anyauth)
    }

    /// Whether any option was given.
    pub(crate) fn is_given(&self) -> bool {
        self.anyauth || self.allowed().is_some()
    }
}

impl ProxySchemes {
    /// The names of those that were given; `None` for all.
    pub(crate) fn allowed(&self) -> Option<Vec<&'static str>> {
        let Self {
            proxy_basic,
            proxy_digest,
            proxy_ntlm,
            proxy_negotiate,
            proxy_anyauth,
        } = *self;
        given(
            [proxy_basic, proxy_digest, proxy_ntlm, proxy_negotiate],
            proxy_anyauth,
        )
    }

    /// Whether any option was given.
    pub(crate) fn is_given(&self) -> bool {
        self.proxy_anyauth || self.allowed().is_some()
    }
}

fn given(each: [bool; 4], any: bool) -> Option<Vec<&'static str>> {
    let names = ["Basic", "Digest", "NTLM", "Negotiate"];
    let given = names.into_iter().zip(each).filter(|(_, given)| *given);
    let given: Vec<_> = given.map(|(name, _)| name).collect();
    (!any && !given.is_empty()).then_some(given)
}
