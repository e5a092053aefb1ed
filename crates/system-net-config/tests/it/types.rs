//! Names of types and what is registered under them.

use std::sync::Arc;

use system_net_config::{NetContext, TypeRegistry};

type Make = dyn Fn() -> u32 + Send + Sync;

#[test]
fn type_names_resolve_to_what_was_registered() {
    let types = TypeRegistry::<Make>::default();
    assert!(types.register("A.One", Arc::new(|| 1)));
    assert!(types.register("Two", Arc::new(|| 2)));
    assert!(!types.register("Two", Arc::new(|| 3)), "taken");
    #[track_caller]
    fn check(types: &TypeRegistry<Make>, name: &str, expected: Option<(u32, bool)>) {
        let found = types.resolve("add", name).ok();
        let found = found.map(|found| ((found.constructor)(), found.assembly_first));
        assert_eq!(found, expected, "{name}");
    }
    check(&types, "A.One", Some((1, false)));
    check(&types, " A.One , Any, Version=1.0.0.0", Some((1, false)));
    // E34: the assembly first.
    check(&types, "Any.dll, Two", Some((2, true)));
    // The first part decides if both are known.
    check(&types, "Two, A.One", Some((2, false)));
    for unknown in ["", ",", "One", "a.one", "A.One.dll"] {
        check(&types, unknown, None);
    }
    let error = types.resolve("module", "X, Y").unwrap_err();
    assert_eq!(
        error.to_string(),
        "element `module`, attribute `type`: no type `X, Y` is registered; \
         known are `A.One`, `Two`"
    );
    assert_eq!((error.element(), error.type_name()), ("module", "X, Y"));
    assert_eq!(error.known(), types.names());
    let error = TypeRegistry::<Make>::default()
        .resolve("add", "X")
        .unwrap_err();
    assert!(error.to_string().ends_with("; none is at all"));
}

#[test]
fn a_context_has_one_registry_of_each_kind() {
    let context = NetContext::new();
    TypeRegistry::<Make>::of(&context).register("T", Arc::new(|| 1));
    assert_eq!(TypeRegistry::<Make>::of(&context.clone()).names(), ["T"]);
    assert!(TypeRegistry::<str>::of(&context).names().is_empty());
    assert!(
        TypeRegistry::<Make>::of(&NetContext::new())
            .names()
            .is_empty()
    );
}
