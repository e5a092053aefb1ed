//! wrk: many connections for some seconds, and not one answer that is wrong.

use std::process::Command;

use crate::site::Site;
use crate::{enabled, printed};

#[test]
fn wrk_gets_only_good_answers() {
    if !enabled("wrk_gets_only_good_answers") {
        return;
    }
    for site in [Site::plain(), Site::secure()] {
        let told = printed(Command::new("wrk").args(["-t2", "-c64", "-d3s", &site.url("/small")]));
        assert!(!told.contains("Non-2xx"), "{told}");
        assert!(!told.contains("Socket errors"), "{told}");
        // wrk counts whole answers; those under way at its end it has not seen.
        let counted = told
            .lines()
            .find_map(|line| line.trim().split_once(" requests in "))
            .map(|(count, _)| count.parse::<usize>().unwrap());
        let counted = counted.unwrap();
        assert!(counted > 100, "{told}");
        let served = site.requests();
        assert!(
            (counted..=counted + 64).contains(&served),
            "{served}: {told}"
        );
    }
}
