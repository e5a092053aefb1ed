// What each scenario does with our public API, by the name the captures carry.

/// Where a scenario plays.
pub(crate) struct Stage {
    port: u16,
}

impl Stage {
    pub(crate) fn new(port: u16) -> Self {
        Self { port }
    }
}

/// Drives the API and returns result lines in the form of the captures.
pub(crate) type Scenario = fn(&Stage) -> Vec<String>;

pub(crate) fn find(_name: &str) -> Option<Scenario> {
    None
}
