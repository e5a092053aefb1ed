//! What README.md shows is what is compiled: its program is the one of the crate's documentation,
//! which is a documentation test.

const README: &str = include_str!("../../../../README.md");
const FRONT_PAGE: &str = include_str!("../../src/lib.rs");

#[test]
fn readme_program_is_the_tested_one() {
    let program = README
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("README.md has a program");
    let tested: String = FRONT_PAGE
        .split("//! ```no_run\n")
        .nth(1)
        .and_then(|rest| rest.split("//! ```").next())
        .expect("the front page has a program")
        .lines()
        .map(|line| {
            line.trim_start_matches("//!")
                .strip_prefix(' ')
                .unwrap_or_default()
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(program, tested);
}

#[test]
fn readme_links_lead_somewhere() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let mut links = 0;
    for part in README.split("](").skip(1) {
        let target = part.split(')').next().unwrap();
        assert!(
            std::path::Path::new(&format!("{root}{target}")).exists(),
            "{target}"
        );
        links += 1;
    }
    assert!(links >= 3, "{links} links");
}
