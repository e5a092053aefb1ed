//! The XML form of a `PermissionSet`: an element with one `IPermission` for each kind that is held.

use super::element::{PermissionElement, PermissionXmlError};
use super::{
    DnsPermission, NetworkInformationPermission, PeerCollaborationPermission, PermissionSet,
    PnrpPermission, SmtpPermission, SocketPermission, WebPermission, socket, web,
};

const NAME: &str = "PermissionSet";
const CLASS: &str = "System.Security.PermissionSet";

/// What .NET and its tools write, besides the names with namespace.
const CLASSES: [&str; 4] = [
    CLASS,
    NAME,
    "System.Security.NamedPermissionSet",
    "NamedPermissionSet",
];

/// XML.
impl PermissionSet {
    /// The form of .NET: `<PermissionSet class="System.Security.PermissionSet" version="1">` with the
    /// permissions that are held, or with `Unrestricted="true"` and none of them.
    ///
    /// .NET: `System.Security.PermissionSet.ToXml`
    #[doc(alias = "PermissionSet.ToXml")]
    #[must_use]
    pub fn to_xml(&self) -> PermissionElement {
        let mut root = PermissionElement::new(NAME)
            .with("class", CLASS)
            .with("version", "1");
        if *self == Self::unrestricted() {
            return root.with("Unrestricted", "true");
        }
        let none = Self::none();
        let mut put = |held: bool, permission: PermissionElement| {
            if held {
                root.push(permission);
            }
        };
        put(self.web != none.web, self.web.to_xml());
        put(self.socket != none.socket, self.socket.to_xml());
        put(self.dns != none.dns, self.dns.to_xml());
        put(self.smtp != none.smtp, self.smtp.to_xml());
        let information = self.network_information;
        put(
            information != none.network_information,
            information.to_xml(),
        );
        put(self.pnrp != none.pnrp, self.pnrp.to_xml());
        let peers = self.peer_collaboration;
        put(peers != none.peer_collaboration, peers.to_xml());
        root
    }

    /// Reads the form of .NET. Permissions that are not named are not held.
    ///
    /// .NET: `System.Security.PermissionSet.FromXml`
    ///
    /// # Errors
    /// It is no `PermissionSet`; a permission in it cannot be read, stands there twice, or is of a class
    /// that is none of the network's: what nobody here would check must not look as if it were.
    ///
    /// # Differences from .NET
    /// It keeps permissions of classes that it does not know, and loads their assemblies when they are
    /// demanded.
    #[doc(alias = "PermissionSet.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        if element.name() != NAME {
            return Err(PermissionXmlError::new(format!(
                "<{}> where <{NAME}> was expected",
                element.name()
            )));
        }
        if let Some(class) = element.attribute("class")
            && !CLASSES.contains(&class_of(class))
        {
            return Err(PermissionXmlError::new(format!(
                "the class is {class:?}, and {CLASS} was expected"
            )));
        }
        if element.unrestricted()? {
            return Ok(Self::unrestricted());
        }
        let mut set = Self::none();
        let mut seen: Vec<&str> = Vec::new();
        for permission in element.children() {
            let class = class_of(permission.attribute("class").unwrap_or_default());
            if seen.contains(&class) {
                return Err(PermissionXmlError::new(format!(
                    "{class} stands in the set twice: put its entries into one"
                )));
            }
            seen.push(class);
            set.put(class, permission)?;
        }
        Ok(set)
    }

    fn put(
        &mut self,
        class: &str,
        permission: &PermissionElement,
    ) -> Result<(), PermissionXmlError> {
        match class {
            web::CLASS => self.web = WebPermission::from_xml(permission)?,
            socket::CLASS => self.socket = SocketPermission::from_xml(permission)?,
            DnsPermission::CLASS => self.dns = DnsPermission::from_xml(permission)?,
            SmtpPermission::CLASS => self.smtp = SmtpPermission::from_xml(permission)?,
            NetworkInformationPermission::CLASS => {
                self.network_information = NetworkInformationPermission::from_xml(permission)?;
            }
            PnrpPermission::CLASS => self.pnrp = PnrpPermission::from_xml(permission)?,
            PeerCollaborationPermission::CLASS => {
                self.peer_collaboration = PeerCollaborationPermission::from_xml(permission)?;
            }
            other => {
                return Err(PermissionXmlError::new(format!(
                    "{other:?} is no permission of the network: take it out of the set"
                )));
            }
        }
        Ok(())
    }
}

/// What follows the comma names the assembly.
fn class_of(text: &str) -> &str {
    text.split(',').next().unwrap_or_default().trim()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::{NetworkAccess, PermissionState, SmtpAccess};
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Result<PermissionSet, String> {
        let element = PermissionElement::parse(text).unwrap();
        PermissionSet::from_xml(&element).map_err(|error| error.to_string())
    }

    #[test]
    fn permission_set_xml() {
        let set = PermissionSet {
            web: WebPermission::of_uri(NetworkAccess::Connect, "http://a.example/x").unwrap(),
            dns: DnsPermission::new(PermissionState::Unrestricted),
            smtp: SmtpPermission::of(SmtpAccess::Connect),
            ..PermissionSet::none()
        };
        let text = "<PermissionSet class=\"System.Security.PermissionSet\" version=\"1\">\n  \
             <IPermission class=\"System.Net.WebPermission\" version=\"1\">\n    \
             <ConnectAccess>\n      <URI uri=\"http://a\\.example/x\"/>\n    </ConnectAccess>\n  \
             </IPermission>\n  \
             <IPermission class=\"System.Net.DnsPermission\" version=\"1\" Unrestricted=\"true\"/>\n  \
             <IPermission class=\"System.Net.Mail.SmtpPermission\" version=\"1\" \
             Access=\"Connect\"/>\n</PermissionSet>\n";
        assert_eq!(set.to_xml().to_string(), text);
        assert_eq!(read(text).unwrap(), set);
        let begin = "<PermissionSet class=\"System.Security.PermissionSet\" version=\"1\"";
        for (set, end) in [
            (PermissionSet::none(), "/>\n"),
            (PermissionSet::unrestricted(), " Unrestricted=\"true\"/>\n"),
        ] {
            assert_eq!(set.to_xml().to_string(), format!("{begin}{end}"));
            assert_eq!(read(&format!("{begin}{end}")).unwrap(), set);
        }
    }

    /// As .NET's tools write it: with assemblies, or with short names.
    #[test]
    fn permission_sets_of_others() {
        let dns = PermissionSet {
            dns: DnsPermission::new(PermissionState::Unrestricted),
            ..PermissionSet::none()
        };
        for root in [
            "<PermissionSet>",
            "<PermissionSet class='NamedPermissionSet' version='1' Name='x' Description='y'>",
            "<PermissionSet class='System.Security.PermissionSet, mscorlib' Unrestricted='false'>",
        ] {
            let text = format!(
                "{root}<IPermission class='System.Net.DnsPermission, System, Version=4.0.0.0' \
                 version='1' Unrestricted='true'/></PermissionSet>"
            );
            assert_eq!(read(&text).unwrap(), dns, "{root}");
        }
    }

    #[test]
    fn permission_sets_that_are_refused() {
        let dns = "<IPermission class='System.Net.DnsPermission' version='1'/>";
        for (text, why) in [
            (dns.to_owned(), "<PermissionSet> was expected"),
            ("<PermissionSet class='Other'/>".to_owned(), "the class is"),
            ("<PermissionSet Unrestricted='yes'/>".to_owned(), "\"yes\""),
            (
                format!("<PermissionSet>{dns}{dns}</PermissionSet>"),
                "twice",
            ),
            (
                "<PermissionSet><IPermission class='System.Security.Permissions.UIPermission'/>\
                 </PermissionSet>"
                    .to_owned(),
                "UIPermission\" is no permission of the network",
            ),
            (
                "<PermissionSet><Other class='System.Net.DnsPermission'/></PermissionSet>"
                    .to_owned(),
                "<IPermission> was expected",
            ),
            (
                "<PermissionSet><IPermission/></PermissionSet>".to_owned(),
                "\"\" is no permission",
            ),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
