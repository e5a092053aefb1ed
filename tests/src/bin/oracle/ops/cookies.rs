// cookies, cookie, webutil: the very file that the tests of the crate answer the rows with.

use serde_json::Value;

use super::{Op, Run, Settings};

#[path = "../../../../../crates/system-net-primitives/tests/it/cookie_answers.rs"]
mod answers;

pub(super) const OPS: &[Op] = &[
    Op {
        name: "cookies",
        run: |input, _: Settings| run(answers::cookies(input)),
        not_yet: &[],
    },
    Op {
        name: "cookie",
        run: |input, _: Settings| run(answers::cookie(input)),
        not_yet: &[],
    },
    Op {
        name: "webutil",
        run: |input, _: Settings| run(answers::webutil(input)),
        not_yet: &[],
    },
];

fn run(answer: Option<Value>) -> Run {
    answer.map_or(Run::NotExpressible, Run::Answer)
}
