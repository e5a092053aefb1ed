//! Which protocol serves which addresses: the longest registered prefix decides.

use std::sync::{Arc, PoisonError, RwLock};

use system_net_config::{ModuleChange, NetContext, TypeRegistry};
use system_net_primitives::Misuse;
use system_net_uri::Uri;

use crate::error::WebError;
use crate::file::FileRequestCreator;
use crate::http::{HttpRequestCreator, warn_of_order};
use crate::web_request::WebRequest;
use crate::web_request_impl::WebRequestCreate;

/// The prefixes of one context, longest first.
pub(crate) struct Registry {
    entries: RwLock<Vec<Entry>>,
}

#[derive(Clone)]
struct Entry {
    prefix: Box<str>,
    creator: Arc<dyn WebRequestCreate>,
}

impl Registry {
    /// The registry of a context, with the built-in protocols and what its settings change.
    pub(crate) fn of(context: &NetContext) -> &Arc<Self> {
        context.slot_ref(|context| {
            let registry = Self {
                entries: RwLock::default(),
            };
            let http: Arc<dyn WebRequestCreate> = Arc::new(HttpRequestCreator);
            let file: Arc<dyn WebRequestCreate> = Arc::new(FileRequestCreator);
            // .NET's names of their types, which machine files have.
            let types = TypeRegistry::<dyn WebRequestCreate>::of(context);
            types.register("System.Net.HttpRequestCreator", Arc::clone(&http));
            types.register("System.Net.FileWebRequestCreator", Arc::clone(&file));
            registry.register("http:", Arc::clone(&http));
            registry.register("https:", http);
            registry.register("file:", file);
            for change in &context.settings().web_request_modules {
                registry.apply(change);
            }
            registry
        })
    }

    /// Adds a prefix; false if it is there already.
    pub(crate) fn register(&self, prefix: &str, creator: Arc<dyn WebRequestCreate>) -> bool {
        let prefix = normalize(prefix);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.iter().any(|entry| entry.prefix == prefix) {
            return false;
        }
        let place = entries.partition_point(|entry| entry.prefix.len() > prefix.len());
        entries.insert(place, Entry { prefix, creator });
        true
    }

    pub(crate) fn create(&self, context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        self.create_where(context, uri, uri.absolute_uri().as_ref())
    }

    /// By the scheme alone.
    pub(crate) fn create_default(
        &self,
        context: &NetContext,
        uri: &Uri,
    ) -> Result<WebRequest, WebError> {
        self.create_where(context, uri, &format!("{}:", uri.scheme()))
    }

    fn create_where(
        &self,
        context: &NetContext,
        uri: &Uri,
        text: &str,
    ) -> Result<WebRequest, WebError> {
        let creator = {
            let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
            entries
                .iter()
                .find(|entry| starts_with_ignoring_case(text, &entry.prefix))
                .map(|entry| Arc::clone(&entry.creator))
        };
        match creator {
            Some(creator) => creator.create(context, uri),
            None => Err(Misuse::not_supported(format!(
                "no protocol is registered for the scheme '{}': register one with \
                 WebRequest::register_prefix",
                uri.scheme()
            ))
            .into()),
        }
    }

    /// One element of `<webRequestModules>`.
    fn apply(&self, change: &ModuleChange) {
        match change {
            ModuleChange::Clear => self
                .entries
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .clear(),
            ModuleChange::Remove { prefix } => {
                let prefix = normalize(prefix);
                self.entries
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .retain(|entry| entry.prefix != prefix);
            }
            ModuleChange::Add { prefix, type_name } => {
                let module = ConfiguredModule {
                    type_name: type_name.clone(),
                };
                let prefix = normalize(prefix);
                // The file decides: it may replace a built-in protocol.
                self.entries
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .retain(|entry| entry.prefix != prefix);
                self.register(&prefix, Arc::new(module));
            }
        }
    }
}

/// A protocol that the configuration file names. The program registers what the name stands for
/// with [`register_module_in`]; the name is looked up when a request is made.
struct ConfiguredModule {
    type_name: String,
}

impl WebRequestCreate for ConfiguredModule {
    fn create(&self, context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        let types = TypeRegistry::<dyn WebRequestCreate>::of(context);
        let found = types.resolve("add", &self.type_name).map_err(|error| {
            Misuse::invalid_operation(format!(
                "webRequestModules of the configuration: {error}: call register_module_in before \
                 requests are made"
            ))
        })?;
        if found.assembly_first {
            warn_of_order(&self.type_name);
        }
        found.constructor.create(context, uri)
    }
}

/// Offers a creator to the configuration file under a type name, for `<webRequestModules>`.
///
/// Returns false, and changes nothing, if the name is taken.
pub fn register_module_in(
    context: &NetContext,
    type_name: &str,
    creator: impl WebRequestCreate + 'static,
) -> bool {
    TypeRegistry::<dyn WebRequestCreate>::of(context).register(type_name, Arc::new(creator))
}

/// Prefixes are compared in the form addresses are compared in: an absolute URI is canonical, a
/// bare word is a scheme, and anything else (`http:`) stands as it is.
fn normalize(prefix: &str) -> Box<str> {
    if prefix.is_empty() {
        return "".into();
    }
    if !prefix.contains(':') {
        return format!("{}:", prefix.to_ascii_lowercase()).into();
    }
    // "http://host" is meant to match every address of the server, and only of it; the canonical
    // form's slash does just that.
    Uri::parse(prefix)
        .map_or_else(
            |_| prefix.to_ascii_lowercase(),
            |uri| uri.absolute_uri().to_ascii_lowercase(),
        )
        .into()
}

/// `prefix` is in small letters, and so is what most addresses begin with.
fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    let Some(beginning) = text.as_bytes().get(..prefix.len()) else {
        return false;
    };
    // From the end, where `http:` and `https:` differ.
    { beginning.iter().zip(prefix.as_bytes()) }
        .rev()
        .all(|(byte, wanted)| byte == wanted || byte.to_ascii_lowercase() == *wanted)
}
