//! The document that every scheme serves, and the longer one that is downloaded.

/// The document.
pub(super) fn text() -> String {
    let mut text = String::from("One request API over http, https, file and your own schemes.\n");
    for number in 1..=40 {
        text.push_str(&format!("Line {number} of the document of the tour.\n"));
    }
    text
}

/// How long the download is.
pub(super) const LARGE: u64 = 32 << 20;

/// Piece `index` of the download, all different, so that a piece lost or swapped is seen.
pub(super) fn large_piece(index: u64) -> Vec<u8> {
    let seed = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = (0..PIECE / 8).scan(seed, |state, _| {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Some(*state)
    });
    words.flat_map(u64::to_le_bytes).collect()
}

/// How long a piece is.
pub(super) const PIECE: u64 = 64 * 1024;
