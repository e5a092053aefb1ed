//! Counts the heap allocations of parsing, so it is a program of its own with one test.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_uri::Uri;

/// The system's allocator, which counts.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    // SAFETY: as above.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One string with all forms of the text in it, and the counter that clones share.
#[test]
fn a_parse_allocates_twice() {
    let long = format!("http://h/{}", "%41\u{e4}/../%c3%a4 ".repeat(500));
    let texts = [
        "http://www.contoso.com/catalog/index.htm?id=5#top",
        "HTTP://User:pa ss@WWW.Contoso.com:80/a/../b c?q=\u{e4}#%zz",
        "http://h",
        "http://h/%C3%A4?%41",
        "http://h/%7Ea/./b//c/../../d",
        "http://b\u{fc}cher.example/",
        "http://B\u{dc}CHER.example:8080/\u{e4}/../\u{f6}",
        "http://a\u{308}\u{3002}com/",
        "http://0x7f.1/",
        "http://[0:0::FFFF:1.2.3.4]:080/",
        "http://[fe80::1%eth0]/",
        "ftp://h/a?b",
        "ws://h\u{200e}.com/",
        "file:///c:/a/%2e%2e%2fb/%5c..",
        "file://server/share\\dir\\..\\f",
        "c:\\dir\\..\\a b%.txt",
        "\\\\server\\share\\\u{e4}",
        "net.pipe://h/a%2f..%2fb c",
        "net.tcp://H:808/%2e%2e/\u{1f600}",
        "mailto:a\u{e4}@B.com?x y",
        "news:a b#c d",
        "urn:isbn:1",
        "foo://a/b/../c\\d",
        "x-c:\u{440}\u{443}\u{441}",
        &long,
    ];
    for text in texts {
        let before = ALLOCATIONS.load(Ordering::SeqCst);
        let uri = Uri::parse(text);
        let count = ALLOCATIONS.load(Ordering::SeqCst) - before;
        assert!(uri.is_ok(), "{text}");
        assert_eq!(count, 2, "{text}");
    }
}
