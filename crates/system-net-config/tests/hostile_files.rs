//! Files made to cost much: what is read of them, and what that takes of memory. It counts what is
//! allocated, so it is a program of its own with one test.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what it measured"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_config::{Configuration, ConfigurationErrorKind as Kind};

/// The system's allocator, which counts bytes.
struct Counting;

/// Bytes in use, the most there were, and all that were ever asked for.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TOTAL: AtomicUsize = AtomicUsize::new(0);

fn taken(bytes: usize) {
    TOTAL.fetch_add(bytes, Ordering::SeqCst);
    let live = LIVE.fetch_add(bytes, Ordering::SeqCst) + bytes;
    PEAK.fetch_max(live, Ordering::SeqCst);
}

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came; `realloc` is the default one,
// which is made of the two.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a file may take at a time, and in all that is asked for and given back, for each byte that
/// a file can have.
const PEAK_FACTOR: usize = 16;
const TOTAL_FACTOR: usize = 32;

/// Applies and checks a file; it comes to this error or to none, within the bounds.
#[track_caller]
fn check(name: &str, text: &str, expected: Option<Kind>) {
    assert!(
        text.len() <= Configuration::MAX_SIZE + 1,
        "{name}: {}",
        text.len()
    );
    let before = LIVE.load(Ordering::SeqCst);
    PEAK.store(before, Ordering::SeqCst);
    TOTAL.store(0, Ordering::SeqCst);
    let mut configuration = Configuration::new();
    let outcome = configuration
        .apply_str(text, "f")
        .map_err(|error| error.kind())
        .err();
    let warnings = configuration.warnings().len();
    let (peak, total) = (
        PEAK.load(Ordering::SeqCst) - before,
        TOTAL.load(Ordering::SeqCst),
    );
    println!("{name}: {} bytes, peak {peak}, total {total}", text.len());
    assert_eq!(outcome, expected, "{name}");
    assert!(warnings <= Configuration::MAX_WARNINGS, "{name}");
    assert!(
        peak <= PEAK_FACTOR * Configuration::MAX_SIZE,
        "{name}: {peak} bytes"
    );
    assert!(
        total <= TOTAL_FACTOR * Configuration::MAX_SIZE,
        "{name}: {total} bytes"
    );
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// As often as it fits into a file.
fn filled(part: &str) -> String {
    part.repeat((Configuration::MAX_SIZE - 1000) / part.len())
}

fn net(inner: &str) -> String {
    format!("<configuration><system.net>{inner}</system.net></configuration>")
}

fn attribute(value: &str) -> String {
    net(&format!(
        "<defaultProxy><bypasslist><add address='{value}'/></bypasslist></defaultProxy>"
    ))
}

#[test]
fn hostile_files_cost_no_more_than_is_allowed() {
    let limit = Some(Kind::Limit);
    let most = Configuration::MAX_ELEMENTS - 8;

    // Entities are never expanded, whatever they stand for.
    let mut laughs = "<!DOCTYPE configuration [<!ENTITY a0 'ha'>".to_owned();
    for n in 1..40 {
        laughs += &format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10));
    }
    laughs += "]><configuration x='&a39;'/>";
    check("billion laughs", &laughs, Some(Kind::DocumentType));
    let external = "<!DOCTYPE c [<!ENTITY x SYSTEM 'file:///dev/zero'>]><configuration x='&x;'/>";
    check("external entity", external, Some(Kind::DocumentType));
    check("many entities", &attribute(&filled("&lt;")), limit);
    check(
        "unknown entities",
        &attribute(&filled("&x;")),
        Some(Kind::DocumentType),
    );

    check("too large", &" ".repeat(Configuration::MAX_SIZE + 1), limit);
    check("deep", &format!("<configuration>{}", filled("<a>")), limit);
    check("many elements", &net(&filled("<a/>")), limit);
    check(
        "huge attribute",
        &net(&format!("<a b='{}'/>", filled("x"))),
        None,
    );
    check(
        "huge value",
        &net(&format!(
            "<settings><ipv6 enabled='{}'/></settings>",
            filled("x")
        )),
        Some(Kind::Value),
    );
    check(
        "huge name",
        &format!("<configuration><{}/></configuration>", filled("x")),
        None,
    );
    check(
        "huge text",
        &format!("<configuration>{}</configuration>", filled("x ")),
        None,
    );
    check(
        "huge comment",
        &format!("<!--{}--><configuration/>", filled("x")),
        None,
    );
    check(
        "not closed",
        &format!("<configuration><!--{}", filled("x")),
        Some(Kind::Syntax),
    );
    let attributes = repeated(Configuration::MAX_ATTRIBUTES, |n| format!(" a{n}=''"));
    check(
        "many attributes",
        &net(&filled(&format!("<x{attributes}/>"))),
        None,
    );
    check("many warnings", &net(&"<x/>".repeat(most)), None);

    // Lists, of which each entry is looked for among the others.
    let limits = repeated(most, |n| format!("<add address='{n}' maxconnection='1'/>"));
    check(
        "limits",
        &net(&format!(
            "<connectionManagement>{limits}</connectionManagement>"
        )),
        limit,
    );
    let bypass = repeated(most, |n| format!("<add address='{n}'/>"));
    let bypass = format!("<defaultProxy><bypasslist>{bypass}</bypasslist></defaultProxy>");
    check("bypass list", &net(&bypass), limit);
    let schemes = repeated(60_000, |n| {
        format!("<add name='a{n}' genericUriParserOptions='Default'/>")
    });
    let schemes = format!("<uri><schemeSettings>{schemes}</schemeSettings></uri>");
    check(
        "schemes",
        &format!("<configuration>{schemes}</configuration>"),
        limit,
    );
    let modules = format!(
        "<webRequestModules>{}</webRequestModules>",
        "<clear/>".repeat(most)
    );
    check("modules", &net(&modules), limit);
    let modules = format!(
        "<authenticationModules>{}</authenticationModules>",
        "<clear/>".repeat(most)
    );
    check("logins", &net(&modules), limit);
    let traces = |inner: &str| {
        format!("<configuration><system.diagnostics>{inner}</system.diagnostics></configuration>")
    };
    let sources = repeated(most, |n| format!("<source name='{n}'/>"));
    check(
        "sources",
        &traces(&format!("<sources>{sources}</sources>")),
        limit,
    );
    let levels = repeated(most, |n| format!("<add name='{n}' value='1'/>"));
    check(
        "levels",
        &traces(&format!("<switches>{levels}</switches>")),
        limit,
    );
    let listeners = format!(
        "<trace><listeners>{}</listeners></trace>",
        "<clear/>".repeat(most)
    );
    check("listeners", &traces(&listeners), limit);
    let switches = repeated(380_000, |n| format!("{n:x}=true;"));
    let runtime = format!("<runtime><AppContextSwitchOverrides value='{switches}'/></runtime>");
    check(
        "switches",
        &format!("<configuration>{runtime}</configuration>"),
        limit,
    );
    let options = format!(
        "<uri><schemeSettings><add name='a' genericUriParserOptions='{}Idn'/></schemeSettings></uri>",
        filled("Idn,")
    );
    check(
        "options",
        &format!("<configuration>{options}</configuration>"),
        None,
    );

    // Expressions, which may cost much more than their length.
    check("long expression", &attribute(&filled("a|")), limit);
    let most = Configuration::MAX_EXPRESSION;
    check(
        "nested expression",
        &attribute(&"(".repeat(most)),
        Some(Kind::Value),
    );
    check("alternatives", &attribute(&"a|".repeat(most / 2)), None);
    check(
        "repetitions",
        &attribute("((((a{99}){99}){99}){99}){99}"),
        Some(Kind::Value),
    );
    // Each may be, all of them may not, whatever becomes of them.
    let most = 4000;
    let list = |entries: String| {
        net(&format!(
            "<defaultProxy><bypasslist>{entries}</bypasslist></defaultProxy>"
        ))
    };
    let dear = |part: &str| {
        let add = |n: usize| format!("<add address='{}'/>", part.replace('#', &n.to_string()));
        repeated(most, add)
    };
    check("dear expressions", &list(dear(r"x#(\w{20})y")), limit);
    check(
        "dear expressions in turn",
        &list(repeated(most, |n| {
            format!("<clear/><add address='x{n}(\\w{{20}})y'/>")
        })),
        limit,
    );
    check(
        "dear expressions in lists",
        &net(&repeated(most, |n| {
            let entries = format!("<clear/><add address='x{n}(\\w{{20}})y'/>");
            format!("<defaultProxy><bypasslist>{entries}</bypasslist></defaultProxy>")
        })),
        limit,
    );
    // Small automata whose classes take long to be worked out.
    let (any, all) = (r"#\p{Any}", r"#[\x00-\x{10ffff}]");
    check("dear classes", &list(dear(any)), limit);
    for classes in [any, all, "#[[^a]b]", "#[^b&amp;&amp;a]", "#[[:^alpha:]x]"] {
        let one = list(format!("<add address='{}'/>", classes.repeat(100)));
        check(classes, &one, Some(Kind::Value));
    }
    // What cannot be taken is paid for as well, however often the check of a file goes on.
    let dear = dear(r"#\w{999}");
    let report = Configuration::check_bytes(list(dear).as_bytes(), "f");
    let kinds: Vec<_> = report.errors().iter().map(|error| error.kind()).collect();
    let (last, others) = kinds.split_last().unwrap();
    assert_eq!(*last, Kind::Limit);
    assert!(
        others.len() < 16 && others.iter().all(|kind| *kind == Kind::Value),
        "{kinds:?}"
    );
}
