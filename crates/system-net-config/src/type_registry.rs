//! What the attribute `type` of configuration files names: values that the program has registered.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::NetContext;

/// Constructors of one kind by the names of their types, as files have them.
///
/// .NET finds a type in an assembly; here the program registers what a name stands for. A context
/// has one registry for each kind: [`of`](Self::of).
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use system_net_config::{NetContext, TypeRegistry};
///
/// type Make = dyn Fn() -> String + Send + Sync;
/// let context = NetContext::new();
/// let types = TypeRegistry::<Make>::of(&context);
/// assert!(types.register("MyModule", Arc::new(|| "made".to_owned())));
/// let found = types.resolve("add", "MyModule, MyAssembly")?;
/// assert_eq!((found.constructor)(), "made");
/// let error = types.resolve("add", "Other").err().unwrap();
/// assert_eq!(
///     error.to_string(),
///     "element `add`, attribute `type`: no type `Other` is registered; known are `MyModule`"
/// );
/// # Ok::<(), system_net_config::UnknownTypeError>(())
/// ```
pub struct TypeRegistry<T: ?Sized> {
    by_name: RwLock<Vec<(String, Arc<T>)>>,
    all: Arc<RegisteredNames>,
}

/// The names in the registries of a context, of every kind: for those that know a name alone.
#[derive(Debug, Default)]
pub(crate) struct RegisteredNames(RwLock<HashSet<String>>);

impl RegisteredNames {
    pub(crate) fn of(context: &NetContext) -> Arc<Self> {
        context.slot(|_| Self::default())
    }

    /// Whether a type that a file names is among them: see [`TypeRegistry::resolve`].
    #[cfg_attr(not(feature = "xml"), allow(dead_code, reason = "files ask"))]
    pub(crate) fn resolves(&self, type_name: &str) -> bool {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        parts(type_name).any(|part| names.contains(part))
    }
}

/// What may be the name of the type in `Type, Assembly`.
fn parts(type_name: &str) -> impl Iterator<Item = &str> {
    type_name.split(',').map(str::trim)
}

/// What a name stands for.
pub struct ResolvedType<T: ?Sized> {
    /// What was registered.
    pub constructor: Arc<T>,
    /// Whether the name of the assembly stands first, as in a listing of the guide. Worth a
    /// warning: the type should.
    pub assembly_first: bool,
}

/// A name that nothing was registered under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTypeError {
    element: String,
    type_name: String,
    known: Vec<String>,
}

impl<T: ?Sized + Send + Sync + 'static> TypeRegistry<T> {
    /// The registry of a context for this kind of constructors, empty at first.
    #[must_use]
    pub fn of(context: &NetContext) -> Arc<Self> {
        context.slot(|context| Self {
            by_name: RwLock::default(),
            all: RegisteredNames::of(context),
        })
    }
}

impl<T: ?Sized> TypeRegistry<T> {
    /// Registers a constructor under the name of its type, without an assembly. False, and nothing
    /// changed, if the name is taken.
    pub fn register(&self, type_name: impl Into<String>, constructor: Arc<T>) -> bool {
        let name = type_name.into();
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        if by_name.iter().any(|(known, _)| *known == name) {
            return false;
        }
        let mut all = self.all.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.clone());
        by_name.push((name, constructor));
        true
    }

    /// The names, in the order of their registration.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        by_name.iter().map(|(name, _)| name.clone()).collect()
    }

    /// What the `type` of an element stands for: `Type` or `Type, Assembly`, where the assembly
    /// does not count. If nothing is registered under the first part, but something under another,
    /// that is meant.
    ///
    /// # Errors
    /// If nothing is registered under any part; the error names the element and what is known.
    pub fn resolve(
        &self,
        element: &str,
        type_name: &str,
    ) -> Result<ResolvedType<T>, UnknownTypeError> {
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = parts(type_name).enumerate().filter_map(|(place, part)| {
            let (_, constructor) = by_name.iter().find(|(known, _)| known == part)?;
            Some(ResolvedType {
                constructor: Arc::clone(constructor),
                assembly_first: place > 0,
            })
        });
        found.next().ok_or_else(|| UnknownTypeError {
            element: element.to_owned(),
            type_name: type_name.to_owned(),
            known: by_name.iter().map(|(name, _)| name.clone()).collect(),
        })
    }
}

impl<T: ?Sized> Default for TypeRegistry<T> {
    fn default() -> Self {
        Self {
            by_name: RwLock::default(),
            all: Arc::default(),
        }
    }
}

impl<T: ?Sized> fmt::Debug for TypeRegistry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypeRegistry").field(&self.names()).finish()
    }
}

impl<T: ?Sized> fmt::Debug for ResolvedType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolvedType")
            .field("assembly_first", &self.assembly_first)
            .finish_non_exhaustive()
    }
}

impl UnknownTypeError {
    /// The element whose `type` it is.
    #[must_use]
    pub fn element(&self) -> &str {
        &self.element
    }

    /// The name.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The names that are registered.
    #[must_use]
    pub fn known(&self) -> &[String] {
        &self.known
    }
}

impl fmt::Display for UnknownTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (element, name) = (&self.element, &self.type_name);
        write!(
            f,
            "element `{element}`, attribute `type`: no type `{name}` is registered; "
        )?;
        if self.known.is_empty() {
            return f.write_str("none is at all");
        }
        let known: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        write!(f, "known are {}", known.join(", "))
    }
}

impl Error for UnknownTypeError {}
