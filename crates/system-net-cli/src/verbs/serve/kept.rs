//! `serve --cert-store`: certificates by the name that clients ask for, from a store that may change
//! while they are served.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use system_net::runtime::background;
use system_net::{HttpListener, TlsServerIdentity, X509Certificate2, X509Store};

use crate::failure::{FAILED, Failure};
use crate::verbs::cert;

/// How often the folder is looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// Serves what the store has, from now on and after each change.
pub(super) fn serve(listener: &HttpListener, store: Option<&Path>) -> Result<(), Failure> {
    let folder = cert::folder(store)?;
    let seen = state(&folder);
    set(listener, &cert::open(&folder)?)?;
    let listener = listener.clone();
    background().spawn(follow(listener, folder, seen));
    Ok(())
}

async fn follow(listener: HttpListener, folder: PathBuf, mut seen: State) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let now = state(&folder);
        if now == seen {
            continue;
        }
        let changed = cert::open(&folder).and_then(|store| set(&listener, &store));
        match changed {
            Ok(()) => seen = now,
            // As before until it can be read: it may be in the midst of a change.
            Err(failure) => {
                failure.print();
                seen = now;
            }
        }
    }
}

/// The files of a folder, with their lengths and times.
type State = Vec<(PathBuf, u64, Option<SystemTime>)>;

fn state(folder: &Path) -> State {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: State = entries
        .map(|entry| {
            let data = entry.metadata().ok();
            let length = data.as_ref().map_or(0, std::fs::Metadata::len);
            (
                entry.path(),
                length,
                data.and_then(|data| data.modified().ok()),
            )
        })
        .collect();
    files.sort();
    files
}

/// Clients that ask for a name without a certificate get no connection.
fn set(listener: &HttpListener, store: &X509Store) -> Result<(), Failure> {
    let keyed = store
        .certificates()
        .iter()
        .filter(|it| it.has_private_key());
    let identities: Result<Vec<_>, _> = keyed.map(of).collect();
    let identities = identities.map_err(|error| Failure::new(FAILED, error))?;
    listener.set_strict_tls_identities(identities)?;
    Ok(())
}

fn of(certificate: &X509Certificate2) -> Result<TlsServerIdentity, system_net::TlsError> {
    TlsServerIdentity::from_certificate(certificate)
}
