//! What the progress events of `WebClient` tell.

/// How far a download is.
///
/// .NET: `System.Net.DownloadProgressChangedEventArgs`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadProgressChangedEventArgs {
    pub(super) received: u64,
    pub(super) total: Option<u64>,
}

impl DownloadProgressChangedEventArgs {
    /// Bytes received so far.
    ///
    /// .NET: `System.Net.DownloadProgressChangedEventArgs.BytesReceived`
    #[doc(alias = "DownloadProgressChangedEventArgs.BytesReceived")]
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Bytes there will be; `None` (.NET: -1) if the server did not tell.
    ///
    /// .NET: `System.Net.DownloadProgressChangedEventArgs.TotalBytesToReceive`
    #[doc(alias = "DownloadProgressChangedEventArgs.TotalBytesToReceive")]
    #[must_use]
    pub fn total_bytes_to_receive(&self) -> Option<u64> {
        self.total
    }

    /// 0 to 100; 0 while the total is not known.
    ///
    /// .NET: `System.ComponentModel.ProgressChangedEventArgs.ProgressPercentage`
    #[must_use]
    pub fn progress_percentage(&self) -> u8 {
        percentage(self.received, self.total)
    }
}

/// How far an upload is, with what it is answered.
///
/// .NET: `System.Net.UploadProgressChangedEventArgs`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadProgressChangedEventArgs {
    pub(super) sent: u64,
    pub(super) total: u64,
    pub(super) received: u64,
    pub(super) total_to_receive: Option<u64>,
}

impl UploadProgressChangedEventArgs {
    /// Bytes sent so far.
    ///
    /// .NET: `System.Net.UploadProgressChangedEventArgs.BytesSent`
    #[doc(alias = "UploadProgressChangedEventArgs.BytesSent")]
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.sent
    }

    /// Bytes there are to send.
    ///
    /// .NET: `System.Net.UploadProgressChangedEventArgs.TotalBytesToSend`
    #[doc(alias = "UploadProgressChangedEventArgs.TotalBytesToSend")]
    #[must_use]
    pub fn total_bytes_to_send(&self) -> u64 {
        self.total
    }

    /// Bytes of the answer received so far.
    ///
    /// .NET: `System.Net.UploadProgressChangedEventArgs.BytesReceived`
    #[doc(alias = "UploadProgressChangedEventArgs.BytesReceived")]
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Bytes the answer will have; `None` (.NET: -1) while that is not known.
    ///
    /// .NET: `System.Net.UploadProgressChangedEventArgs.TotalBytesToReceive`
    #[doc(alias = "UploadProgressChangedEventArgs.TotalBytesToReceive")]
    #[must_use]
    pub fn total_bytes_to_receive(&self) -> Option<u64> {
        self.total_to_receive
    }

    /// 0 to 50 while it is sent, 50 to 100 while the answer is received.
    ///
    /// .NET: `System.ComponentModel.ProgressChangedEventArgs.ProgressPercentage`
    #[must_use]
    pub fn progress_percentage(&self) -> u8 {
        match (self.received, self.total_to_receive) {
            (0, None) => percentage(self.sent, Some(self.total)) / 2,
            (received, total) => 50 + percentage(received, total) / 2,
        }
    }
}

/// What the progress of a body is part of.
pub(super) struct Progress {
    /// How much of it was there before.
    pub(super) before: u64,
    /// It is the answer to an upload of so many bytes.
    pub(super) sent: Option<u64>,
}

impl Progress {
    pub(super) fn download() -> Self {
        Self {
            before: 0,
            sent: None,
        }
    }

    pub(super) fn answer_to(sent: u64) -> Self {
        Self {
            before: 0,
            sent: Some(sent),
        }
    }
}

fn percentage(done: u64, total: Option<u64>) -> u8 {
    match total {
        None => 0,
        Some(0) => 100,
        Some(total) => u8::try_from(u128::from(done) * 100 / u128::from(total))
            .unwrap_or(100)
            .min(100),
    }
}

#[cfg(test)]
mod tests {
    use super::{UploadProgressChangedEventArgs, percentage};

    /// As .NET counts: the first half is sending, the second receiving.
    #[test]
    fn upload_percentages() {
        for (sent, total, received, total_to_receive, expected) in [
            (0, 10, 0, None, 0),
            (5, 10, 0, None, 25),
            (10, 10, 0, None, 50),
            (0, 0, 0, None, 50),
            (10, 10, 5, None, 50),
            (10, 10, 5, Some(10), 75),
            (10, 10, 0, Some(0), 100),
            (10, 10, 10, Some(10), 100),
        ] {
            let args = UploadProgressChangedEventArgs {
                sent,
                total,
                received,
                total_to_receive,
            };
            assert_eq!(args.progress_percentage(), expected, "{args:?}");
        }
    }

    #[test]
    fn percentages() {
        for (done, total, expected) in [
            (0, None, 0),
            (5, None, 0),
            (0, Some(0), 100),
            (1, Some(3), 33),
            (3, Some(3), 100),
            (u64::MAX, Some(u64::MAX), 100),
            (7, Some(3), 100),
        ] {
            assert_eq!(percentage(done, total), expected, "{done} of {total:?}");
        }
    }
}
