//! Finding and loading the library.

use std::error::Error as _;
use std::path::Path;

use system_net_gssapi::{GssErrorKind, Gssapi};

#[test]
fn an_absent_library_is_named_with_its_package() {
    let error = Gssapi::load_from(Path::new("/nowhere/libgssapi_krb5.so.2")).unwrap_err();
    assert_eq!(error.kind(), GssErrorKind::LibraryMissing);
    let text = error.to_string();
    for part in [
        "/nowhere/libgssapi_krb5.so.2",
        "libgssapi-krb5-2",
        "krb5-libs",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!((error.major(), error.minor()), (0, 0));
    #[cfg(target_os = "linux")]
    assert!(error.source().is_some(), "the linker's own words are kept");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn another_library_is_not_taken() {
    let error = Gssapi::load_from(Path::new("libc.so.6")).unwrap_err();
    assert_eq!(error.kind(), GssErrorKind::LibraryMissing);
    let text = error.to_string();
    assert!(text.contains("it lacks gss_import_name"), "{text}");
}

#[test]
fn the_system_has_one_library() {
    if crate::system("the_system_has_one_library").is_some() {
        assert_eq!(format!("{:?}", Gssapi::load().unwrap()), "Gssapi { .. }");
    }
}
