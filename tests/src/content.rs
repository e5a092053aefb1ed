//! Bodies whose every byte is known from a number and a length, and chance that can be repeated.

/// A prime a little below 64 KiB: parts that are doubled, lost or shifted by a buffer's size show.
const PERIOD: usize = 65_521;

/// The body number `id` of this length.
///
/// Bodies of different numbers differ nearly everywhere, and so do different places of one body.
#[must_use]
pub fn content(id: u64, length: usize) -> Vec<u8> {
    static BLOCK: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        let mut random = Random::new(0x5eed);
        (0..PERIOD)
            .map(|_| random.next().to_le_bytes()[0])
            .collect()
    });
    let start = usize::try_from(mix(id, 0) % PERIOD as u64).unwrap_or_default();
    let mut body = Vec::with_capacity(length);
    body.extend_from_slice(&BLOCK[start..][..length.min(PERIOD - start)]);
    while body.len() < length {
        let rest = length - body.len();
        body.extend_from_slice(&BLOCK[..rest.min(PERIOD)]);
    }
    // The block repeats itself; the number of the repetition does not.
    for (turn, at) in (0..length).step_by(PERIOD).enumerate() {
        body[at] = turn.to_le_bytes()[0] ^ id.to_le_bytes()[0];
    }
    body
}

/// A number that follows from two others and looks like neither (SplitMix64).
#[must_use]
pub fn mix(a: u64, b: u64) -> u64 {
    let mut z = a
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(b)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Numbers by chance, the same ones from the same seed.
#[derive(Clone, Debug)]
pub struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// The numbers of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next number.
    #[expect(
        clippy::should_implement_trait,
        reason = "it has no end, so that it needs no `Option`"
    )]
    pub fn next(&mut self) -> u64 {
        self.drawn += 1;
        mix(self.seed, self.drawn)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let drawn = self.next() % (end.max(1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn percent(&mut self, times: usize) -> bool {
        self.below(100) < times
    }

    /// A length of a body: most are short, some long, a few as long as `longest`.
    pub fn length(&mut self, longest: usize) -> usize {
        let end = match self.below(100) {
            0..5 => return 0,
            5..65 => 2_000,
            65..92 => 64 << 10,
            92..99 => 512 << 10,
            _ => longest,
        };
        self.below(end.min(longest) + 1)
    }
}
