//! What others wrote is read without a panic, whatever it is.

use proptest::prelude::*;
use system_net_primitives::WebHeaderCollection;

use super::{Checksum, ContentRange, PartialDownload};

proptest! {
    #[test]
    fn any_text_is_read(
        text in "\\PC{0,60}",
        likely in "(bytes )?[0-9*/-]{0,12}|(md5|sha-256|sha-512)?[:=]{0,2}[0-9a-fA-F=]{0,66}",
    ) {
        for text in [&text, &likely] {
            if let Some(range) = ContentRange::parse(text)
                && let Some((first, last)) = range.bytes
            {
                prop_assert!(first <= last && range.total.is_none_or(|total| last < total));
            }
            if let Ok(checksum) = text.parse::<Checksum>() {
                prop_assert_eq!(checksum.to_string().parse::<Checksum>().ok(), Some(checksum));
            }
            let _ = PartialDownload::read(text, "http://h/");
            let _ = PartialDownload::read(&format!("{text}\nend\n"), "http://h/");
            for name in ["ETag", "Last-Modified", "Repr-Digest", "Digest", "Content-MD5"] {
                let mut headers = WebHeaderCollection::new();
                // What cannot stand in a header does not come in one.
                if headers.add(name, text).is_ok() {
                    let _ = PartialDownload::of(&headers, None);
                }
            }
        }
    }
}
