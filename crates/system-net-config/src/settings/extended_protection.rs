//! What an element `<extendedProtectionPolicy>` of a file says, wherever one stands.

use system_net_primitives::{PolicyEnforcement, ProtectionScenario};

/// What a server demands of logins, as a file says it. `ExtendedProtectionPolicy::from_element` of
/// `system-net-security` makes the policy of it.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ExtendedProtectionPolicyElement`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedProtectionPolicyElement {
    /// Whether logins must be tied; `Never`.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ExtendedProtectionPolicyElement.PolicyEnforcement`
    #[doc(alias = "ExtendedProtectionPolicyElement.PolicyEnforcement")]
    pub policy_enforcement: PolicyEnforcement,
    /// Where the TLS of clients ends; `TransportSelected`.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ExtendedProtectionPolicyElement.ProtectionScenario`
    #[doc(alias = "ExtendedProtectionPolicyElement.ProtectionScenario")]
    pub protection_scenario: ProtectionScenario,
    /// The names that are compared with in place of the default list; none: the default list.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ExtendedProtectionPolicyElement.CustomServiceNames`
    #[doc(alias = "ExtendedProtectionPolicyElement.CustomServiceNames")]
    pub custom_service_names: ServiceNameElementCollection,
}

/// The name of a service, as `HTTP/www.contoso.com`.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElement`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNameElement {
    /// The name.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElement.Name`
    #[doc(alias = "ServiceNameElement.Name")]
    pub name: String,
}

impl ServiceNameElement {
    /// One with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

/// Names of services, each once; letter case does not count in them, as it does not where they are
/// compared.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNameElementCollection(Vec<ServiceNameElement>);

impl ServiceNameElementCollection {
    /// No name.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one at a place, from 0.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection.Item`
    #[doc(alias = "ServiceNameElementCollection.Item")]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&ServiceNameElement> {
        self.0.get(index)
    }

    /// The one with this name.
    #[must_use]
    pub fn get_by_name(&self, name: &str) -> Option<&ServiceNameElement> {
        self.0.get(self.place(name)?)
    }

    /// Where it stands.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection.IndexOf`
    #[doc(alias = "ServiceNameElementCollection.IndexOf")]
    #[must_use]
    pub fn index_of(&self, element: &ServiceNameElement) -> Option<usize> {
        self.place(&element.name)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0
            .iter()
            .position(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// Adds a name at the end; one that is there already goes from its place.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection.Add`
    #[doc(alias = "ServiceNameElementCollection.Add")]
    pub fn add(&mut self, element: ServiceNameElement) {
        self.remove(&element.name);
        self.0.push(element);
    }

    /// Takes a name out; gives whether it was there.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection.Remove`
    #[doc(alias = "ServiceNameElementCollection.Remove")]
    pub fn remove(&mut self, name: &str) -> bool {
        let place = self.place(name);
        if let Some(index) = place {
            self.0.remove(index);
        }
        place.is_some()
    }

    /// Takes the one at a place out.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection.RemoveAt`
    #[doc(alias = "ServiceNameElementCollection.RemoveAt")]
    pub fn remove_at(&mut self, index: usize) -> Option<ServiceNameElement> {
        (index < self.0.len()).then(|| self.0.remove(index))
    }

    /// Takes all out.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ServiceNameElementCollection.Clear`
    #[doc(alias = "ServiceNameElementCollection.Clear")]
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All names, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ServiceNameElement> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a ServiceNameElementCollection {
    type Item = &'a ServiceNameElement;
    type IntoIter = std::slice::Iter<'a, ServiceNameElement>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
